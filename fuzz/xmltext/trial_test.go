package xmltext

import (
	"bytes"
	"fmt"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/fuzz/plain"
)

// trial is one execution: a decoder reads a stream in pieces, and all that it says is compared with what the plain parser says. A trial is used for one
// stream after another.
type trial struct {
	data    []byte
	want    plain.Stream
	cuts    []int // where pieces end, ascending; the last is len(data)
	decoder *xmltext.Decoder
	scratch *codec.Scratch
	memory  *memory

	piece  int      // the next
	pos    int      // where it begins
	event  int      // the next
	failed bool     // the decoder has told the error
	place  uint8    // where in memory the pieces are put, see memory
	print  *printer // nil: elements are not encoded again
}

// begin makes t ready for the beginning of the stream.
func (t *trial) begin() {
	t.piece, t.pos, t.event, t.failed = 0, 0, 0, false
}

// step gives the decoder one piece and returns what is wrong with what it says, "" for nothing. more is false after the last piece, or the error.
func (t *trial) step() (wrong string, more bool) {
	if t.piece == len(t.cuts) {
		return t.finish(), false
	}
	end := t.cuts[t.piece]
	t.piece++
	piece := t.memory.put(t.data[t.pos:end], t.place)
	if wrong := t.read(piece); wrong != "" {
		return wrong, false
	}
	if !bytes.Equal(piece, t.data[t.pos:end]) {
		return "the decoder has written to its input", false
	}
	t.pos = end
	if t.failed {
		return t.finish(), false
	}
	return "", true
}

// read gives the decoder a piece until it has consumed all of it, or failed.
func (t *trial) read(piece []byte) (wrong string) {
	for at := 0; ; {
		n, ev, err := t.decoder.Decode(piece[at:], t.scratch)
		if err != nil {
			return t.error(ev, err) // n says nothing then
		}
		if n < 0 || n > len(piece)-at {
			return fmt.Sprintf("%d bytes consumed of %d", n, len(piece)-at)
		}
		at += n
		switch {
		case ev == codec.EventNone && at != len(piece):
			return "bytes left without an event"
		case ev == codec.EventNone:
			return ""
		}
		if wrong := t.judge(ev, t.pos+at); wrong != "" {
			return wrong
		}
		if at == len(piece) {
			return ""
		}
	}
}

// judge compares an event, which ends after so many bytes of the stream, with the one that is due.
func (t *trial) judge(ev codec.Event, at int) (wrong string) {
	if t.event == len(t.want.Events) {
		return fmt.Sprintf("event %d (kind %d) where none is", t.event, ev)
	}
	want := &t.want.Events[t.event]
	switch {
	case want.Kind != ev:
		return fmt.Sprintf("event %d is of kind %d, not %d", t.event, ev, want.Kind)
	case want.At != at:
		return fmt.Sprintf("event %d ends after %d bytes, not %d", t.event, at, want.At)
	case ev != codec.EventClose:
		if wrong := differ(&t.scratch.Tree, want.Nodes); wrong != "" {
			return fmt.Sprintf("event %d: %s", t.event, wrong)
		}
	}
	if ev == codec.EventElement && t.print != nil {
		if wrong := t.print.check(t.scratch.Tree.Root(), t.want.Events[0].Nodes); wrong != "" {
			return fmt.Sprintf("event %d: %s", t.event, wrong)
		}
	}
	t.event++
	return ""
}

// error compares the decoder's error with the stream's. It has to be final.
func (t *trial) error(ev codec.Event, err error) (wrong string) {
	e, ok := err.(*codec.Error)
	switch {
	case !ok:
		return fmt.Sprintf("the error %v is no *codec.Error", err)
	case ev != codec.EventNone:
		return "an event with an error"
	case t.want.Err == nil:
		return fmt.Sprintf("error: %v, want none", e)
	case e.Condition != t.want.Err.Condition || e.Offset != t.want.Err.Offset:
		return fmt.Sprintf("error: %v, want %v", e, t.want.Err)
	}
	t.failed = true
	if n, ev, again := t.decoder.Decode(t.data, t.scratch); n != 0 || ev != codec.EventNone || again != err {
		return fmt.Sprintf("after the error: %d bytes, event %d, error %v", n, ev, again)
	}
	return ""
}

// finish says what is missing when all was read.
func (t *trial) finish() (wrong string) {
	switch {
	case t.event != len(t.want.Events):
		return fmt.Sprintf("%d events, want %d", t.event, len(t.want.Events))
	case t.want.Err != nil && !t.failed:
		return fmt.Sprintf("no error, want %v", t.want.Err)
	}
	return ""
}
