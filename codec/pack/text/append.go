package text

import (
	"unicode/utf8"

	"github.com/godwit-im/godwit/codec/pack/coder"
)

// A text begins with a choice of 64: so many are for one that is coded by the model, and the last for one whose bytes follow as they are, and then rawEnd.
const (
	modelled = 63
	rawEnd   = 0xFF
)

// Append writes s, which has to be valid UTF-8 of characters that XML allows. It takes at most two bytes more than s has.
func Append(e *coder.Encoder, s []byte) {
	before, n := e.Mark(), e.Len()
	e.Part(0, modelled, 64)
	w := writer{model: shared(), Encoder: e}
	w.text(s)
	if e.Len()-n > len(s) {
		e.Back(before)
		raw(e, s)
	}
}

func raw(e *coder.Encoder, s []byte) {
	e.Part(modelled, 1, 64)
	for _, b := range s {
		e.Uniform(uint64(b), 8)
	}
	e.Uniform(rawEnd, 8)
}

// writer writes one text.
type writer struct {
	*model
	*coder.Encoder
	page rune // the last code point without a symbol, / 64
}

func (w *writer) text(s []byte) {
	at := w.begin
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			symbol, size := w.ascii(eight(s, i))
			if at = w.choose(at, symbol); symbol == other {
				w.literal(rune(s[i]))
			}
			i += size
			continue
		}
		r, size := utf8.DecodeRune(s[i:])
		symbol := w.symbols[w.model.page[r/64]][r%64]
		if at = w.choose(at, symbol); symbol == other {
			w.literal(r)
		}
		i += size
	}
	w.choose(at, end)
}

// choose writes symbol in a context and returns the next.
func (w *writer) choose(at int, symbol uint16) int {
	if w.isClass(at) {
		return w.root(at, symbol, nothing)
	}
	h := w.head(at)
	c, ok := w.find(at, h, symbol)
	if !ok {
		w.Narrow(h.sum(), total-h.sum(), precision)
		return w.escaped(at, h, symbol)
	}
	w.Narrow(c.start, c.weight, precision)
	return c.next
}

// escaped writes symbol in the contexts above one.
func (w *writer) escaped(from int, h head, symbol uint16) int {
	for {
		at, refused, sum := h.up(), h.bits(from), h.refused()
		if w.isClass(at) {
			return w.root(at, symbol, from)
		}
		h = w.head(at)
		if c, ok := w.findLeft(at, h, symbol, refused); ok {
			w.Part(c.start, c.weight, total-sum)
			return c.next
		}
		w.Part(h.sum()-sum, total-h.sum(), total-sum)
		from = at
	}
}

// root writes a symbol that no context has, after one of a class: its block, then the symbol itself. It comes from the list of a context, or from nowhere.
func (w *writer) root(class int, symbol uint16, from int) int {
	block := w.block[symbol]
	c, _ := w.find(class, w.head(class), uint16(block))
	w.Narrow(c.start, c.weight, precision)
	refused, sum := w.inBlock(from, block)
	at := w.blocks[block]
	h := w.head(at)
	c, _ = w.findLeft(at, h, symbol, refused)
	w.Part(c.start, c.weight, h.sum()-sum)
	return c.next
}

// near is the weight, of 8, of a code point without a symbol being of the same page as the last.
const near = 7

func (w *writer) literal(r rune) {
	if r/64 == w.page {
		w.Part(0, near, 8)
	} else {
		w.Part(near, 1, 8)
		w.page = r / 64
		w.Uniform(uint64(w.page), 15)
	}
	w.Uniform(uint64(r%64), 6)
}
