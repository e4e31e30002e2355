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
	Work Worker // what a decoder keeps here while the input is held, for itself
	held []byte
}

// Worker is what a decoder works with. Rest ends its work: it is not needed any more.
type Worker interface{ Rest() }

// Hold says that nobody changes p until the next call of Hold, so decoders that work with s may rely on what they have seen of it: all the elements of one
// read are decoded faster. The caller lets go with nil before p is used for anything else, and before s is left alone for long.
func (s *Scratch) Hold(p []byte) {
	if s.Work != nil {
		s.Work.Rest()
		s.Work = nil
	}
	s.held = p
}

// Holding reports whether any input is held.
func (s *Scratch) Holding() bool { return len(s.held) > 0 }

// Holds reports whether all of p is held.
func (s *Scratch) Holds(p []byte) bool {
	start, held := uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(unsafe.Pointer(unsafe.SliceData(s.held)))
	return len(p) > 0 && start >= held && start+uintptr(len(p)) <= held+uintptr(len(s.held))
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

// Encoder writes a stream in one encoding. It has no state of its own: its methods append to dst and return it, and may be
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
}
