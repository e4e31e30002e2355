package text

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
	"slices"
	"unicode/utf8"
)

// numbers is a sequence of varints.
type numbers []byte

func (s *numbers) next() uint32 { return uint32(s.long()) }

func (s *numbers) long() uint64 {
	v, n := binary.Uvarint(*s)
	*s = (*s)[n:]
	return v
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

// cell is a choice, with its place in the list above if it is a context's, or the head of a list: then the symbol stands for the number of its choices, and what follows is the list above, in
// which its choices have that weight, all together.
type cell struct {
	symbol, weight, rank uint16
	next                 uint32
}

// unpacker fills the lists in the order of the file. Their places are those of their heads in cells; arrange.go makes of these what the model has.
type unpacker struct {
	*model
	ranks, weights, escapes numbers

	cells   []cell
	places  []uint32 // of the lists, those of the classes first, then those of the blocks
	ofClass int      // how many those are,
	ofBlock []uint32 // and these
	rank    []uint8  // by symbol: its place in the list of its block
	named   int      // how many lists are what follows something already filled
	after   []uint32 // by symbol: the context that it is alone, or else its class
	shares  []uint64
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
	for i := range u.places {
		u.fill(i)
	}
	u.arrange()
	return u.model
}

// list returns the head and the choices of a list.
func (u *unpacker) list(at uint32) (*cell, []cell) {
	l := u.cells[at:]
	return &l[0], l[1 : 1+l[0].symbol]
}

// isContext reports whether a list, by its number, is that of a context.
func (u *unpacker) isContext(i int) bool { return i >= u.ofClass+len(u.ofBlock) }

// alphabet makes the symbols, and names the lists of classes and blocks.
func (u *unpacker) alphabet(in numbers) {
	for i := range u.symbols[0] {
		u.symbols[0][i] = other
	}
	u.ofClass = int(in.next())
	for len(in) > 0 {
		class := in.next()
		for range in.next() {
			u.add(int64(in.long()) - 1)
			u.after = append(u.after, u.places[class])
		}
		u.ofBlock = append(u.ofBlock, u.places[u.ofClass+len(u.ofBlock)])
	}
	u.fillBuckets()
	u.named = u.ofClass + len(u.ofBlock)
}

// add gives c, a code point, a piece, or nothing if it is negative, the next symbol, of the block after those that are known.
func (u *unpacker) add(c int64) {
	symbol := uint16(len(u.spells))
	var room [pieceMax]byte
	bytes := room[:0]
	switch {
	case c >= pieceMark:
		for c -= pieceMark; c > 0; c >>= 7 {
			bytes = append(bytes, byte(c&127))
		}
		slices.Reverse(bytes)
		u.piece(newPiece(bytes, symbol))
	case c >= 0:
		p := &u.page[c/64]
		if *p == 0 {
			*p = uint16(len(u.symbols))
			u.symbols = append(u.symbols, u.symbols[0])
		}
		u.symbols[*p][c%64] = symbol
		bytes = utf8.AppendRune(bytes, rune(c))
	}
	u.spells = append(u.spells, spellOf(bytes))
	u.block = append(u.block, uint8(len(u.ofBlock)))
	u.rank = append(u.rank, 0)
}

// piece puts a piece into its bucket, where there is room for it.
func (m *model) piece(p piece) {
	b := &m.buckets[bucketOf(uint64(p))]
	i := bucketSize - 1
	for b[i] != 0 {
		i--
	}
	b[i] = p
}

// fillBuckets sorts the buckets, and puts characters that are no symbol of their own where they are looked for.
func (m *model) fillBuckets() {
	for i := range m.buckets {
		b := m.buckets[i][:]
		for j := range b {
			if b[j] == 0 {
				b[j] = noPiece
			}
		}
		slices.Sort(b)
	}
	for c := range m.single {
		m.single[c] = newPiece([]byte{byte(c)}, m.symbols[m.page[c/64]][c%64])
	}
}

// fill makes the choices of a list, by its number.
func (u *unpacker) fill(l int) {
	at := u.places[l]
	head, list := u.list(at)
	for i := range list {
		c := cell{symbol: uint16(u.ranks.next())}
		switch up := head.next; {
		case l < u.ofClass:
		case !u.isContext(l) || up < u.places[u.ofClass]:
			c.next = u.after[c.symbol]
		default:
			above := &u.cells[up+1+uint32(c.symbol)]
			c.symbol, c.rank, c.next = above.symbol, c.symbol, above.next
			head.weight += above.weight
		}
		w := u.weights.next()
		c.weight = uint16(w / 2)
		if w%2 != 0 {
			place := u.places[u.named]
			u.named++
			u.cells[place].next = c.next
			if c.next = place; !u.isContext(l) {
				u.after[c.symbol] = place
			}
		}
		if list[i] = c; l >= u.ofClass && !u.isContext(l) {
			u.rank[c.symbol] = uint8(i)
		}
	}
	escape := uint64(0)
	if u.isContext(l) {
		escape = share[u.escapes.next()]
	}
	u.weigh(list, escape)
}

// weigh turns the codes of weights into weights. What the rounding leaves is the first choice's.
func (u *unpacker) weigh(list []cell, escape uint64) {
	code, sum := uint32(0), escape
	u.shares = u.shares[:0]
	for _, c := range list {
		code += uint32(c.weight)
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
		list[i].weight = uint16(w)
	}
	list[0].weight += uint16(left)
}

// share is 2^(20-n/2).
var share = [32]uint64{
	1048576, 741455, 524288, 370728, 262144, 185364, 131072, 92682, 65536, 46341, 32768, 23170, 16384, 11585, 8192, 5793,
	4096, 2896, 2048, 1448, 1024, 724, 512, 362, 256, 181, 128, 91, 64, 45, 32, 23,
}
