package xmltext

import (
	"bytes"
	"fmt"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/fuzz/plain"
)

// trial is one execution: a decoder reads a stream in pieces, and all that it says is compared with what the plain parser says. A trial is used for one
// stream after another.
type trial struct {
	data    []byte
	want    plain.Stream
	cuts    []int // where pieces end, ascending; the last is len(data)
	decoder codec.Decoder
	memory  *memory
	limits  []*codec.Limits   // see plain.Parser.Parse
	scratch [2]*codec.Scratch // for every other piece, which may be the same
	hold    uint8             // how input is held, see codec.Scratch.Hold
	lead    string            // white space that comes before the stream, when the decoder was restarted

	piece   int            // the next
	pos     int            // where it begins
	event   int            // the next
	holding *codec.Scratch // which holds the piece, if any
	failed  bool           // the decoder has told the error
	place   uint8          // where in memory the pieces are put, see memory
	print   *printer       // nil: elements are not encoded again
}

// begin makes t ready for the beginning of the stream.
func (t *trial) begin() {
	t.letGo()
	t.piece, t.pos, t.event, t.failed = 0, 0, 0, false
	t.decoder.SetLimits(t.limits[0])
}

// step gives the decoder one piece and returns what is wrong with what it says, "" for nothing. more is false after the last piece, or the error.
func (t *trial) step() (wrong string, more bool) {
	if t.piece == len(t.cuts) {
		return t.finish(), false
	}
	end := t.cuts[t.piece]
	t.piece++
	lead := ""
	if t.piece == 1 {
		lead = t.lead
	}
	t.letGo()
	piece := t.memory.put(lead, t.data[t.pos:end], t.place)
	t.take(piece)
	if wrong := t.read(piece, t.pos-len(lead)); wrong != "" {
		return wrong, false
	}
	if t.hold == heldForCall {
		t.letGo()
	}
	if string(piece[:len(lead)]) != lead || !bytes.Equal(piece[len(lead):], t.data[t.pos:end]) {
		return "the decoder has written to its input", false
	}
	t.pos = end
	if t.failed {
		return t.finish(), false
	}
	return "", true
}

// Ways of holding input.
const (
	notHeld     = iota
	heldForCall // as a loop does: while the decoder reads it
	heldLong    // until it is overwritten; other decoders may use the Scratch in between
	heldInPart  // but for its first byte, which is as good as not at all
	waysOfHolding
)

// holds describes them.
var holds = [waysOfHolding]string{"not held", "held while it is read", "held until it is overwritten", "held but for its first byte"}

// take holds a piece.
func (t *trial) take(piece []byte) {
	if t.hold == notHeld {
		return
	}
	if t.hold == heldInPart {
		piece = piece[1:]
	}
	t.holding = t.scratch[t.piece&1]
	t.holding.Hold(piece)
}

// letGo ends that. If something else is held with the Scratch now it does no harm.
func (t *trial) letGo() {
	if t.holding != nil {
		t.holding.Hold(nil)
		t.holding = nil
	}
}

// read gives the decoder a piece, which begins at byte start of the stream, until it has consumed all of it, or failed.
func (t *trial) read(piece []byte, start int) (wrong string) {
	scratch := t.scratch[t.piece&1]
	for at := 0; ; {
		n, ev, err := t.decoder.Decode(piece[at:], scratch)
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
		if wrong := t.judge(ev, start+at, &scratch.Tree); wrong != "" {
			return wrong
		}
		if at == len(piece) {
			return ""
		}
	}
}

// judge compares an event, which ends after so many bytes of the stream, with the one that is due.
func (t *trial) judge(ev codec.Event, at int, tree *codec.Tree) (wrong string) {
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
		if wrong := differ(tree, want.Nodes); wrong != "" {
			return fmt.Sprintf("event %d: %s", t.event, wrong)
		}
	}
	if ev == codec.EventElement && t.print != nil {
		if wrong := t.print.check(tree.Root(), t.want.Events[0].Nodes); wrong != "" {
			return fmt.Sprintf("event %d: %s", t.event, wrong)
		}
	}
	if t.event++; t.event < len(t.limits) {
		t.decoder.SetLimits(t.limits[t.event])
	}
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
	if n, ev, again := t.decoder.Decode(t.data, t.scratch[0]); n != 0 || ev != codec.EventNone || again != err {
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
