package compress

import (
	"sync"

	"github.com/klauspost/compress/flate"
)

// level is that of klauspost's deflate for single stanzas. The levels from 7 on gain 2 % and take longer; that those below forget what came before
// when they flush early does no harm here, where nothing comes before.
const level = 6

// dictionaryLevel is that for messages that small leaves: the lower levels find much less in a dictionary.
const dictionaryLevel = 7

// writer compresses one piece at a time. It is large (about a megabyte), so there are as many as there are goroutines that compress at this moment.
type writer struct {
	flate *flate.Writer
	out   sink
}

// sink is what a flate.Writer writes to.
type sink []byte

func (s *sink) Write(p []byte) (int, error) {
	*s = append(*s, p...)
	return len(p), nil
}

// writers are idle, by method.
var writers = [...]sync.Pool{
	Zlib:   {New: func() any { return newWriter(level, nil) }},
	Godwit: {New: func() any { return newWriter(dictionaryLevel, Dictionary) }},
}

func newWriter(level int, dict []byte) *writer {
	w := new(writer)
	var err error
	if w.flate, err = flate.NewWriterDict(&w.out, level, dict); err != nil {
		panic("compress: " + err.Error()) // the level is none
	}
	return w
}

// maxKept is the capacity up to which a buffer is used again.
const maxKept = 1 << 17

// deflate compresses p alone: into blocks that end at a byte and another may follow when flush is true (RFC 1951 §3.2.4: an empty stored block), else
// into a whole stream. The result is valid until the next call.
func (w *writer) deflate(p []byte, flush bool) []byte {
	if cap(w.out) > maxKept {
		w.out = nil
	}
	w.out = w.out[:0]
	w.flate.Reset(&w.out)
	w.flate.Write(p) // a sink has no errors
	if flush {
		w.flate.Flush()
	} else {
		w.flate.Close()
	}
	return w.out
}
