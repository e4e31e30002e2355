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
	runes   []rune // by symbol; of end and other -1, of a pair what pair returns
	blocks  []block
	of      map[rune]uint16
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
	a := &alphabet{of: make(map[rune]uint16)}
	a.add(-1, classEnd)
	a.add(-1, classOther)
	for _, p := range pairs(texts) {
		a.of[p] = uint16(len(a.runes))
		a.add(p, classPair)
	}
	for _, r := range runes {
		if uses[r].three {
			a.of[r] = uint16(len(a.runes))
			a.add(r, classOf(r))
		}
	}
	return a
}

// Pairs of letters, or of a blank and a letter, are symbols too, those that occur most, as if they were code points behind the last one.
const (
	pairMark  = unicode.MaxRune + 1
	pairCount = 200
)

// pair returns what stands for a pair that may be a symbol, or 0. No pair ends in a blank, so that most words are cut in the same way wherever they are.
func pair(a, b byte) rune {
	if letter(b) && (letter(a) || a == ' ') {
		return pairMark + rune(a)*128 + rune(b)
	}
	return 0
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func pairs(texts []text) []rune {
	uses := make(map[rune]*tally)
	for _, x := range texts {
		for i := 1; i < len(x.body) && !x.held; i++ {
			if p := pair(x.body[i-1], x.body[i]); p != 0 {
				if uses[p] == nil {
					uses[p] = &tally{}
				}
				uses[p].add(x.gain, x.author)
				i++
			}
		}
	}
	maps.DeleteFunc(uses, func(_ rune, t *tally) bool { return !t.three })
	all := slices.SortedFunc(maps.Keys(uses), func(a, b rune) int {
		return cmp.Or(cmp.Compare(uses[b].n, uses[a].n), cmp.Compare(a, b))
	})
	return all[:min(len(all), pairCount)]
}

func (a *alphabet) add(r rune, class uint8) {
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
		r, size := utf8.DecodeRuneInString(s)
		if len(s) > 1 && a.of[pair(s[0], s[1])] != 0 {
			r, size = pair(s[0], s[1]), 2
		}
		symbol, ok := a.of[r]
		if !ok {
			symbol = other
		}
		dst = append(dst, symbol)
		s = s[size:]
	}
	return append(dst, end)
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
	classPair
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
