package text

import "github.com/godwit-im/godwit/codec/pack/coder"

// A text begins with a choice of 64: so many are for one that is coded by the model, and the last for one whose bytes follow as they are, and then rawEnd.
const (
	modelled = 63
	rawEnd   = 0xFF
)

// Scratch is what is needed while texts are coded, one after the other. One goroutine at a time may use it.
type Scratch struct{ refused refused }

// Append writes s, which has to be valid UTF-8 of characters that XML allows. It takes at most two bytes more than s has.
func Append(e *coder.Encoder, x *Scratch, s []byte) {
	before := *e
	e.Part(0, modelled, 64)
	w := writer{model: shared(), Encoder: e, refused: &x.refused}
	w.text(s)
	if e.Len()-before.Len() > len(s) {
		*e = before
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
	refused *refused
	page    rune // the last code point without a symbol, / 64
}

func (w *writer) text(s []byte) {
	at := w.begin
	for len(s) > 0 {
		symbol, r, size := w.symbol(s)
		at = w.choose(at, symbol)
		if symbol == other {
			w.literal(r)
		}
		s = s[size:]
	}
	w.choose(at, end)
}

// choose writes symbol in a context and returns the next.
func (w *writer) choose(at uint32, symbol uint16) uint32 {
	if w.isClass(at) {
		w.refused.none()
		return w.root(at, symbol)
	}
	start := uint32(0)
	head, list := w.list(at)
	for _, c := range list {
		if c.symbol == symbol {
			w.Narrow(start, c.share(), bits)
			return c.next()
		}
		start += c.share()
	}
	w.Narrow(start, total-start, bits)
	return w.escaped(head, list, symbol)
}

// escaped writes symbol in the contexts above that of a list.
func (w *writer) escaped(head cell, list []cell, symbol uint16) uint32 {
	w.refused.none()
	for {
		w.refused.add(list)
		if w.isClass(head.next()) {
			return w.root(head.next(), symbol)
		}
		all, start := total-head.share(), uint32(0)
		head, list = w.list(head.next())
		for _, c := range list {
			if c.symbol == symbol {
				w.Part(start, c.share(), all)
				return c.next()
			}
			start += w.refused.share(c)
		}
		w.Part(start, all-start, all)
	}
}

// root writes a symbol that no context has, after one of a class: its block, then the symbol itself.
func (w *writer) root(class uint32, symbol uint16) uint32 {
	block := uint16(w.block[symbol])
	start := uint32(0)
	_, list := w.list(class)
	for _, c := range list {
		if c.symbol == block {
			w.Narrow(start, c.share(), bits)
			break
		}
		start += c.share()
	}
	var found cell
	all := uint32(0)
	_, list = w.list(w.blocks[block])
	for _, c := range list {
		if c.symbol == symbol {
			found, start = c, all
		}
		all += w.refused.share(c)
	}
	w.Part(start, found.share(), all)
	return found.next()
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

// refused is the symbols that were not chosen where a longer context has them: those marked with the number of this time.
type refused struct {
	time  uint8
	marks [maxSymbols]uint8
}

func (r *refused) none() {
	if r.time++; r.time == 0 {
		clear(r.marks[:])
		r.time = 1
	}
}

func (r *refused) add(l []cell) {
	for _, c := range l {
		r.marks[c.symbol] = r.time
	}
}

// share returns that of a choice, which is 0 if its symbol is refused.
func (r *refused) share(c cell) uint32 {
	left := uint32(0)
	if r.marks[c.symbol] != r.time {
		left = 1
	}
	return c.share() & -left // no branch, as none could be foreseen
}
