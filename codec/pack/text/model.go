package text

import (
	"crypto/sha256"
	_ "embed"
	"sync"
	"unicode/utf8"
)

//go:embed model.bin
var packed []byte

// Hash returns the SHA-256 of the model: both ends must have the same.
func Hash() [sha256.Size]byte { return sha256.Sum256(packed) }

// Load unpacks the model, which otherwise the first text waits for: some 20 ms and 2 MiB. Any goroutine may call it.
func Load() { shared() }

// shared is the model, unpacked for the first text.
var shared = sync.OnceValue(func() *model { return unpack(packed) })

const (
	end   = 0 // the symbol of the end of a text, and of what is before its beginning
	other = 1 // the symbol of all code points that have none

	bits       = 13
	total      = 1 << bits // of the weights of a list
	maxSymbols = 5120
	pages      = (utf8.MaxRune + 1) / 64
	pairMark   = utf8.MaxRune + 1 // a pair of ASCII characters a, b that is a symbol stands behind all code points, at pairMark + 128a + b
)

// model is the lists that MODEL.md describes, in one array. A list is a head and its choices. The first lists are those of the classes, whose choices are
// blocks, then come those of the blocks and of the contexts, whose choices are symbols. It is read-only.
type model struct {
	cells   []cell
	classes uint32            // where the lists of classes end
	blocks  []uint32          // the list of each block
	begin   uint32            // the context before a text
	runes   []rune            // by symbol
	block   []uint8           // by symbol
	page    [pages]uint16     // by code point / 64: where in symbols
	pairs   [128 * 128]uint16 // by 128a + b; 0: the pair is no symbol
	symbols [][64]uint16      // by code point % 64; the first is for all pages without a symbol
}

// cell is a choice: a symbol, its weight, and the context that follows, which is the place of a list in cells and has its lowest bits in low, the others above
// the weight. What of total the choices of a list leave is the weight of the escape from it.
//
// In the head of a list the symbol stands for the number of its choices, and what follows is the list to escape to. That one has all symbols of this
// list too, and the weight is the sum of those they have there.
type cell struct{ symbol, weight, low uint16 }

func newCell(symbol, weight, next uint32) cell {
	return cell{uint16(symbol), uint16(weight | next>>16<<bits), uint16(next)}
}

func (c cell) share() uint32 { return uint32(c.weight) & (total - 1) }
func (c cell) next() uint32  { return uint32(c.low) | uint32(c.weight)>>bits<<16 }

// list returns the head and the choices of a list.
func (m *model) list(at uint32) (cell, []cell) {
	l := m.cells[at:]
	return l[0], l[1 : 1+l[0].symbol]
}

// isClass reports whether a list is that of a class.
func (m *model) isClass(at uint32) bool { return at < m.classes }

// symbol returns the symbol that s begins with, its bytes, and the code point if it is that of one.
func (m *model) symbol(s []byte) (symbol uint16, r rune, size int) {
	if len(s) > 1 && s[0] < 128 && s[1] < 128 {
		if symbol = m.pairs[int(s[0])*128+int(s[1])]; symbol != 0 {
			return symbol, 0, 2
		}
	}
	if r, size = rune(s[0]), 1; r >= utf8.RuneSelf {
		r, size = utf8.DecodeRune(s)
	}
	return m.symbols[m.page[r/64]][r%64], r, size
}
