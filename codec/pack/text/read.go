package text

import (
	"errors"
	"unicode/utf8"

	"github.com/godwit-im/godwit/codec/pack/coder"
)

// The errors of Read.
var (
	ErrTooLong = errors.New("text: longer than allowed")
	ErrInvalid = errors.New("text: not UTF-8 of characters that XML allows")
	ErrEnd     = errors.New("text: ends before its end")
)

// Read reads a text and appends it to dst, of which it borrows nothing. A text of more than max bytes is an error, and so is one that Append would not
// have been given; then dst is returned as it was. A caller who needs to know that the whole of it was there asks d.
func Read(d *coder.Decoder, x *Scratch, dst []byte, max int) ([]byte, error) {
	r := reader{model: shared(), Decoder: d, refused: &x.refused, max: len(dst) + max}
	read := r.text
	if d.Point(64) < modelled {
		d.Take(0, modelled)
	} else {
		d.Take(modelled, 1)
		read = r.raw
	}
	text, err := read(dst)
	if err != nil {
		return dst, err
	}
	return text, nil
}

// allowed reports whether r is a Char of XML 1.0 §2.2.
func allowed(r rune) bool {
	return r >= ' ' && r < 0xD800 || r == '\t' || r == '\n' || r == '\r' || r >= 0xE000 && r < 0xFFFE || r >= 0x10000 && r <= utf8.MaxRune
}

// reader reads one text.
type reader struct {
	*model
	*coder.Decoder
	max     int // bytes of what is appended to
	refused *refused
	page    rune // the last code point without a symbol, / 64
}

// raw reads a text that is not coded.
func (r *reader) raw(dst []byte) ([]byte, error) {
	from := len(dst)
	for b := r.Uniform(8); b != rawEnd; b = r.Uniform(8) {
		if err := r.room(len(dst) + 1); err != nil {
			return nil, err
		}
		dst = append(dst, byte(b))
	}
	for s := dst[from:]; len(s) > 0; {
		c, size := utf8.DecodeRune(s)
		if c == utf8.RuneError && size == 1 || !allowed(c) {
			return nil, ErrInvalid
		}
		s = s[size:]
	}
	return dst, nil
}

// text reads a text of the model.
func (r *reader) text(dst []byte) ([]byte, error) {
	at, symbol := r.choose(r.begin)
	for ; symbol != end; at, symbol = r.choose(at) {
		c := r.runes[symbol]
		switch {
		case symbol == other:
			if c = r.literal(); !allowed(c) {
				return nil, ErrInvalid
			}
		case c >= pairMark:
			dst = append(dst, byte((c-pairMark)/128))
			c = (c - pairMark) % 128
		}
		if err := r.room(len(dst) + utf8.RuneLen(c)); err != nil {
			return nil, err
		}
		if c < utf8.RuneSelf {
			dst = append(dst, byte(c))
		} else {
			dst = utf8.AppendRune(dst, c)
		}
	}
	return dst, nil
}

// room returns an error unless the text may go on, up to so many bytes.
func (r *reader) room(n int) error {
	switch {
	case n > r.max:
		return ErrTooLong
	case r.Over() > 4:
		return ErrEnd
	}
	return nil
}

// choose reads a symbol in a context, and returns the next.
func (r *reader) choose(at uint32) (next uint32, symbol uint16) {
	if r.isClass(at) {
		r.refused.none()
		return r.root(at)
	}
	point, start := r.PointBits(bits), uint32(0)
	head, list := r.list(at)
	for _, c := range list {
		if point < start+c.share() {
			r.Take(start, c.share())
			return c.next(), c.symbol
		}
		start += c.share()
	}
	r.Take(start, total-start)
	return r.escaped(head, list)
}

// escaped reads a symbol in the contexts above that of a list.
func (r *reader) escaped(head cell, list []cell) (next uint32, symbol uint16) {
	r.refused.none()
	for {
		r.refused.add(list)
		if r.isClass(head.next()) {
			return r.root(head.next())
		}
		all := total - head.share()
		head, list = r.list(head.next())
		if c, ok := r.among(list, all); ok {
			return c.next(), c.symbol
		}
	}
}

// among reads a choice of those in list that are not refused; all is the weight of these and of the escape.
func (r *reader) among(list []cell, all uint32) (c cell, ok bool) {
	point, start := r.Point(all), uint32(0)
	for _, c := range list {
		share := r.refused.share(c)
		if point < start+share {
			r.Take(start, share)
			return c, true
		}
		start += share
	}
	r.Take(start, all-start)
	return cell{}, false
}

// root reads a symbol that no context has, after one of a class.
func (r *reader) root(class uint32) (next uint32, symbol uint16) {
	_, list := r.list(class)
	point, start, block := r.Point(total), uint32(0), uint16(0)
	for _, c := range list {
		if point < start+c.share() {
			r.Take(start, c.share())
			block = c.symbol
			break
		}
		start += c.share()
	}
	_, list = r.list(r.blocks[block])
	all := uint32(0)
	for _, c := range list {
		all += r.refused.share(c)
	}
	if all == 0 { // nothing that was written
		return class, other
	}
	c, _ := r.among(list, all)
	return c.next(), c.symbol
}

func (r *reader) literal() rune {
	if r.Point(8) < near {
		r.Take(0, near)
	} else {
		r.Take(near, 1)
		r.page = rune(r.Uniform(15))
	}
	return r.page*64 + rune(r.Uniform(6))
}
