package pack

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/godwit-im/godwit/codec/pack/coder"
)

// parser reads items before they are encoded: what their elements are and where in them the values lie. What is not written as package compact writes it, so that
// the coding of this package would not give it back, is known before anything was said of it.
//
// Places are offsets in the item. Methods that pass over something return the place behind it, bad when that is not regular; bad and all places behind the end are so too.
type parser struct {
	m     *model
	b     []byte // the item
	steps []step
	start start  // of an element that was not expected
	spans []step // of the values of its attributes
}

// step is one of those in which an item is encoded: a value is where it begins and ends. What comes next in an element is one of the symbols of class next and, if
// that is symLiteral, where it begins; behind the symbol of a tag stand the values of its slots, behind symText the text.
type step struct{ at, end uint32 }

const bad = -1

// maxDepth bounds how deep elements are nested that are not sent raw.
const maxDepth = 48

// parse reads an item whose parent is top and which comes after last. It reports whether it is regular.
func (p *parser) parse(item []byte, top, last uint16) bool {
	p.b, p.steps = item, p.steps[:0]
	switch p.byte(0) {
	case kindOpen:
		at, _ := p.element(1, tagOpen, tagNone, 0)
		return at == len(item)
	case kindElement:
		at, _ := p.element(1, top, last, 0)
		return at == len(item)
	case kindClose:
		return len(item) == 1
	}
	return false
}

// byte returns the byte at a place, 0xFF for none.
func (p *parser) byte(at int) byte {
	if uint(at) < uint(len(p.b)) {
		return p.b[at]
	}
	return 0xFF
}

// element passes over an element, and returns its tag. Those that begin an item are written with a list, even if that is empty, headers of a stream without; all others in the shortest form.
func (p *parser) element(at int, parent, prev uint16, depth int) (_ int, tag uint16) {
	head := p.byte(at)
	if head < headElement || at >= len(p.b) || depth > maxDepth {
		return bad, tagUnknown
	}
	from := at
	if at, tag = p.likely(at, parent, prev); at == bad {
		if at, tag = p.unlikely(from); at == bad {
			return bad, tag
		}
	}
	header := parent == tagOpen
	root := depth == 0 && !header
	switch body := head & bodyMask; {
	case body == bodyList && !header:
		at = p.list(at, tag, root, depth)
	case body == bodyText && !header && !root:
		p.steps = append(p.steps, step{at: symText})
		at = p.text(at)
	case body != bodyEmpty || root:
		return bad, tag
	}
	p.steps = append(p.steps, step{at: symEnd})
	return at, tag
}

// likely passes over the start of an element if that is one of those that are likely to come.
func (p *parser) likely(at int, parent, prev uint16) (_ int, tag uint16) {
	l := p.m.tags[parent].after(prev)
	if l == nil {
		return bad, tagUnknown
	}
	x := eight(p.b, at)
	for i := range l.keys {
		if k := &l.keys[i]; (x^k.first)&k.mask == 0 {
			tag = l.list[i].Symbol
			if end := p.is(at, &p.m.tags[tag], tag); end != bad {
				return end, tag
			}
		}
	}
	return bad, tagUnknown
}

// is passes over the start of an element if it is that of a tag.
func (p *parser) is(at int, t *tag, tag uint16) int {
	steps := len(p.steps)
	p.steps = append(p.steps, step{at: uint32(tag)})
	for i := range t.pieces {
		if i > 0 {
			from := at
			if at = p.string(at); at == bad {
				break
			}
			p.steps = append(p.steps, step{uint32(from), uint32(at)})
		}
		if at = t.pieces[i].pass(p.b, at); at == bad {
			break
		}
	}
	if at == bad {
		p.steps = p.steps[:steps]
	}
	return at
}

// unlikely passes over the start of any element.
func (p *parser) unlikely(at int) (_ int, tag uint16) {
	from := at
	if at = p.any(at); at == bad {
		return bad, tagUnknown
	}
	tag, known := p.m.find(&p.start)
	if !known {
		p.steps = append(p.steps, step{symLiteral, uint32(from)})
		return at, tag
	}
	p.steps = append(p.steps, step{at: uint32(tag)})
	for _, h := range p.m.tags[tag].holes {
		p.steps = append(p.steps, p.spans[h.attr])
	}
	return at, tag
}

// any passes over the start of an element, and leaves it in p.start.
func (p *parser) any(at int) int {
	s, from := &p.start, at
	head := p.b[at]
	n := int(head>>headAttrShift) & headAttrMax
	if at++; n == headAttrMax {
		w := walk{b: p.b[at:]}
		n += w.varint()
		at = len(p.b) - len(w.b)
		if w.bad {
			return bad
		}
	}
	if first := p.byte(at); first == tokenPrefixed || first == literal {
		return bad
	}
	from = at
	if s.prefixed = head&headPrefixed != 0; s.prefixed {
		at = p.string(at)
	}
	if at = p.string(at); at == bad {
		return bad
	}
	s.name, s.attrs, p.spans = p.b[from:at:at], s.attrs[:0], p.spans[:0]
	for ; n > 0; n-- {
		from = at
		if p.byte(at) == tokenPrefixed {
			at = p.string(at + 1)
		}
		name := p.string(at)
		if at = p.string(name); at == bad {
			return bad
		}
		s.attrs = append(s.attrs, startAttr{name: p.b[from:name:name], value: p.b[name:at:at]})
		p.spans = append(p.spans, step{uint32(name), uint32(at)})
	}
	return at
}

// text passes over a text, which is not empty.
func (p *parser) text(at int) int {
	if p.byte(at) == literal {
		return bad
	}
	from := at
	at = p.string(at)
	p.steps = append(p.steps, step{uint32(from), uint32(at)})
	return at
}

// list passes over what is in an element.
func (p *parser) list(at int, tag uint16, root bool, depth int) int {
	nodes, texts, prev := 0, 0, uint16(tagNone)
	for ; at != bad; nodes++ {
		switch b := p.byte(at); {
		case b == contentEnd:
			if !root && (nodes == 0 || nodes == 1 && texts == 1) {
				return bad
			}
			return at + 1
		case b == contentText && prev != tagText:
			p.steps = append(p.steps, step{at: symText})
			at = p.text(at + 1)
			prev = tagText
			texts++
		default:
			at, prev = p.element(at, tag, prev, depth+1)
		}
	}
	return bad
}

// string passes over a string of the characters that XML allows.
func (p *parser) string(at int) int {
	switch b := p.byte(at); {
	case at >= len(p.b) || at < 0 || b == tokenPrefixed:
		return bad
	case b <= wordShortMax && int(b) < len(words):
		return at + 1
	case b >= literal && b < literalLong:
		end := at + 1 + int(b-literal)
		if end > len(p.b) || !p.isText(at+1, end) {
			return bad
		}
		return end
	}
	w := walk{b: p.b[at:]}
	s := w.str()
	if w.bad || s[0] == literalLong && !isText(textOf(s)) {
		return bad
	}
	return len(p.b) - len(w.b)
}

// isText is isText of a part of the item.
func (p *parser) isText(from, end int) bool {
	at := from
	for ; at+8 <= end; at += 8 {
		if !isPlain(binary.LittleEndian.Uint64(p.b[at:])) {
			return isText(p.b[from:end])
		}
	}
	behind := ^uint64(0) << (8 * (end - at) & 63)
	return isPlain(eight(p.b, at)&^behind|spaces&behind) || isText(p.b[from:end])
}

// MaxItem is the most bytes that an item may have: 16 MiB.
const MaxItem = 1 << 24

// key is what a piece begins with: the bytes of first that are in mask.
type key struct{ first, mask uint64 }

// piece is bytes that stand in the literal coding.
type piece struct {
	key
	b []byte
}

// newPiece returns the piece of some bytes, the first of which may be the head of an element, of which the form of the body does not count.
func newPiece(b []byte, head bool) piece {
	k := key{mask: math.MaxUint64}
	if len(b) < 8 {
		k.mask = 1<<(8*len(b)) - 1
	}
	if head {
		k.mask &^= bodyMask
	}
	k.first = eight(b, 0) & k.mask
	return piece{k, b}
}

// pass returns the place behind a piece that is at a place, bad if it is not there.
func (p *piece) pass(b []byte, at int) int {
	end := at + len(p.b)
	if end > len(b) || (eight(b, at)^p.first)&p.mask != 0 || len(p.b) > 8 && !bytes.Equal(b[at+8:end], p.b[8:]) {
		return bad
	}
	return end
}

// eight returns the eight bytes of b from a place on, the first in the lowest; behind the end are zeros.
func eight(b []byte, at int) (x uint64) {
	switch n := len(b); {
	case at+8 <= n:
		return binary.LittleEndian.Uint64(b[at:])
	case n >= 8:
		return binary.LittleEndian.Uint64(b[n-8:]) >> (8 * min(at+8-n, 8))
	}
	for i := len(b) - 1; i >= at; i-- {
		x = x<<8 | uint64(b[i])
	}
	return x
}

// keysOf returns the keys of what a list has, and such as nothing has for what is no tag.
func (m *model) keysOf(l coder.List) (keys []key) {
	for _, e := range l {
		k := key{mask: 0xFF} // an element begins with another byte
		if e.Symbol >= tagBase && e.Symbol != coder.Escape {
			k = m.tags[e.Symbol].pieces[0].key
		}
		keys = append(keys, k)
	}
	return keys
}
