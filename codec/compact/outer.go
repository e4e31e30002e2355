package compact

import (
	"bytes"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// outerDeclarations appends to dst the indexes of the namespace declarations that the element at i takes from the elements around
// it in its Tree, and would lose when it leaves them: the innermost of each prefix in use. The root has none around it.
func outerDeclarations(dst []uint32, t *codec.Tree, i uint32) []uint32 {
	for around := i; around > 0; {
		around--
		if n := &t.Nodes[around]; n.Kind != codec.KindElement || n.End <= i {
			continue
		}
		for a := around + 1; t.Nodes[a].Kind == codec.KindAttr; a++ { // node i, an element, ends this at the latest
			if t.Nodes[a].NS == atom.NSXMLNS && needs(t, i, a, dst) {
				dst = append(dst, a)
			}
		}
	}
	return dst
}

// needs reports whether the element at i needs the declaration d: it uses the prefix, and neither it nor a declaration taken
// already binds it. The default namespace counts as used, but the content namespace is there anyway.
func needs(t *codec.Tree, i, d uint32, taken []uint32) bool {
	name := t.NodeName(d)
	for _, a := range taken {
		if bytes.Equal(t.NodeName(a), name) {
			return false
		}
	}
	for a := i + 1; a < contentOf(t, i); a++ {
		if t.Nodes[a].NS == atom.NSXMLNS && bytes.Equal(t.NodeName(a), name) {
			return false
		}
	}
	p := t.Nodes[d].PrefixLen
	return p == 0 || usesPrefix(t, i, name[p+1:])
}

func usesPrefix(t *codec.Tree, i uint32, prefix []byte) bool {
	for end := t.Nodes[i].End; i < end; i++ {
		if n := &t.Nodes[i]; int(n.PrefixLen) == len(prefix) && n.NS != atom.NSXMLNS && bytes.Equal(t.NodeName(i)[:n.PrefixLen], prefix) {
			return true
		}
	}
	return false
}
