package compress

import (
	"bytes"
	"slices"
)

// length reads a byte of a message's length: seven bits a byte, the lowest first, in as few bytes as it takes.
func (d *Decoder) length(b byte) error {
	if d.shift == 0 {
		d.inflate.reset(d.inflate.dict)
		d.left = 0
	}
	if d.shift > 14 || b == 0 {
		return errCorrupt
	}
	d.left |= uint32(b&0x7f) << d.shift
	d.shift += 7
	if b < 0x80 {
		d.place, d.shift = inBody, 0
	}
	return nil
}

// appendLength appends the length of a message.
func appendLength(dst []byte, n int) []byte {
	for ; n >= 0x80; n >>= 7 {
		dst = append(dst, byte(n)|0x80)
	}
	return append(dst, byte(n))
}

// maxPiece is how much one message may stand for: whatever it is, it fits into a length of three bytes.
const maxPiece = 1 << 20

// packMessages makes one message of what dst has from there on, or several when it is too long for one.
func packMessages(dst []byte, from int) []byte {
	if len(dst)-from <= maxPiece {
		return packMessage(dst, from)
	}
	text := bytes.Clone(dst[from:])
	dst = dst[:from]
	for piece := range slices.Chunk(text, maxPiece) {
		dst = packMessage(append(dst, piece...), len(dst))
	}
	return dst
}

// packMessage makes one message of what dst has from there on.
func packMessage(dst []byte, from int) []byte {
	s := smalls.Get().(*small)
	defer smalls.Put(s)
	p, ok := s.deflate(dst[from:])
	if !ok {
		w := writers[Godwit].Get().(*writer)
		defer writers[Godwit].Put(w)
		p = w.deflate(dst[from:], false)
	}
	return append(appendLength(dst[:from], len(p)), p...)
}

// bodyOfMessage goes on after used bytes of the message were decompressed: its last byte must be that of the last block.
func (d *Decoder) bodyOfMessage(used int) error {
	f := &d.inflate
	d.left -= uint32(used)
	done := f.state == ended
	switch {
	case d.left == 0 && done && f.n < 8:
		d.place = atHeader
	case done, d.left == 0 && !d.more:
		return errCorrupt
	}
	return nil
}
