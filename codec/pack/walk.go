package pack

import (
	"encoding/binary"
	"unicode/utf8"
)

// The bytes of the literal coding that are looked at here (codec/compact/FORMAT.md §3–6).
const (
	kindElement = 0x01
	kindOpen    = 0x02
	kindClose   = 0x03

	tokenPrefixed = 0x00
	wordShortMax  = 0xAF
	wordLong      = 0xB0
	wordLongMax   = 0xBF
	literal       = 0xC0
	literalLong   = 0xFF
	literalShort  = literalLong - literal

	contentEnd  = 0x00
	contentText = 0x01
	headElement = 0x80

	headPrefixed  = 0x01
	bodyEmpty     = 0x00
	bodyList      = 0x02
	bodyText      = 0x04
	bodyMask      = 0x06
	headAttrShift = 3
	headAttrMax   = 15
)

// walk reads literally coded bytes. bad says that they are no such thing; what was read then means nothing.
type walk struct {
	b   []byte
	bad bool
}

func (w *walk) byte() byte {
	if len(w.b) == 0 {
		w.bad = true
		return 0
	}
	c := w.b[0]
	w.b = w.b[1:]
	return c
}

// varint reads a number below 2²⁸.
func (w *walk) varint() int {
	v := 0
	for shift := 0; shift < 28; shift += 7 {
		c := w.byte()
		v |= int(c&0x7F) << shift
		if c < 0x80 {
			w.bad = w.bad || c == 0 && shift > 0 // not the shortest form
			return v
		}
	}
	w.bad = true
	return 0
}

// take returns the next n bytes.
func (w *walk) take(n int) []byte {
	if n > len(w.b) {
		w.bad = true
		return nil
	}
	p := w.b[:n:n]
	w.b = w.b[n:]
	return p
}

// str returns the next string with its length, as it lies there.
func (w *walk) str() []byte {
	from, n := w.b, 1
	switch c := w.byte(); {
	case c == tokenPrefixed:
		w.bad = true
	case c >= wordLong && c <= wordLongMax:
		w.byte()
		n = 2
	case c == literalLong:
		size := literalShort + w.varint()
		n = len(from) - len(w.b) + size
		w.take(size)
	case c >= literal:
		w.take(int(c) - literal)
		n = 1 + int(c) - literal
	}
	if w.bad || wordOf(from[:n]) >= len(words) {
		w.bad = true
		return nil
	}
	return from[:n:n]
}

// isText reports whether v is UTF-8, of characters that XML allows (XML 1.0 §2.2): others the model of texts cannot say.
func isText(v []byte) bool {
	for len(v) >= 8 && isPlain(binary.LittleEndian.Uint64(v)) {
		v = v[8:]
	}
	ascii := true
	for i, c := range v {
		switch {
		case c < ' ' && c != '\t' && c != '\n' && c != '\r':
			return false
		case c >= utf8.RuneSelf:
			ascii = false
			if c == 0xEF && i+2 < len(v) && v[i+1] == 0xBF && v[i+2] >= 0xBE { // U+FFFE, U+FFFF
				return false
			}
		}
	}
	return ascii || utf8.Valid(v)
}

const (
	each   = 0x0101010101010101
	spaces = each * ' '
)

// isPlain reports whether eight bytes are ASCII, and none a control character.
func isPlain(x uint64) bool { return (x|(x-spaces))&(each*0x80) == 0 }

// name returns the next name: one string, or with a prefix two, and in attributes the byte that says so.
func (w *walk) name(prefixed bool) []byte {
	from := w.b
	if !prefixed && len(from) > 0 && from[0] == tokenPrefixed {
		w.byte()
		prefixed = true
	}
	if prefixed {
		w.str()
	}
	w.str()
	if w.bad {
		return nil
	}
	return from[: len(from)-len(w.b) : len(from)-len(w.b)]
}

// item returns the next item, kind and content.
func (w *walk) item() []byte { return w.take(w.varint()) }

// attrs returns how many attributes follow a head.
func (w *walk) attrs(head byte) int {
	n := int(head>>headAttrShift) & headAttrMax
	if n == headAttrMax {
		n += w.varint()
	}
	return n
}

// wordOf returns the number of the word that a string is, 0 for a literal.
func wordOf(s []byte) int {
	switch c := s[0]; {
	case c <= wordShortMax:
		return int(c)
	case c <= wordLongMax:
		return wordShortMax + 1 + int(c-wordLong)<<8 + int(s[1])
	}
	return 0
}

// textOf returns the bytes of a string, a word or not.
func textOf(s []byte) []byte {
	switch c := s[0]; {
	case c == literalLong:
		n := 1
		for s[n] >= 0x80 {
			n++
		}
		return s[n+1:]
	case c >= literal:
		return s[1:]
	}
	return words[wordOf(s)]
}

func appendWord(dst []byte, word int) []byte {
	if word <= wordShortMax {
		return append(dst, byte(word))
	}
	word -= wordShortMax + 1
	return append(dst, wordLong+byte(word>>8), byte(word))
}

func appendVarint(dst []byte, v int) []byte {
	for v >= 0x80 {
		dst = append(dst, byte(v)|0x80)
		v >>= 7
	}
	return append(dst, byte(v))
}

// literalRoom is the most bytes before a literal.
const literalRoom = 5

// appendLiteral appends a literal.
func appendLiteral(dst, s []byte) []byte {
	if len(s) < literalShort {
		dst = append(dst, literal+byte(len(s)))
	} else {
		dst = appendVarint(append(dst, literalLong), len(s)-literalShort)
	}
	return append(dst, s...)
}
