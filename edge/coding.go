package edge

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/xmltext"
)

// coding makes decoders and the encoder of one kind of stream.
type coding struct {
	decoder func(*codec.Limits) codec.Decoder
	encoder codec.Encoder
}

var (
	xmlCoding = coding{
		decoder: func(l *codec.Limits) codec.Decoder { return xmltext.NewDecoder(l) },
		encoder: xmltext.Encoder{},
	}
	compactCoding = coding{
		decoder: func(l *codec.Limits) codec.Decoder { return compact.NewDecoder(l) },
		encoder: compact.Encoder{},
	}
)

// codingOf returns the coding of a kind of listener.
func codingOf(k Kind) coding {
	if k == Link {
		return compactCoding
	}
	return xmlCoding
}
