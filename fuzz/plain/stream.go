package plain

import (
	"math"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// stream reads everything: XMLDecl? S? header (S | element)* ETag (RFC 6120 §4.2, §11.5; XML 1.0 §2.1, §2.8). What follows the end tag is not looked at.
func (p *Parser) stream() {
	p.end = len(p.data)
	if p.declarationComes() {
		p.declaration()
	}
	p.between()
	p.headerTag()
	for {
		p.between()
		if p.data[p.pos+1] == '/' {
			p.streamEnd()
			return
		}
		p.firstLevel()
	}
}

// between reads white space and what follows it as far as to know that a tag comes: its < and the byte after that are there.
func (p *Parser) between() {
	p.end = len(p.data)
	p.space()
	p.begin(math.MaxInt, "element too long")
	switch c := p.peek(); {
	case c == '<':
		p.tagComes()
	case c == 0 && p.pos == 0:
		p.fail(0, atom.UnsupportedEncoding, "looks like UTF-16")
	case c == '&':
		at := p.pos
		p.pos++
		if p.peek() == '#' {
			p.malformed(at, "reference between elements")
		}
		p.fail(at, atom.RestrictedXML, "reference between elements")
	default:
		p.char() // it may be none, and that is a fault of its own
		p.pos = p.start
		p.stray()
	}
}

// stray fails at text outside of elements (RFC 6120 §11.7); before the header it cannot be XML.
func (p *Parser) stray() {
	if p.opened {
		p.fail(p.pos, atom.BadFormat, "text between elements")
	}
	p.malformed(p.pos, "text before the header")
}

// tagComes fails when the < at pos is not the beginning of a tag that may stand between elements.
func (p *Parser) tagComes() {
	at := p.pos
	p.pos++
	switch c := p.peek(); {
	case c == '!':
		p.pos = at
		p.cdataStart()
		p.pos = at
		p.stray()
	case c == '?':
		p.pos = at
		p.instruction()
	case c == 0 && at == 0:
		p.fail(p.pos, atom.UnsupportedEncoding, "looks like UTF-16")
	case c == '/' && !p.opened:
		p.malformed(p.pos, "end tag without element")
	}
	p.pos = at
}

// headerTag reads the stream header, a start tag or an empty-element tag.
func (p *Parser) headerTag() {
	empty := p.startTag()
	p.nodes[0].End = len(p.nodes)
	p.root, p.opened = p.nodes[0].Name, true
	p.enter()
	if empty {
		p.pos-- // the header's last byte is the end of the stream as well
	}
	p.event(codec.EventOpen)
	if empty {
		p.pos++
		p.event(codec.EventClose)
		panic(stop{})
	}
}

// firstLevel reads an element and what is in it.
func (p *Parser) firstLevel() {
	p.element()
	p.addUsed()
	p.event(codec.EventElement)
}

// streamEnd reads the end tag that matches the header (XML 1.0 §3.1).
func (p *Parser) streamEnd() {
	p.endTag(p.root)
	p.event(codec.EventClose)
}

// event adds an event with the nodes read since the one before.
func (p *Parser) event(kind codec.Event) {
	p.events = append(p.events, Event{Kind: kind, Nodes: p.nodes[p.first:], At: p.pos})
	p.first = len(p.nodes)
}
