package compress

import "sync"

// The sizes of windows: powers of two. The largest is what a distance can reach (RFC 1951 §2).
const (
	minWindow   = 1 << 10
	maxWindow   = 1 << 15
	windowSizes = 6
)

// window is the memory for what was decompressed last. It grows as more comes; when it has reached maxWindow it is a ring.
type window struct {
	b    []byte
	size int // index of its pool
}

var windows [windowSizes]sync.Pool

// newWindow returns an empty window of the size with that index.
func newWindow(size int) *window {
	if w, ok := windows[size].Get().(*window); ok {
		return w
	}
	return &window{make([]byte, minWindow<<size), size}
}

// grown returns a window of the next size with the content of w, which it gives back. w may be nil.
func (w *window) grown() *window {
	if w == nil {
		return newWindow(0)
	}
	g := newWindow(w.size + 1)
	copy(g.b, w.b)
	w.give()
	return g
}

// give gives w back.
func (w *window) give() { windows[w.size].Put(w) }
