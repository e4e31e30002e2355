package plain

import (
	"bytes"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// element ::= EmptyElemTag | STag content ETag (XML 1.0 §3).
func (p *Parser) element() {
	index, outer := len(p.nodes), len(p.scope)
	if empty := p.startTag(); !empty {
		p.depth++
		p.content()
		p.endTag(p.nodes[index].Name)
		p.depth--
	}
	p.nodes[index].End = len(p.nodes) - p.first
	p.scope = p.scope[:outer]
}

// startTag reads STag ::= '<' Name (S Attribute)* S? '>' or EmptyElemTag ::= '<' Name (S Attribute)* S? '/>' (XML 1.0 §3.1).
func (p *Parser) startTag() (empty bool) {
	if p.depth >= limit(p.limits.Depth) {
		p.excess(p.pos, "too deep")
	}
	if p.elements >= limit(p.limits.Elements) {
		p.excess(p.pos, "too many elements")
	}
	p.elements++
	p.pos++ // the <
	index := len(p.nodes)
	name, prefix := p.qname()
	p.nodes = append(p.nodes, Node{Kind: codec.KindElement, Name: name, Prefix: prefix})
	for {
		spaced := p.space()
		switch c := p.peek(); {
		case c == '>':
			p.qualify(index)
			p.pos++
			return false
		case c == '/':
			p.pos++
			if p.peek() != '>' {
				p.malformed(p.pos, "/ in a tag")
			}
			p.qualify(index)
			p.pos++
			return true
		case !spaced:
			p.malformed(p.pos, "no white space before an attribute")
		}
		if len(p.nodes)-index-1 >= limit(p.limits.Attributes) {
			p.excess(p.pos, "too many attributes")
		}
		p.attribute()
	}
}

// attribute is Attribute ::= Name Eq AttValue, Eq ::= S? '=' S? (XML 1.0 §3.1, §2.8).
func (p *Parser) attribute() {
	name, prefix := p.qname()
	p.space()
	if p.peek() != '=' {
		p.malformed(p.pos, "no = after the name of an attribute")
	}
	p.pos++
	p.space()
	value := p.attValue()
	p.nodes = append(p.nodes, Node{Kind: codec.KindAttr, Name: name, Prefix: prefix, Value: value})
}

// attValue is AttValue ::= '"' ([^<&"] | Reference)* '"' | "'" ([^<&'] | Reference)* "'" (XML 1.0 §2.3), normalised as §3.3.3 says: white space becomes a space,
// and CR LF was one character before that (§2.11).
func (p *Parser) attValue() []byte {
	quote := p.peek()
	if quote != '"' && quote != '\'' {
		p.malformed(p.pos, "value without quotes")
	}
	p.pos++
	start := len(p.values)
	for {
		switch c := p.peek(); c {
		case quote:
			p.pos++
			return p.values[start:]
		case '<':
			p.malformed(p.pos, "< in a value")
		case '&':
			p.reference()
		case '\t', '\n', '\r':
			p.lineEnd()
			p.values = append(p.values, ' ')
		default:
			p.values = append(p.values, p.char()...)
		}
	}
}

// content ::= CharData? ((element | Reference | CDSect) CharData?)* (XML 1.0 §3.1), without comments and processing instructions
// (RFC 6120 §11.1). It ends before an end tag. All text between two tags is one.
func (p *Parser) content() {
	start := len(p.values)
	for {
		switch p.peek() {
		case '&':
			p.reference()
		case '<':
			switch p.pos++; p.peek() {
			case '/':
				p.pos--
				p.text(start)
				return
			case '!':
				p.pos--
				p.cdata()
			case '?':
				p.pos--
				p.instruction()
			default:
				p.pos--
				p.text(start)
				p.element()
				start = len(p.values)
			}
		default:
			p.charData()
		}
	}
}

// text adds the text that begins at start in p.values, if it is not empty.
func (p *Parser) text(start int) {
	if start < len(p.values) {
		p.nodes = append(p.nodes, Node{Kind: codec.KindText, Value: p.values[start:]})
	}
}

// charData is CharData ::= [^<&]* - ([^<&]* ']]>' [^<&]*) (XML 1.0 §2.4).
func (p *Parser) charData() {
	start := p.pos
	for {
		switch c := p.peek(); {
		case c == '<' || c == '&':
			return
		case c == '>' && bytes.HasSuffix(p.data[start:p.pos], []byte("]]")):
			p.malformed(p.pos, "]]> in text")
		}
		p.textChar()
	}
}

// cdata is CDSect ::= '<![CDATA[' (Char* - (Char* ']]>' Char*)) ']]>' (XML 1.0 §2.7).
func (p *Parser) cdata() {
	p.cdataStart()
	for {
		if p.peek() == ']' && p.literal("]]>") {
			return
		}
		p.textChar()
	}
}

// cdataStart reads the beginning of a CDATA section and fails at everything else that <! may begin: comments and document types are forbidden
// (RFC 6120 §11.1), and there is nothing more.
func (p *Parser) cdataStart() {
	at := p.pos
	switch {
	case p.literal("<![CDATA["):
	case p.literal("<!--"), p.literal("<!DOCTYPE"):
		p.fail(at, atom.RestrictedXML, "comment or document type")
	default:
		p.malformed(at, "<! that begins nothing")
	}
}

// endTag is ETag ::= '</' Name S? '>', whose Name has to be the start tag's (XML 1.0 §3.1).
func (p *Parser) endTag(name []byte) {
	p.pos += len("</")
	for _, c := range name {
		if p.peek() != c {
			p.malformed(p.pos, "end tag of another element")
		}
		p.pos++
	}
	p.space()
	if p.peek() != '>' {
		p.malformed(p.pos, "end tag of another element")
	}
	p.pos++
}
