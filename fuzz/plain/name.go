package plain

import "unicode/utf8"

// What a name and its prefix may have in bytes, since a codec.Node cannot say more.
const (
	maxName   = 65_535
	maxPrefix = 255
)

func (p *Parser) maxName() int { return min(limit(p.limits.Name), maxName) }

// qname is QName ::= (Prefix ':')? LocalPart, both NCName (Namespaces in XML 1.0 §4). It returns the bytes of the prefix too, 0 for none.
func (p *Parser) qname() (name []byte, prefix int) {
	start := p.pos
	p.ncname(start)
	if p.peek() == ':' {
		prefix = p.pos - start
		if prefix > maxPrefix {
			p.excess(p.pos, "prefix too long")
		}
		p.nameByte(start, 1)
		p.ncname(start)
		if p.peek() == ':' {
			p.malformed(p.pos, "two colons in a name")
		}
	}
	return p.data[start:p.pos], prefix
}

// ncname is NCName ::= Name - (Char* ':' Char*), Name ::= NameStartChar (NameChar)* (XML 1.0 §2.3). The QName began at start.
func (p *Parser) ncname(start int) {
	first := p.pos
	for {
		r, n := p.peekRune()
		if !isChar(r) {
			p.malformed(p.pos, "not a character of XML")
		}
		if !isNameStartChar(r) && (p.pos == first || !isNameChar(r)) {
			break
		}
		p.nameByte(start, n)
	}
	if p.pos == first {
		p.malformed(p.pos, "not a name")
	}
}

// nameByte takes n bytes into the name that began at start.
func (p *Parser) nameByte(start, n int) {
	if p.pos+n-start > p.maxName() {
		p.excess(start+p.maxName(), "name too long")
	}
	p.pos += n
}

// isNameStartChar is NameStartChar of XML 1.0 §2.3 without the colon.
func isNameStartChar(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return isASCIINameStart(byte(r))
	case 0xC0 <= r && r <= 0xD6, 0xD8 <= r && r <= 0xF6, 0xF8 <= r && r <= 0x2FF, 0x370 <= r && r <= 0x37D,
		0x37F <= r && r <= 0x1FFF, 0x200C <= r && r <= 0x200D, 0x2070 <= r && r <= 0x218F, 0x2C00 <= r && r <= 0x2FEF,
		0x3001 <= r && r <= 0xD7FF, 0xF900 <= r && r <= 0xFDCF, 0xFDF0 <= r && r <= 0xFFFD, 0x10000 <= r && r <= 0xEFFFF:
		return true
	}
	return false
}

// isNameChar is NameChar of XML 1.0 §2.3 without the colon.
func isNameChar(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return isASCIINameChar(byte(r))
	case r == 0xB7, 0x300 <= r && r <= 0x36F, 0x203F <= r && r <= 0x2040:
		return true
	}
	return isNameStartChar(r)
}

func isASCIINameStart(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
}

func isASCIINameChar(c byte) bool {
	return isASCIINameStart(c) || '0' <= c && c <= '9' || c == '-' || c == '.'
}
