package codec

import "github.com/godwit-im/godwit/codec/atom"

// Copy starts a copy of e, the root of another Tree: its name, attributes and content. It is left open, so that more children may follow, and
// ended by End. Nothing of e is kept.
func (b *Builder) Copy(e Element) *Builder {
	if len(b.open) == 0 {
		b.Reset()
	}
	src, root := e.Tree()
	inherited := b.inherited()
	base := uint32(len(b.tree.Nodes))
	n := src.Nodes[root]
	open := openElement{index: base, ns: inherited.ns, decl: inherited.decl}
	declared, at := src.defaultNamespace(root)
	b.tree.Nodes = append(b.tree.Nodes, n)
	shift := base - root // modulo 2³²
	switch {
	case declared:
		open.ns, open.decl = atom.Lookup(src.NodeValue(at)), at+1+shift
	case n.PrefixLen == 0:
		if open.ns = n.NS; n.NS != inherited.ns {
			b.declare(n.NS.String()) // what the root inherits from its stream
			shift++
		}
	}
	copyBytes(&b.tree, &b.tree.Nodes[base], src)
	if n.Decl != 0 {
		b.tree.Nodes[base].Decl += shift
	}
	for i := root + 1; i < n.End; i++ {
		m := src.Nodes[i]
		copyBytes(&b.tree, &m, src)
		if m.Kind == KindElement {
			m.End += shift
		}
		if m.Decl != 0 {
			m.Decl += shift
		}
		b.tree.Nodes = append(b.tree.Nodes, m)
	}
	b.open, b.ended = append(b.open, open), len(b.tree.Nodes)
	return b
}

// defaultNamespace returns the attribute that declares the default namespace in the element at i.
func (t *Tree) defaultNamespace(i uint32) (found bool, at uint32) {
	for at = i + 1; at < t.Nodes[i].End && t.Nodes[at].Kind == KindAttr; at++ {
		if n := &t.Nodes[at]; n.NS == atom.NSXMLNS && n.PrefixLen == 0 {
			return true, at
		}
	}
	return false, 0
}

// copyBytes makes n, a node of src, refer to copies of its bytes in t.
func copyBytes(t *Tree, n *Node, src *Tree) {
	if n.NameLen > 0 {
		n.NameOff = AddAux(t, src.Bytes(n.NameOff, uint32(n.NameLen)))
	}
	if n.Kind != KindElement {
		n.Off = AddAux(t, src.Bytes(n.Off, n.Len))
	}
}
