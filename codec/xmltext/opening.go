package xmltext

import (
	"encoding/binary"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// opening is how elements or attributes begin that the loop has seen before: "<name" or " name=". Who finds the same bytes again knows
// that they are well-formed and what they mean, and need not read the name. It is up to 16 bytes long, without a prefix but for xml:lang.
type opening struct {
	first, rest uint64    // its first eight bytes; ones in those of them, and of rest, that it does not have
	last        uint64    // its last eight bytes, when it is longer than that
	head        nodeHead  // of the node that it begins
	closing     closing   // of an element: its end tag
	ns          atom.Atom // of an element: the default namespace that it declared last
	size        uint8     // of the opening
	next        uint8     // from its beginning to what is behind it; of an attribute: behind the quote that follows it
	bit         uint8     // of an attribute: of its name, see nameBit
}

// closing is how a name and a > look, of which an end tag consists but for </.
type closing struct {
	first, rest uint64 // as those of an opening
	last        uint64
}

// closingOf returns the closing of a name of up to 15 bytes; what it returns for others is none of any name.
func closingOf(name []byte) (c closing) {
	if len(name) >= openingRoom {
		return closing{rest: ^uint64(0)}
	}
	var b [openingRoom]byte
	b[copy(b[:], name)] = '>'
	size := len(name) + 1
	if size < 8 {
		c.rest = ^uint64(0) << (8 * size)
	} else {
		c.last = binary.LittleEndian.Uint64(b[size-8:])
	}
	c.first = binary.LittleEndian.Uint64(b[:]) | c.rest
	return c
}

// is reports whether that is what stands at i, for a name of n bytes; openingRoom bytes are in view.
func (c *closing) is(v text, i, n int) bool {
	return v.eight(i)|c.rest == c.first && (n < 8 || v.eight(i+n-7) == c.last)
}

// openings are the last ones seen; the zero opening is none, since no text fits it. The index of an entry depends on some of its first bytes, which tell the usual
// ones apart; what it says is compared with the text, so it may be wrong for it, but never misleads.
type openings struct {
	elements   [1 << elementBits]opening
	attributes [1 << attributeBits]opening
}

const (
	elementBits   = 11
	attributeBits = 11
	openingRoom   = 16 // the longest opening
)

// is reports whether the opening is what stands at i, where the first eight bytes are first; openingRoom bytes are in view.
func (o *opening) is(v text, i int, first uint64) bool {
	return first|o.rest == o.first && (o.size <= 8 || v.eight(i+int(o.size)-8) == o.last)
}

// element returns the index of the entry for an element that begins with these bytes, by the first six. What had to make room for it is in the entry beside, index^1.
func (o *openings) element(first uint64) uint64 {
	return first << 16 * 0x9E3779B97F4A7C15 >> (64 - elementBits)
}

// attribute is element for an attribute, by the first four of its name: they tell most from each other, and seldom reach into the value.
func (o *openings) attribute(first uint64) uint32 {
	return uint32(first>>8) * 0x9E3779B1 >> (32 - attributeBits)
}

// find returns what tag.opening says of the element that begins at i; openingRoom bytes are in view.
func (o *openings) find(t text, i int) uint32 {
	first := t.eight(i)
	for beside := range uint64(2) {
		known := o.element(first) ^ beside
		if e := &o.elements[known]; e.is(t, i, first) && endsName(t.at(i+int(e.next))) {
			return uint32(known) + 1
		}
	}
	return 0
}

// learnElement remembers the opening from i to end in a text of size bytes; n is its node. It returns what tag.opening says of it.
func (o *openings) learnElement(t text, size, i, end int, n *codec.Node) uint32 {
	if end-i > openingRoom || i+openingRoom > size || n.PrefixLen > 0 {
		return 0
	}
	at := o.element(t.eight(i))
	e := &o.elements[at]
	if e.size > 0 {
		o.elements[at^1] = *e
	}
	e.set(t, i, end, n)
	e.closing, e.next = closingOf(t.slice(i+1, end-i-1)), e.size
	return uint32(at) + 1
}

// learnAttribute is learnElement for an attribute.
func (o *openings) learnAttribute(t text, size, i, end int, n *codec.Node, bit uint8) {
	if end-i > openingRoom || i+openingRoom > size || n.PrefixLen > 0 && (n.NS != atom.NSXML || n.Name == atom.XMLNS) {
		return
	}
	at := o.attribute(t.eight(i))
	e := &o.attributes[at]
	if e.size > 0 {
		o.attributes[at^1] = *e
	}
	e.set(t, i, end, n)
	e.bit, e.next = bit, e.size+1
}

func (o *opening) set(t text, i, end int, n *codec.Node) {
	length := end - i
	*o = opening{head: headOf(n), size: uint8(length)}
	if length < 8 {
		o.rest = ^uint64(0) << (8 * length)
	} else {
		o.last = t.eight(end - 8)
	}
	o.first = t.eight(i) | o.rest
}

// nameBit returns one of the 64 bits of tag.seen for a name, the same for every prefix when that is left out, but for its colon. Few names have the same;
// that of xmlns no other has.
func nameBit(name []byte) uint8 {
	if string(name) == "xmlns" {
		return xmlnsBit
	}
	sum := uint64(len(name))
	for _, c := range name {
		sum = (sum ^ uint64(c)) * 0x9E3779B97F4A7C15
	}
	return uint8(sum >> 32 % xmlnsBit)
}

const xmlnsBit = 63
