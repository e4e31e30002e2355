package edge

import (
	"testing"

	"github.com/valyala/bytebufferpool"
)

// TestSpare: the buffers of one batch serve the next, with the room that they have grown, and those that are not needed any more go away.
func TestSpare(t *testing.T) {
	var s spare
	batch := func(n, size int) {
		all := make([]*bytebufferpool.ByteBuffer, n)
		for i := range all {
			all[i] = s.get()
			if len(all[i].B) != 0 {
				t.Fatal("a buffer with something in it")
			}
			all[i].B = append(all[i].B, make([]byte, size)...)
		}
		for _, b := range all {
			s.put(b)
		}
	}
	batch(100, 10_000)
	if len(s.buffers) != 100 || s.bytes < 1_000_000 {
		t.Fatalf("%d buffers, %d bytes", len(s.buffers), s.bytes)
	}
	if n := testing.AllocsPerRun(10, func() { s.put(s.get()) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	s.tick()
	batch(10, 10_000)
	if s.tick(); len(s.buffers) != 10 {
		t.Errorf("10 were needed, %d are kept", len(s.buffers))
	}
	batch(3, 10_000)
	s.tick()
	if s.tick(); len(s.buffers) != 0 || s.bytes != 0 {
		t.Errorf("nothing happens: %d buffers, %d bytes", len(s.buffers), s.bytes)
	}
	for _, size := range []int{spareMost, spareMost + 1} { // the limit, and one past it
		s = spare{}
		s.put(&bytebufferpool.ByteBuffer{B: make([]byte, 0, size)})
		if kept := len(s.buffers) == 1; kept != (size == spareMost) {
			t.Errorf("%d bytes: kept is %v", size, kept)
		}
	}
}
