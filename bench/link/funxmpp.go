package link

import (
	"bytes"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// funxmpp returns what a stanza weighs in the coding that is known of FunXMPP, with our words as its dictionary, the first 235 in one byte and the others in two:
// nodes are lists of their name, attributes and content; values are words, addresses, packed digits or hexadecimal in upper case, or bytes. What that coding leaves out of XMPP,
// namespaces, it is given as attributes.
func funxmpp(t *codec.Tree) int {
	n, _ := funNode(t, 0)
	return n
}

// funNode returns the weight of the element at i, and the index behind it.
func funNode(t *codec.Tree, i uint32) (weight int, next uint32) {
	end := t.Nodes[i].End
	weight = 2 + funValue(t.NodeName(i)) // a list and its size
	for i++; i < end && t.Nodes[i].Kind == codec.KindAttr; i++ {
		weight += funValue(t.NodeName(i)) + funValue(t.NodeValue(i))
	}
	if i < end && t.Nodes[i].Kind == codec.KindElement {
		weight += 2
	}
	for i < end {
		if t.Nodes[i].Kind == codec.KindText {
			weight += funValue(t.NodeValue(i))
			i++
			continue
		}
		n, after := funNode(t, i)
		weight, i = weight+n, after
	}
	return weight, end
}

// funValue returns the weight of a value.
func funValue(v []byte) int {
	if a := atom.Lookup(v); a != atom.Unknown {
		if a <= 235 {
			return 1
		}
		return 2
	}
	if at := bytes.IndexByte(v, '@'); at > 0 && bytes.IndexByte(v, ' ') < 0 {
		return 1 + funValue(v[:at]) + funValue(v[at+1:])
	}
	if packs(v, "0123456789-.") || packs(v, "0123456789ABCDEF") {
		return 2 + (len(v)+1)/2
	}
	switch {
	case len(v) < 256:
		return 2 + len(v)
	case len(v) < 1<<20:
		return 4 + len(v)
	}
	return 5 + len(v)
}

// packs reports whether v can be packed two characters a byte.
func packs(v []byte, set string) bool {
	for _, c := range v {
		if bytes.IndexByte([]byte(set), c) < 0 {
			return false
		}
	}
	return len(v) > 0 && len(v) < 128
}
