package compact

import "github.com/godwit-im/godwit/codec/atom"

// The bytes that begin a string, FORMAT.md §4.
const (
	tokenPrefixed = 0x00 // attribute names only: a prefix and a local name follow
	wordShortMax  = 0xAF // 0x01 to here: the word with this number
	wordLong      = 0xB0 // to wordLongMax: a word with a number above wordShortMax, in 4 bits here and the 8 of the next byte
	wordLongMax   = 0xBF
	literal       = 0xC0 // to literalMax: that many bytes less 0xC0 follow
	literalMax    = 0xFE
	literalLong   = 0xFF // a varint and that many bytes more than literalShort follow
	literalShort  = literalMax - literal + 1
	nameXMLLang   = literal // attribute names only, where no name is empty: xml:lang
)

// The bytes in a content list, FORMAT.md §5. From headElement on a byte begins an element.
const (
	contentEnd  = 0x00
	contentText = 0x01
	headElement = 0x80
)

// The parts of the byte that begins an element, FORMAT.md §5.
const (
	headPrefixed  = 0x01
	headBody      = 0x06 // one of the three:
	bodyEmpty     = 0x00
	bodyList      = 0x02
	bodyText      = 0x04
	headAttrShift = 3
	headAttrMax   = 15 // this many or more: a varint follows
)

// maxVarint is the bytes that a varint may have: 28 bits are enough for every length here.
const maxVarint = 4

// appendVarint appends v, which is below 1<<28, seven bits a byte, the lowest first.
func appendVarint(dst []byte, v int) []byte {
	for v >= 0x80 {
		dst = append(dst, byte(v)|0x80)
		v >>= 7
	}
	return append(dst, byte(v))
}

// varintSize returns the bytes of v as a varint.
func varintSize(v int) int {
	n := 1
	for ; v >= 0x80; v >>= 7 {
		n++
	}
	return n
}

// varint reads a varint at the start of b. It returns its bytes: 0 when b ends within it, and below 0 when it is longer than it may be.
func varint(b []byte) (v, n int) {
	for n < len(b) && n < maxVarint {
		c := b[n]
		v |= int(c&0x7F) << (7 * n)
		n++
		if c < 0x80 {
			if c == 0 && n > 1 {
				return 0, -1 // not the shortest form
			}
			return v, n
		}
	}
	if n == maxVarint {
		return 0, -1
	}
	return 0, 0
}

// appendWord appends the word a.
func appendWord(dst []byte, a atom.Atom) []byte {
	if a <= wordShortMax {
		return append(dst, byte(a))
	}
	a -= wordShortMax + 1
	return append(dst, wordLong+byte(a>>8), byte(a))
}

// appendLiteral appends the bytes of s.
func appendLiteral(dst, s []byte) []byte {
	if len(s) < literalShort {
		dst = append(dst, literal+byte(len(s)))
	} else {
		dst = appendVarint(append(dst, literalLong), len(s)-literalShort)
	}
	return append(dst, s...)
}

// appendString appends s as the word that it is, or literally.
func appendString(dst, s []byte) []byte {
	if a := lookup(s); a != atom.Unknown {
		return appendWord(dst, a)
	}
	return appendLiteral(dst, s)
}
