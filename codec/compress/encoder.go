package compress

import (
	"github.com/godwit-im/godwit/codec"
)

// Encoder writes a stream compressed: each element that another encoder writes becomes compressed bytes of its own, which depend on nothing that
// was written before. It has no state; any goroutine may call it. Parts of elements (AppendSplit, AppendChild) are not compressed.
type Encoder struct {
	codec.Encoder
	method Method
}

// NewEncoder returns an Encoder of the method around inner.
func NewEncoder(m Method, inner codec.Encoder) *Encoder { return &Encoder{inner, m} }

// AppendOpen implements codec.Encoder. The header begins the compressed stream; there is one only.
func (x *Encoder) AppendOpen(dst []byte, e codec.Element) []byte {
	if x.method == Zlib {
		dst = append(dst, zlibHeader...)
	}
	return x.pack(x.Encoder.AppendOpen(dst, e), len(dst))
}

// AppendElement implements codec.Encoder.
func (x *Encoder) AppendElement(dst []byte, e codec.Element) []byte {
	return x.pack(x.Encoder.AppendElement(dst, e), len(dst))
}

// AppendFrame implements codec.Encoder.
func (x *Encoder) AppendFrame(dst []byte, f *codec.Frame) []byte {
	return x.pack(x.Encoder.AppendFrame(dst, f), len(dst))
}

// AppendClose implements codec.Encoder.
func (x *Encoder) AppendClose(dst []byte) []byte { return x.pack(x.Encoder.AppendClose(dst), len(dst)) }

// pack compresses what dst has from there on.
func (x *Encoder) pack(dst []byte, from int) []byte {
	if from == len(dst) {
		return dst
	}
	if x.method == Godwit {
		return packMessages(dst, from)
	}
	w := writers[Zlib].Get().(*writer)
	defer writers[Zlib].Put(w)
	return append(dst[:from], w.deflate(dst[from:], true)...)
}
