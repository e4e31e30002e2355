package compress

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// flushed is what a flush ends with: an empty stored block. Messages of WebSocket go without it.
const flushed = "\x00\x00\xff\xff"

// AppendDeflate appends the payload of a WebSocket message with permessage-deflate, compressed without context (RFC 7692 §7.2.1).
func AppendDeflate(dst, p []byte) []byte {
	if len(p) == 0 {
		return append(dst, 0) // §7.2.3.6
	}
	w := writers[Zlib].Get().(*writer)
	defer writers[Zlib].Put(w)
	out := w.deflate(p, true)
	return append(dst, out[:len(out)-len(flushed)]...)
}

// AppendInflate appends what the payload of such a message stands for, at most that many bytes (RFC 7692 §7.2.2). The error is a *codec.Error.
func AppendInflate(dst, payload []byte, most int) ([]byte, error) {
	var f inflater
	f.reset(nil)
	defer f.reset(nil)
	tail := []byte(flushed)
	for p := payload; ; {
		n, out, more, err := f.run(p)
		switch p = p[n:]; {
		case err != nil:
			return dst, &codec.Error{Condition: atom.ProcessingFailed, Reason: "the compressed data is corrupt"}
		case len(out) > most:
			return dst, &codec.Error{Condition: atom.PolicyViolation, Reason: "the compressed message is too long"}
		}
		most -= len(out)
		dst = append(dst, out...)
		switch {
		case more || len(p) > 0 && f.state != ended:
		case f.state == ended && len(p) == 0, len(tail) == 0 && f.state == atBlock && f.n == 0:
			return dst, nil // a last block is allowed too (§7.2.3.4)
		case len(tail) == 0 || f.state == ended:
			return dst, &codec.Error{Condition: atom.ProcessingFailed, Reason: "the compressed message is incomplete"}
		default:
			p, tail = tail, nil
		}
	}
}
