package main

import (
	"cmp"
	"maps"
	"slices"
	"unicode"
	"unicode/utf8"
)

const (
	end   = 0  // the symbol of the end of a text, and of what is before its beginning
	other = 1  // the symbol of all code points that have none
	side  = 64 // symbols in a block, at most
)

// alphabet is the symbols, in blocks.
type alphabet struct {
	runes   []int64 // by symbol; of end and other -1, of a piece pieceMark and its number
	blocks  []block
	of      map[rune]uint16
	pieces  map[string]uint16
	classes []uint8 // by symbol
	block   []uint8 // by symbol
}

// block is symbols of one class, from the first to the last.
type block struct {
	class       uint8
	first, last int
}

// newAlphabet takes the code points that three authors have, all of ASCII, and pairs.
func newAlphabet(texts []text) *alphabet {
	uses := make(map[rune]*tally)
	for r := rune(' '); r < 0x7F; r++ {
		uses[r] = &tally{three: true}
	}
	uses['\n'] = &tally{three: true}
	for _, x := range texts {
		if x.held {
			continue
		}
		for _, r := range x.body {
			if uses[r] == nil {
				uses[r] = &tally{}
			}
			uses[r].add(1, x.author)
		}
	}
	runes := slices.SortedFunc(maps.Keys(uses), func(a, b rune) int {
		return cmp.Or(cmp.Compare(classOf(a), classOf(b)), cmp.Compare(uses[b].n, uses[a].n), cmp.Compare(a, b))
	})
	a := &alphabet{of: make(map[rune]uint16), pieces: make(map[string]uint16)}
	a.add(-1, classEnd)
	a.add(-1, classOther)
	for _, p := range pieces(texts, pieceCount) {
		a.pieces[p] = uint16(len(a.runes))
		a.add(pieceMark+pieceNumber(p), classPiece)
	}
	for _, r := range runes {
		if uses[r].three {
			a.of[r] = uint16(len(a.runes))
			a.add(int64(r), classOf(r))
		}
	}
	return a
}

func (a *alphabet) add(r int64, class uint8) {
	k := len(a.runes)
	if b := len(a.blocks) - 1; b < 0 || a.blocks[b].class != class || k-a.blocks[b].first >= side {
		a.blocks = append(a.blocks, block{class, k, k})
	}
	a.blocks[len(a.blocks)-1].last = k
	a.runes = append(a.runes, r)
	a.classes = append(a.classes, class)
	a.block = append(a.block, uint8(len(a.blocks)-1))
}

// symbols appends those of s, and an end.
func (a *alphabet) symbols(dst []uint16, s string) []uint16 {
	for len(s) > 0 {
		symbol, size := a.symbol(s)
		dst = append(dst, symbol)
		s = s[size:]
	}
	return append(dst, end)
}

// symbol returns the symbol that s begins with, and its bytes: the longest piece, or a code point.
func (a *alphabet) symbol(s string) (symbol uint16, size int) {
	for n := min(len(s), pieceMax); n > 1; n-- {
		if symbol, ok := a.pieces[s[:n]]; ok {
			return symbol, n
		}
	}
	r, size := utf8.DecodeRuneInString(s)
	symbol, ok := a.of[r]
	if !ok {
		symbol = other
	}
	return symbol, size
}

// The classes, of symbols that follow each other. After those named come the scripts.
const (
	classEnd = iota
	classOther
	classBlank
	classDigit
	classSmall
	classCapital
	classASCII
	classLatin
	classMark
	classEmoji
	classPiece
	classScripts
)

var scripts = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Cyrillic, unicode.Arabic, unicode.Devanagari, unicode.Greek, unicode.Hebrew,
	unicode.Bengali, unicode.Thai, unicode.Tamil, unicode.Oriya,
}

var classCount = classScripts + len(scripts)

func classOf(r rune) uint8 {
	switch {
	case r == ' ':
		return classBlank
	case '0' <= r && r <= '9':
		return classDigit
	case 'a' <= r && r <= 'z':
		return classSmall
	case 'A' <= r && r <= 'Z':
		return classCapital
	case r < 0x80:
		return classASCII
	case unicode.Is(unicode.Latin, r):
		return classLatin
	}
	for i, s := range scripts {
		if unicode.Is(s, r) {
			return uint8(classScripts + i)
		}
	}
	const joiner = 0x200D
	if r < 0x2190 && r != joiner || 0x3000 <= r && r < 0xFE00 || 0xFF00 <= r && r < 0x10000 {
		return classMark
	}
	return classEmoji
}
