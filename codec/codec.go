package codec

import "unsafe"

// Event says what a Decoder found.
type Event uint8

// The events of a stream.
const (
	EventNone    Event = iota // everything was consumed and nothing is complete
	EventOpen                 // a stream header: the Tree's root is the header element, without children
	EventElement              // a first-level element: the Tree holds it whole
	EventClose                // the end of the stream
)

// Scratch is the working memory of a loop: the one Tree that the current element is in, and room for the bytes of an
// element that came in pieces. Decoders borrow it, connections do not hold one. It belongs to one goroutine.
type Scratch struct {
	Tree Tree
	Buf  []byte // the bytes of an element that did not come in one piece; the Tree's Src then
	Desk any    // what a decoder works with, kept for the next one of its kind; its own business
	held []byte
	turn uint64 // how often Hold was called
}

// Hold says that nobody changes p until the next call of Hold, so decoders that work with s may rely on what they have seen of it: all the elements of one
// read are decoded faster. The caller lets go with nil before p is used for anything else.
func (s *Scratch) Hold(p []byte) {
	s.held = p
	s.turn++
}

// Held returns a number for what is held, never 0 and another one at each call of Hold, if all of p is held, and 0 otherwise.
func (s *Scratch) Held(p []byte) (turn uint64) {
	start, held := uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(unsafe.Pointer(unsafe.SliceData(s.held)))
	if len(p) > 0 && start >= held && start+uintptr(len(p)) <= held+uintptr(len(s.held)) {
		return s.turn
	}
	return 0
}

// Decoder turns the bytes of one stream into events. It holds no memory while the stream is between elements.
type Decoder interface {
	// Decode consumes bytes of p up to the end of the next event, and returns how many, and the event. With EventNone all of p is consumed: the
	// decoder has kept what it needs of it (it took what it needed from s, and left s usable). With EventOpen and
	// EventElement s.Tree holds the element, which may refer to p and to s.Buf: it is valid until p changes or the next call with s.
	// An error is an *Error and final.
	Decode(p []byte, s *Scratch) (n int, ev Event, err error)
	// Restart makes the decoder expect a new stream header (RFC 6120 §4.3.3).
	Restart()
	// SetLimits bounds the elements that begin from now on. The decoder keeps l, which nobody may change.
	SetLimits(l *Limits)
	// Close gives back what the decoder holds of an unfinished element. The decoder is of no more use.
	Close()
}

// Encoding names one of the two encodings.
type Encoding uint8

// The encodings.
const (
	XML Encoding = iota
	Compact
	encodings
)

// Encoder writes a stream in one encoding, and reads what it has written. It has no state of its own: its methods append to dst and return it, and may be
// called from any goroutine.
type Encoder interface {
	Encoding() Encoding
	// AppendOpen appends a stream header; e is a stream element with the header's attributes.
	AppendOpen(dst []byte, e Element) []byte
	// AppendElement appends a first-level element.
	AppendElement(dst []byte, e Element) []byte
	// AppendSplit appends a first-level element so that its last tail bytes close it: children encoded by AppendChild may
	// be put before these.
	AppendSplit(dst []byte, e Element) (out []byte, tail int)
	// AppendChild appends e as a child of a stanza: with all the declarations it needs there.
	AppendChild(dst []byte, e Element) []byte
	// AppendFrame appends the stanza of f in this encoding, with its stamp. It panics when f does not hold the encoding.
	AppendFrame(dst []byte, f *Frame) []byte
	// AppendClose appends the end of the stream.
	AppendClose(dst []byte) []byte
	// Parse reads what AppendSplit has appended, perhaps with children before its tail, into s.Tree, which may refer to whole afterwards. It is
	// not for what a peer has sent: nothing is bounded.
	Parse(whole []byte, s *Scratch) error
}
