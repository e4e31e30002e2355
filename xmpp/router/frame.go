package router

import (
	"errors"

	"github.com/godwit-im/godwit/codec"
)

var errEmpty = errors.New("router: a frame without a stanza")

// Open reads the stanza of f into s. The element is valid until s is used again, and while the caller holds its reference on f.
func (r *Router) Open(f *codec.Frame, s *codec.Scratch) (codec.Element, error) {
	encoding := codec.Compact
	if !f.Has(encoding) {
		encoding = codec.XML
	}
	if !f.Has(encoding) {
		return codec.Element{}, errEmpty
	}
	head, stamp, tail := f.Parts(encoding)
	whole := append(append(append(make([]byte, 0, len(head)+len(stamp)+len(tail)), head...), stamp...), tail...)
	if err := r.Encoders[encoding].Parse(whole, s); err != nil {
		return codec.Element{}, err
	}
	return s.Tree.Root(), nil
}

// In returns the stanza of f in an encoding that f lacks, as a frame of its own: a stream that was resumed over the other transport gets what was meant for
// its last one. The caller's reference on f stays.
func (r *Router) In(encoding codec.Encoding, f *codec.Frame) (*codec.Frame, error) {
	var s codec.Scratch
	e, err := r.Open(f, &s)
	if err != nil {
		return nil, err
	}
	other := codec.NewFrame()
	other.ID, other.Passing, other.Owed, other.Key = f.ID, f.Passing, f.Owed, f.Key
	other.Encode(r.Encoders[encoding], e)
	return other, nil
}
