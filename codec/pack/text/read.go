package text

import (
	"encoding/binary"
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
func Read(d *coder.Decoder, dst []byte, max int) ([]byte, error) {
	r := reader{model: shared(), Decoder: d, max: len(dst) + max}
	read := r.text
	if r.flag(modelled, 64) {
		read = r.raw
	}
	text, err := read(dst)
	if err != nil {
		return dst, err
	}
	return text, nil
}

// isChar reports whether r is a Char of XML 1.0 §2.2.
func isChar(r rune) bool {
	return r >= ' ' && r < 0xD800 || r == '\t' || r == '\n' || r == '\r' || r >= 0xE000 && r < 0xFFFE || r >= 0x10000 && r <= utf8.MaxRune
}

// reader reads one text.
type reader struct {
	*model
	*coder.Decoder
	max  int  // bytes of what is appended to
	page rune // the last code point without a symbol, / 64
}

// flag reads which of two parts it is, of which the first has the weight.
func (r *reader) flag(weight, total uint64) (second bool) {
	rest, unit := r.Parts(total)
	first := unit * weight
	if rest < first {
		r.Take(rest, first)
		return false
	}
	r.Take(rest-first, unit*(total-weight))
	return true
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
		if c == utf8.RuneError && size == 1 || !isChar(c) {
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
		s := r.spells[symbol]
		if symbol == other {
			c := r.literal()
			if !isChar(c) {
				return nil, ErrInvalid
			}
			var room [utf8.UTFMax]byte
			s = spellOf(utf8.AppendRune(room[:0], c))
		}
		n := len(dst) + s.size()
		if err := r.room(n); err != nil {
			return nil, err
		}
		dst = binary.LittleEndian.AppendUint64(dst, uint64(s))[:n]
	}
	return dst, nil
}

// room returns an error unless the text may go on, up to so many bytes.
func (r *reader) room(n int) error {
	switch {
	case n > r.max:
		return ErrTooLong
	case r.Beyond():
		return ErrEnd
	}
	return nil
}

// choose reads a symbol in a context, and returns the next.
func (r *reader) choose(at int) (next int, symbol uint16) {
	if r.isClass(at) {
		return r.root(at, nothing)
	}
	h := r.head(at)
	rest, unit := r.Units(precision)
	if point := rest / unit; point < h.sum() {
		c := r.seek(at, point)
		r.Take(rest-unit*c.start, unit*c.weight)
		return c.next, c.symbol
	}
	r.Take(rest-unit*h.sum(), unit*(total-h.sum()))
	return r.escaped(at, h)
}

// escaped reads a symbol in the contexts above one.
func (r *reader) escaped(from int, h head) (next int, symbol uint16) {
	for {
		at, refused, sum := h.up(), h.bits(from), h.refused()
		if r.isClass(at) {
			return r.root(at, from)
		}
		h = r.head(at)
		rest, unit := r.Parts(total - sum)
		if point := rest / unit; point < h.sum()-sum {
			c := r.seekLeft(at, point, refused)
			r.Take(rest-unit*c.start, unit*c.weight)
			return c.next, c.symbol
		}
		r.Take(rest-unit*(h.sum()-sum), unit*(total-h.sum()))
		from = at
	}
}

// root reads a symbol that no context has, after one of a class. It comes from the list of a context, or from nowhere.
func (r *reader) root(class, from int) (next int, symbol uint16) {
	h := r.head(class)
	rest, unit := r.Units(precision)
	c := r.seek(class, min(rest/unit, h.sum()-1))
	r.Take(rest-unit*c.start, unit*c.weight)
	refused, sum := r.inBlock(from, uint8(c.symbol))
	at := r.blocks[c.symbol]
	h = r.head(at)
	if sum = h.sum() - sum; sum == 0 { // nothing that was written
		return class, other
	}
	rest, unit = r.Parts(sum)
	c = r.seekLeft(at, min(rest/unit, sum-1), refused)
	r.Take(rest-unit*c.start, unit*c.weight)
	return c.next, c.symbol
}

func (r *reader) literal() rune {
	if r.flag(near, 8) {
		r.page = rune(r.Uniform(15))
	}
	return r.page*64 + rune(r.Uniform(6))
}
