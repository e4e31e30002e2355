package xmltext

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// opening is how elements or attributes begin that the loop has seen before: "<name" or " name=". Who finds the same bytes again knows
// that they are well-formed and what they mean, and need not read the name. It is up to 16 bytes long, without a prefix but for xml:lang.
type opening struct {
	first, rest uint64   // its first eight bytes; ones in those of them, and of rest, that it does not have
	last        uint64   // its last eight bytes, when it is longer than that
	head        nodeHead // of the node that it begins
	bit         uint64   // of an attribute: for tag.seen
	size        uint8
	name        atom.Atom // as in head
	ns          atom.Atom // of an element: the default namespace that it declared last
}

// openings are the last ones seen; the zero opening is none, since no text fits it. An entry depends on the first six bytes, which tell the usual ones apart; what it says is compared with the text, so it
// may be wrong for it, but never misleads.
type openings [1 << openingBits]opening

const (
	openingBits = 12
	openingRoom = 16 // the longest opening
)

// is reports whether the opening is what stands at i, where the first eight bytes are first; openingRoom bytes are in view.
func (o *opening) is(v text, i int, first uint64) bool {
	return first|o.rest == o.first && (o.size <= 8 || v.eight(i+int(o.size)-8) == o.last)
}

// at returns the entry for an opening with these first bytes.
func (o *openings) at(first uint64) *opening {
	return &o[first<<16*0x9E3779B97F4A7C15>>(64-openingBits)]
}

// learn remembers the opening from i to end in a text of size bytes; n is its node, bit that of its name.
func (o *openings) learn(t text, size, i, end int, n *codec.Node, bit uint64) {
	length := end - i
	if length > openingRoom || i+openingRoom > size || n.PrefixLen > 0 && (n.NS != atom.NSXML || n.Name == atom.XMLNS) {
		return
	}
	first := t.eight(i)
	e := o.at(first)
	*e = opening{head: headOf(n), bit: bit, size: uint8(length), name: n.Name}
	if length < 8 {
		e.rest = ^uint64(0) << (8 * length)
	} else {
		e.last = t.eight(end - 8)
	}
	e.first = first | e.rest
}

// nameBit returns a bit for a name, the same for every prefix when that is left out, but for its colon. Few names have the same.
func nameBit(name []byte) uint64 {
	sum := uint64(len(name))
	for _, c := range name {
		sum = (sum ^ uint64(c)) * 0x9E3779B97F4A7C15
	}
	return 1 << (sum >> 58)
}
