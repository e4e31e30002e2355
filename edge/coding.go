package edge

import (
	"github.com/godwit-im/godwit/codec"
)

// coding makes decoders and the encoder of one kind of stream.
type coding struct {
	decoder func(*codec.Limits) codec.Decoder
	encoder codec.Encoder
}

// codingOf returns the coding of a kind of listener.
func codingOf(Kind) coding { return coding{} }
