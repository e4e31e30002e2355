package plain

import (
	"unicode/utf8"

	"github.com/godwit-im/godwit/codec/atom"
)

// char is Char ::= #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF] (XML 1.0 §2.2) in UTF-8 (RFC 6120 §11.6). It returns the
// character's bytes.
func (p *Parser) char() []byte {
	r, n := p.peekRune()
	if !isChar(r) {
		p.malformed(p.pos, "not a character of XML")
	}
	p.pos += n
	return p.data[p.pos-n : p.pos]
}

// peekRune returns the next character and the number of its bytes. It fails when they are not UTF-8, and stops when the data ends within them.
func (p *Parser) peekRune() (r rune, n int) {
	if c := p.peek(); c < utf8.RuneSelf {
		return rune(c), 1
	}
	if !utf8.FullRune(p.data[p.pos:p.end]) {
		p.pos = p.end
		p.peek() // stops
	}
	r, n = utf8.DecodeRune(p.data[p.pos:p.end])
	if r == utf8.RuneError && n == 1 {
		p.fail(p.pos, atom.UnsupportedEncoding, "not UTF-8")
	}
	return r, n
}

func isChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || 0x20 <= r && r <= 0xD7FF || 0xE000 <= r && r <= 0xFFFD || 0x10000 <= r && r <= 0x10FFFF
}

// space is S? where S ::= (#x20 | #x9 | #xD | #xA)+ (XML 1.0 §2.3); it reports whether there was any.
func (p *Parser) space() bool {
	start := p.pos
	for p.pos < p.end && isSpace(p.data[p.pos]) {
		p.pos++
	}
	return p.pos > start
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// textChar adds the next character to the text.
func (p *Parser) textChar() {
	if p.peek() == '\r' {
		p.lineEnd()
		p.values = append(p.values, '\n')
		return
	}
	p.values = append(p.values, p.char()...)
}

// lineEnd skips one character, or CR LF, which stand for one line's end (XML 1.0 §2.11).
func (p *Parser) lineEnd() {
	c := p.peek()
	p.pos++
	if c == '\r' && p.peek() == '\n' {
		p.pos++
	}
}

// reference is Reference ::= EntityRef | CharRef (XML 1.0 §4.1). It adds what is meant to the text or value.
func (p *Parser) reference() {
	at := p.pos
	p.pos++
	if p.peek() == '#' {
		p.pos++
		p.charRef(at)
		return
	}
	p.entityRef(at)
}

// charRef is CharRef ::= '&#' [0-9]+ ';' | '&#x' [0-9a-fA-F]+ ';', which has to name a Char.
func (p *Parser) charRef(at int) {
	base := rune(10)
	if p.peek() == 'x' {
		p.pos++
		base = 16
	}
	var r rune
	for start := p.pos; p.pos == start || p.peek() != ';'; p.pos++ {
		d := digit(p.peek())
		if d < 0 || d >= base {
			p.malformed(p.pos, "not a digit")
		}
		r = min(r*base+d, utf8.MaxRune+1)
	}
	if !isChar(r) {
		p.malformed(at, "reference to what is not a character of XML")
	}
	p.pos++
	p.values = utf8.AppendRune(p.values, r)
}

// digit returns the value of a hexadecimal digit, -1 for anything else.
func digit(c byte) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= c && c <= 'f':
		return rune(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return rune(c-'A') + 10
	}
	return -1
}

// predefined are the entities of XML 1.0 §4.6. RFC 6120 §11.1 forbids all others.
var predefined = map[string]string{"lt": "<", "gt": ">", "amp": "&", "apos": "'", "quot": `"`}

// entityRef is EntityRef ::= '&' Name ';' where Name has no colon (Namespaces in XML 1.0 §7). A name with a character beyond ASCII is not looked at
// further: none of the predefined has one.
func (p *Parser) entityRef(at int) {
	start := p.pos
	for {
		c := p.peek()
		switch {
		case c >= utf8.RuneSelf:
			p.peekAnyChar()
			p.fail(at, atom.RestrictedXML, "reference to an entity")
		case isASCIINameStart(c), isASCIINameChar(c) && p.pos > start:
		case c == ';' && p.pos > start:
			value, ok := predefined[string(p.data[start:p.pos])]
			if !ok {
				p.fail(at, atom.RestrictedXML, "reference to an entity")
			}
			p.pos++
			p.values = append(p.values, value...)
			return
		default:
			p.malformed(p.pos, "& that begins no reference")
		}
		if p.pos-start >= p.maxName() {
			p.excess(p.pos, "name too long")
		}
		p.pos++
	}
}

// peekAnyChar fails when no Char comes.
func (p *Parser) peekAnyChar() {
	at := p.pos
	p.char()
	p.pos = at
}
