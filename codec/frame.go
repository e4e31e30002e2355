package codec

import (
	"sync"
	"sync/atomic"

	"github.com/godwit-im/godwit/codec/atom"
)

// Frame is a stanza encoded once for any number of receivers. It may be kept and may cross goroutines. Whoever gets a
// Frame owns one reference: Retain for each further keeper, Release when done; after the last Release its memory is used again.
// The encodings are added by its maker, before anybody else sees it; from then on it is read-only.
type Frame struct {
	refs atomic.Int32
	form [encodings]form
	// ID is the place of the stanza in the receiving account's archive, 0 for a stanza that is not archived. A receiver's
	// cursor moves by it.
	ID uint64
	// Passing says that the stanza is worth nothing later: it is dropped for a receiver that reads slowly.
	Passing bool
	// Page is not 0 for a stanza of a page, the same for all of that: without one of them the others are worth nothing. It is set by the session that they were made for.
	Page uint32
	// Owed is not 0 when the sender is to hear that the receiver does not get the stanza, which is in no archive. That of a request is stanza.AnswerKey.
	Owed uint64
	// Key is not 0 for a stanza that may wait until its receiver looks (XEP-0352): of those with the same key only the last counts.
	Key uint64
	// Name is the stanza's, set by Encode.
	Name atom.Atom
}

// form is the stanza in one encoding: text, whose last tail bytes close it, and the stamp that goes before these. A Frame that is used again has the room of the last time, up to
// maxRoom of each: that is cheaper than up to four turns at a pool of buffers. Size does not count what is empty of it.
type form struct {
	text  []byte
	stamp []byte
	tail  int
	held  bool
}

const maxRoom = 2 << 10

// clear leaves nothing but room.
func (m *form) clear() { *m = form{text: roomOf(m.text), stamp: roomOf(m.stamp)} }

func roomOf(b []byte) []byte {
	if cap(b) > maxRoom {
		return nil
	}
	return b[:0]
}

var frames = sync.Pool{New: func() any { return new(Frame) }}

// NewFrame returns an empty Frame with one reference.
func NewFrame() *Frame {
	f := frames.Get().(*Frame)
	f.refs.Store(1)
	return f
}

// Encode adds the encoding of enc, made from e.
func (f *Frame) Encode(enc Encoder, e Element) {
	m := &f.form[enc.Encoding()]
	f.Name = e.Name()
	m.held = true
	m.text, m.tail = enc.AppendSplit(m.text, e)
}

// Drop takes the encoding out of f, which nobody else has seen.
func (f *Frame) Drop(e Encoding) { f.form[e].clear() }

// Stamp adds child as the last child of the stanza in the encoding of enc, which f must hold: what is known
// only after the stanza was encoded, as its stanza-id (XEP-0359) and delay (XEP-0203). Several stamps stay in order.
func (f *Frame) Stamp(enc Encoder, child Element) {
	m := &f.form[enc.Encoding()]
	m.stamp = enc.AppendChild(m.stamp, child)
}

// Has reports whether f holds the encoding.
func (f *Frame) Has(e Encoding) bool { return f.form[e].held }

// Parts returns the stanza in encoding e: head ‖ stamp ‖ tail is the whole. They are valid while the caller holds a reference.
func (f *Frame) Parts(e Encoding) (head, stamp, tail []byte) {
	m := &f.form[e]
	cut := len(m.text) - m.tail
	return m.text[:cut], m.stamp, m.text[cut:]
}

// Size returns the bytes of the stanza in all its encodings.
func (f *Frame) Size() (n int) {
	for i := range f.form {
		n += len(f.form[i].text) + len(f.form[i].stamp)
	}
	return n
}

// Retain adds a reference and returns f.
func (f *Frame) Retain() *Frame {
	f.refs.Add(1)
	return f
}

// Release gives one reference back.
func (f *Frame) Release() {
	switch n := f.refs.Add(-1); {
	case n > 0:
		return
	case n < 0:
		panic("codec: Frame released more often than retained")
	}
	for i := range f.form {
		f.form[i].clear()
	}
	f.ID, f.Passing, f.Page, f.Owed, f.Key, f.Name = 0, false, 0, 0, 0, atom.Unknown
	frames.Put(f)
}
