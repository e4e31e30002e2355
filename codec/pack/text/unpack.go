package text

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
)

// numbers is a sequence of varints.
type numbers []byte

func (s *numbers) next() uint32 {
	v, n := binary.Uvarint(*s)
	*s = (*s)[n:]
	return uint32(v)
}

// part takes a sequence that has its length before it.
func (s *numbers) part() numbers {
	n := s.next()
	p := (*s)[:n]
	*s = (*s)[n:]
	return p
}

// inflate returns the parts of the file.
func inflate(file []byte) (alphabet, sizes, ranks, weights, escapes numbers) {
	z, err := zlib.NewReader(bytes.NewReader(file))
	if err != nil {
		panic(err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		panic(err)
	}
	in := numbers(raw)
	return in.part(), in.part(), in.part(), in.part(), in.part()
}

// unpacker fills the lists in the order of the file.
type unpacker struct {
	*model
	ranks, weights, escapes numbers

	places []uint32 // of the lists
	named  int      // how many of them are what follows something already filled
	after  []uint32 // by symbol: the context that it is alone, or else its class
	shares []uint64
}

// unpack reads a model, which MODEL.md specifies. It panics when that is damaged, which as a part of the program it is not.
func unpack(file []byte) *model {
	u := unpacker{model: &model{symbols: make([][64]uint16, 1)}}
	var alphabet, sizes numbers
	alphabet, sizes, u.ranks, u.weights, u.escapes = inflate(file)
	n := uint32(0)
	for s := sizes; len(s) > 0; n += 1 + s.next() {
		u.places = append(u.places, n)
	}
	u.cells = make([]cell, n)
	for _, at := range u.places {
		u.cells[at].symbol = uint16(sizes.next())
	}
	u.alphabet(alphabet)
	for _, at := range u.places {
		u.fill(at)
	}
	u.begin = u.after[end]
	return u.model
}

// alphabet makes the symbols, and names the lists of classes and blocks.
func (u *unpacker) alphabet(in numbers) {
	for i := range u.symbols[0] {
		u.symbols[0][i] = other
	}
	classes := int(in.next())
	for len(in) > 0 {
		class := in.next()
		for range in.next() {
			u.add(rune(in.next()) - 1)
			u.after = append(u.after, u.places[class])
		}
		u.blocks = append(u.blocks, u.places[classes+len(u.blocks)])
	}
	u.classes, u.named = u.blocks[0], classes+len(u.blocks)
}

// add gives r, a code point, a pair, or nothing if it is negative, the next symbol, of the block after those that are known.
func (u *unpacker) add(r rune) {
	symbol := uint16(len(u.runes))
	switch {
	case r >= pairMark:
		u.pairs[r-pairMark] = symbol
	case r >= 0:
		p := &u.page[r/64]
		if *p == 0 {
			*p = uint16(len(u.symbols))
			u.symbols = append(u.symbols, u.symbols[0])
		}
		u.symbols[*p][r%64] = symbol
	}
	u.runes = append(u.runes, r)
	u.block = append(u.block, uint8(len(u.blocks)))
}

// fill makes the choices of the list at a place.
func (u *unpacker) fill(at uint32) {
	head, list := u.list(at)
	context := at > u.blocks[len(u.blocks)-1]
	for i := range list {
		symbol, next := u.ranks.next(), uint32(0)
		switch up := head.next(); {
		case u.isClass(at):
		case !context || u.isClass(up):
			next = u.after[symbol]
		default:
			c := u.cells[up+1+symbol]
			symbol, next = uint32(c.symbol), c.next()
			u.cells[at].weight += uint16(c.share())
		}
		w := u.weights.next()
		if w%2 != 0 {
			place := u.places[u.named]
			u.named++
			u.cells[place] = newCell(uint32(u.cells[place].symbol), 0, next)
			if next = place; !context {
				u.after[symbol] = place
			}
		}
		list[i] = newCell(symbol, w/2, next)
	}
	escape := uint64(0)
	if context {
		escape = share[u.escapes.next()]
	}
	u.weigh(list, escape)
}

// weigh turns the codes of weights into weights. What the rounding leaves is the first choice's.
func (u *unpacker) weigh(list []cell, escape uint64) {
	code, sum := uint32(0), escape
	u.shares = u.shares[:0]
	for _, c := range list {
		code += c.share()
		u.shares = append(u.shares, share[code])
		sum += share[code]
	}
	spare := uint64(total - 1 - len(list))
	left := uint32(total - 1)
	if escape > 0 {
		left = total - uint32(1+escape*spare/sum)
	}
	for i, s := range u.shares {
		w := uint32(1 + s*spare/sum)
		left -= w
		list[i].weight += uint16(w) - list[i].weight%total
	}
	list[0].weight += uint16(left)
}

// share is 2^(20-n/2).
var share = [32]uint64{
	1048576, 741455, 524288, 370728, 262144, 185364, 131072, 92682, 65536, 46341, 32768, 23170, 16384, 11585, 8192, 5793,
	4096, 2896, 2048, 1448, 1024, 724, 512, 362, 256, 181, 128, 91, 64, 45, 32, 23,
}
