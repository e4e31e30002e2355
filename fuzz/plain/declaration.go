package plain

import (
	"strings"

	"github.com/godwit-im/godwit/codec/atom"
)

// maxDeclaration is how many bytes an XML declaration may have, as codec/xmltext limits it.
const maxDeclaration = 256

// declarationComes reports whether the stream begins with an XML declaration.
func (p *Parser) declarationComes() bool {
	const start = "<?xml"
	return len(p.data) > len(start) && string(p.data[:len(start)]) == start && isSpace(p.data[len(start)])
}

// declaration is XMLDecl ::= '<?xml' VersionInfo EncodingDecl? SDDecl? S? '?>' (XML 1.0 §2.8). A fault is at the beginning of the part that is none of
// these, or after the value that says something we do not have.
func (p *Parser) declaration() {
	p.begin(maxDeclaration, "XML declaration too long")
	p.pos += len("<?xml")
	parts := []string{"version", "encoding", "standalone"} // those that may come
	p.space()
	for first := true; first || p.peek() != '?'; first = false {
		start := p.pos
		if !first && !isSpace(p.data[start-1]) {
			p.declarationPart() // the data may end within
			p.malformed(start, "no white space in the XML declaration")
		}
		name, value := p.declarationPart()
		for !first && len(parts) > 0 && parts[0] != name {
			parts = parts[1:] // it is optional
		}
		if len(parts) == 0 || parts[0] != name {
			p.malformed(start, "not a part of an XML declaration")
		}
		parts = parts[1:]
		p.declarationSays(name, value)
		p.space()
	}
	p.pos++
	if p.peek() != '>' {
		p.malformed(p.pos, "? in the XML declaration")
	}
	p.pos++
}

// declarationPart reads a name, Eq, and a value in quotes of either kind, which consists of the characters that the three may have. For anything
// else the name is "".
func (p *Parser) declarationPart() (name, value string) {
	name = p.declarationWord()
	p.space()
	if p.peek() != '=' {
		return "", ""
	}
	p.pos++
	p.space()
	quote := p.peek()
	if quote != '\'' && quote != '"' {
		return "", ""
	}
	p.pos++
	value = p.declarationWord()
	if p.peek() != quote {
		return "", ""
	}
	p.pos++
	return name, value
}

func (p *Parser) declarationWord() string {
	start := p.pos
	for p.pos < p.end && isASCIINameChar(p.data[p.pos]) {
		p.pos++
	}
	return string(p.data[start:p.pos])
}

// declarationSays fails when a value is not what it has to be.
func (p *Parser) declarationSays(name, value string) {
	switch name {
	case "version": // VersionNum ::= '1.' [0-9]+ (XML 1.0 §2.8)
		digits := strings.TrimPrefix(value, "1.")
		if digits == value || digits == "" || strings.Trim(digits, "0123456789") != "" {
			p.malformed(p.pos, "version")
		}
	case "encoding": // EncName ::= [A-Za-z] ([A-Za-z0-9._] | '-')* (XML 1.0 §4.3.3)
		if value == "" || value[0] == '_' || !isASCIINameStart(value[0]) {
			p.malformed(p.pos, "encoding")
		}
		if !strings.EqualFold(value, "UTF-8") {
			p.fail(p.pos, atom.UnsupportedEncoding, "encoding") // RFC 6120 §11.6
		}
	case "standalone": // SDDecl (XML 1.0 §2.9)
		if value != "yes" && value != "no" {
			p.malformed(p.pos, "standalone")
		}
	}
}

// instruction fails at the processing instruction at pos, or what looks like one: there is no way that it could be right. PI ::= '<?' PITarget (S …)? '?>',
// PITarget ::= Name - (('X' | 'x') ('M' | 'm') ('L' | 'l')) (XML 1.0 §2.6); what follows a target that is forbidden (RFC 6120 §11.1) is not looked at.
func (p *Parser) instruction() {
	at := p.pos
	p.pos += len("<?")
	if c := p.peek(); c < 0x80 && c != ':' && !isASCIINameStart(c) {
		p.malformed(p.pos, "<? without a target")
	}
	for _, c := range []byte("xml") {
		if p.peek()|0x20 != c {
			p.fail(at, atom.RestrictedXML, "processing instruction")
		}
		p.pos++
	}
	if c := p.peek(); c >= 0x80 || c == ':' || isASCIINameChar(c) {
		p.fail(at, atom.RestrictedXML, "processing instruction")
	}
	p.malformed(at, "XML declaration not at the start")
}
