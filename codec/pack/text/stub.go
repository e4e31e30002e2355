// Package text is a stand-in.
package text

import (
	"errors"

	"github.com/godwit-im/godwit/codec/pack/coder"
)

func Append(e *coder.Encoder, s []byte) {
	for _, c := range s {
		e.Uniform(uint64(c), 8)
	}
	e.Uniform(0, 8)
}

func Read(d *coder.Decoder, dst []byte, max int) ([]byte, error) {
	for n := 0; ; n++ {
		c := byte(d.Uniform(8))
		if c == 0 {
			return dst, nil
		}
		if n == max {
			return dst, errors.New("too long")
		}
		dst = append(dst, c)
	}
}
