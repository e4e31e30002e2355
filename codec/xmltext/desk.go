package xmltext

import (
	"unsafe"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/plane"
)

// desk is what a loop keeps for its decoders, in its Scratch: a parser between two elements, and the planes.
type desk struct {
	idle   *parser
	planes plane.Planes
	marked []byte // what the planes describe, when the input is held (codec.Scratch.Hold)
}

// deskOf returns the desk of a loop.
func deskOf(s *codec.Scratch) *desk {
	d, ok := s.Work.(*desk)
	if !ok {
		d = new(desk)
		s.Work = d
	}
	return d
}

// view is the part of an element's bytes that the planes describe: src[from:to]. from is negative when they begin before the element. An empty view has
// from = to.
//
// Invariant: from ≤ to ≤ len(src), to-from ≤ plane.Window.
type view struct{ from, to int }

// Sizes of what is looked at in one go: the first when the input is not held, since nobody knows how long the element is.
const (
	firstLook = 512
	nextLook  = 2048
)

// resume lets the view of w, which begins with p, be what is known of p already.
func (k *desk) known(p []byte, held bool) view {
	if !held || len(k.marked) == 0 {
		return view{}
	}
	before := uintptr(unsafe.Pointer(unsafe.SliceData(p))) - uintptr(unsafe.Pointer(unsafe.SliceData(k.marked)))
	if before >= uintptr(len(k.marked)) {
		return view{}
	}
	return view{-int(before), len(k.marked) - int(before)}
}

// look moves the view of w to pos, and reports whether that gives it more to see than it has.
func (w *parser) look() bool {
	v := &w.view
	if w.pos == v.from || v.to >= len(w.src) && v.to > v.from {
		return false // the piece is longer than a window, or ends nowhere yet
	}
	size := nextLook
	if v.to == 0 {
		size = firstLook
	}
	rest := w.src[w.pos:]
	if w.held {
		size = plane.Window
	}
	rest = rest[:min(len(rest), size)]
	n := w.desk.planes.Classify(rest)
	*v = view{w.pos, w.pos + n}
	w.desk.marked = nil
	if w.held {
		w.desk.marked = rest[:n]
	}
	return n > 0
}
