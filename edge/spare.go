package edge

import "github.com/valyala/bytebufferpool"

// spareMost is how many bytes of empty buffers a loop keeps.
const spareMost = 4 << 20

// spare is the loop's stock of empty buffers for output. In a busy batch hundreds of connections have output at once, and in the next as many again: their buffers have the
// right size already, while those of the shared pool, which every garbage collection empties, would have to grow from nothing. What was not needed from one tick to the next
// goes back to that pool, so a loop with nothing to do keeps nothing.
type spare struct {
	buffers []*bytebufferpool.ByteBuffer // the last is taken first
	bytes   int                          // of their capacity
	least   int                          // of their number since the last tick
}

// get returns an empty buffer.
func (s *spare) get() *bytebufferpool.ByteBuffer {
	n := len(s.buffers) - 1
	if n < 0 {
		return bytebufferpool.Get()
	}
	b := s.buffers[n]
	s.buffers[n] = nil
	s.buffers = s.buffers[:n]
	s.bytes -= cap(b.B)
	s.least = min(s.least, n)
	return b
}

// put takes a buffer that nobody uses any more.
func (s *spare) put(b *bytebufferpool.ByteBuffer) {
	if s.bytes+cap(b.B) > spareMost {
		bytebufferpool.Put(b)
		return
	}
	b.Reset()
	s.buffers = append(s.buffers, b)
	s.bytes += cap(b.B)
}

// tick gives back what was not needed since the last one.
func (s *spare) tick() {
	for range s.least {
		bytebufferpool.Put(s.get())
	}
	s.least = len(s.buffers)
}
