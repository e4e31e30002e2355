package xmltext

import (
	"bytes"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// inherited appends the declarations that element i takes from the elements around it in its Tree: it is going to
// stand outside of them.
func (w *writer) inherited(dst []byte, i uint32) []byte {
	nodes := w.tree.Nodes
	var found []uint32 // declarations around i, the outermost first
	for k := uint32(0); k < i; k++ {
		switch n := &nodes[k]; {
		case n.Kind == codec.KindElement && n.End <= i:
			k = n.End - 1
		case n.Kind == codec.KindAttr && n.NS == atom.NSXMLNS:
			found = append(found, k)
		}
	}
	for k := len(found) - 1; k >= 0; k-- {
		if d := found[k]; !w.declares(i, d, found[k+1:]) && w.uses(i, d) {
			dst = appendAttr(dst, w.tree, d)
		}
	}
	return dst
}

// declares reports whether element i, or a declaration nearer to it, has the prefix of declaration d.
func (w *writer) declares(i, d uint32, nearer []uint32) bool {
	name := w.tree.NodeName(d)
	for _, k := range nearer {
		if bytes.Equal(w.tree.NodeName(k), name) {
			return true
		}
	}
	end := w.tree.Nodes[i].End
	for k := i + 1; k < end && w.tree.Nodes[k].Kind == codec.KindAttr; k++ {
		if w.tree.Nodes[k].NS == atom.NSXMLNS && bytes.Equal(w.tree.NodeName(k), name) {
			return true
		}
	}
	return false
}

// uses reports whether a name in element i may need declaration d. The content namespace needs none.
func (w *writer) uses(i, d uint32) bool {
	var prefix []byte
	if n := w.tree.Nodes[d].PrefixLen; n > 0 {
		prefix = w.tree.NodeName(d)[n+1:]
	} else if ns := atom.Lookup(w.tree.NodeValue(d)); ns == w.content || isContent(ns) && isContent(w.tree.Nodes[i].NS) {
		return false
	}
	for k := i; k < w.tree.Nodes[i].End; k++ {
		n := &w.tree.Nodes[k]
		if n.Kind == codec.KindText || n.Kind == codec.KindAttr && n.PrefixLen == 0 || int(n.PrefixLen) != len(prefix) {
			continue
		}
		if len(prefix) == 0 || bytes.Equal(w.tree.NodeName(k)[:n.PrefixLen], prefix) {
			return true
		}
	}
	return false
}
