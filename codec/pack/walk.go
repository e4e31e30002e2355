package pack

import (
	"bytes"
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

// is reports whether the element that comes next in a regular item begins as t does. If so its start is read into s, as far as it is not t's own, and body is its form.
func (w *walk) is(t *tag, s *start, body *byte) bool {
	b := w.b
	if len(t.pieces) == 0 || b[0]&^bodyMask != t.head || !bytes.HasPrefix(b[1:], t.pieces[0]) {
		return false
	}
	b = b[1+len(t.pieces[0]):]
	s.attrs = slack(s.attrs[:0], len(t.attrs), 0)[:len(t.attrs)]
	for i, piece := range t.pieces[1:] {
		n := sizeOf(b)
		s.attrs[t.slots[i]].value = b[:n:n]
		if b = b[n:]; !bytes.HasPrefix(b, piece) {
			return false
		}
		b = b[len(piece):]
	}
	*body = w.b[0] & bodyMask
	w.b = b
	return true
}

// sizeOf returns how many bytes the string has that a part of a regular item begins with.
func sizeOf(b []byte) int {
	switch c := b[0]; {
	case c <= wordShortMax:
		return 1
	case c <= wordLongMax:
		return 2
	case c < literalLong:
		return 1 + int(c) - literal
	}
	w := walk{b: b[1:]}
	n := w.varint()
	return len(b) - len(w.b) + literalShort + n
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

// isPlain reports whether eight bytes are ASCII, and none a control character.
func isPlain(x uint64) bool {
	const each = 0x0101010101010101
	return (x|(x-each*' '))&(each*0x80) == 0
}

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

// maxDepth bounds how deep elements are nested that are not sent raw.
const maxDepth = 48

// regular reports whether an item is written as package compact writes it, so that the coding of this package gives it back; what is not goes raw.
func regular(item []byte) bool {
	if len(item) == 0 {
		return false
	}
	switch item[0] {
	case kindOpen, kindElement:
		c := check{item}
		return c.element(1, item[0] == kindElement, 0) == len(item)
	case kindClose:
		return len(item) == 1
	}
	return false
}

// check passes over an item from place to place. Its methods return the place behind what they have passed over, bad when that is not regular; bad and all places behind the end are so too.
type check struct{ b []byte }

const bad = -1

// byte returns the byte at a place, 0xFF for none.
func (c check) byte(at int) byte {
	if uint(at) < uint(len(c.b)) {
		return c.b[at]
	}
	return 0xFF
}

// element passes over an element. Those that begin an item are written with a list, even if that is empty, headers of a stream without; all others in the shortest form.
func (c check) element(at int, root bool, depth int) int {
	head := c.byte(at)
	if head < headElement || at >= len(c.b) || depth > maxDepth {
		return bad
	}
	n := int(head>>headAttrShift) & headAttrMax
	if at++; n == headAttrMax {
		w := walk{b: c.b[at:]}
		n += w.varint()
		at = len(c.b) - len(w.b)
		if w.bad {
			return bad
		}
	}
	if first := c.byte(at); first == tokenPrefixed || first == literal {
		return bad
	}
	if head&headPrefixed != 0 {
		at = c.string(at)
	}
	at = c.string(at)
	for ; n > 0 && at != bad; n-- {
		if c.byte(at) == tokenPrefixed {
			at = c.string(at + 1)
		}
		at = c.string(c.string(at))
	}
	switch body := head & bodyMask; {
	case at == bad:
		return bad
	case body == bodyList:
		return c.list(at, root, depth)
	case body == bodyText && !root:
		return c.text(at)
	case body != bodyEmpty || root:
		return bad
	}
	return at
}

// text passes over a text, which is not empty.
func (c check) text(at int) int {
	if c.byte(at) == literal {
		return bad
	}
	return c.string(at)
}

// list passes over what is in an element.
func (c check) list(at int, root bool, depth int) int {
	nodes, texts := 0, 0
	for after := false; at != bad; nodes++ {
		switch b := c.byte(at); {
		case b == contentEnd:
			if !root && (nodes == 0 || nodes == 1 && texts == 1) {
				return bad
			}
			return at + 1
		case b == contentText && !after:
			at = c.text(at + 1)
			after = true
			texts++
		default:
			at = c.element(at, false, depth+1)
			after = false
		}
	}
	return bad
}

// string passes over a string of the characters that XML allows.
func (c check) string(at int) int {
	switch b := c.byte(at); {
	case at >= len(c.b) || at < 0 || b == tokenPrefixed:
		return bad
	case b <= wordShortMax && int(b) < len(words):
		return at + 1
	case b >= literal && b < literalLong:
		end := at + 1 + int(b-literal)
		if end > len(c.b) || !isText(c.b[at+1:end]) {
			return bad
		}
		return end
	}
	w := walk{b: c.b[at:]}
	s := w.str()
	if w.bad || s[0] == literalLong && !isText(textOf(s)) {
		return bad
	}
	return len(c.b) - len(w.b)
}

// MaxItem is the most bytes that an item may have: 16 MiB.
const MaxItem = 1 << 24
