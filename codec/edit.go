package codec

import "github.com/godwit-im/godwit/codec/atom"

// SetAttr sets the attribute name (no namespace) of e to value, which is copied; a missing attribute is added as the last.
// Adding shifts the nodes behind it: every other Element of the Tree that was got before is void, e itself stays good.
func SetAttr[T ~string | ~[]byte](e Element, name atom.Atom, value T) Element {
	t := e.tree
	i := e.attrIndex(atom.Unknown, name)
	if i == 0 {
		i = e.content()
		t.insert(i, Node{Kind: KindAttr, Name: name})
		if e.limit > e.index {
			e.limit++
		}
	}
	t.Nodes[i].Off = AddAux(t, value)
	t.Nodes[i].Len = uint32(len(value))
	return e
}

// RemoveAttr removes the attribute name (no namespace) of e, if it is there. Every other Element of the Tree got before is void.
func RemoveAttr(e Element, name atom.Atom) Element {
	if i := e.attrIndex(atom.Unknown, name); i != 0 {
		e.tree.remove(i, i+1)
		e.limit--
	}
	return e
}

// Remove removes e from its Tree and returns the sibling that was its Next; texts on both sides of it become one. Every other Element of the Tree that lies behind e
// is void, and e is; those that contain e or lie before it stay good, but for their Next: get them anew from the parent.
func Remove(e Element) (next Element) {
	t, nodes := e.tree, len(e.tree.Nodes)
	t.remove(e.index, e.node().End)
	t.joinTexts(e.index)
	return t.elementFrom(e.index, e.limit-uint32(nodes-len(t.Nodes)))
}

// joinTexts makes one text of the nodes i-1 and i when both are texts of the same element.
func (t *Tree) joinTexts(i uint32) {
	if i == 0 || i >= uint32(len(t.Nodes)) || t.Nodes[i-1].Kind != KindText || t.Nodes[i].Kind != KindText {
		return
	}
	for k := range t.Nodes[:i] {
		if n := &t.Nodes[k]; n.Kind == KindElement && n.End == i {
			return // the first text is the last of another element
		}
	}
	off := AddAux(t, t.NodeValue(i-1))
	AddAux(t, t.NodeValue(i))
	t.Nodes[i-1].Off, t.Nodes[i-1].Len = off, t.AuxEnd()-off
	t.remove(i, i+1)
}

// insert puts the attribute n at index i, which is the end of the attributes of its element.
func (t *Tree) insert(i uint32, n Node) {
	t.Nodes = append(t.Nodes, Node{})
	copy(t.Nodes[i+1:], t.Nodes[i:])
	t.Nodes[i] = n
	for k := range t.Nodes {
		m := &t.Nodes[k]
		// An element before i that ends at i holds the attribute, or contains the one that does: a sibling before would end earlier.
		if m.Kind == KindElement && m.End >= i {
			m.End++
		}
		if m.Decl > i {
			m.Decl++
		}
	}
}

// remove takes out the nodes [i, j), which are a whole subtree or one attribute.
func (t *Tree) remove(i, j uint32) {
	t.Nodes = append(t.Nodes[:i], t.Nodes[j:]...)
	for k := range t.Nodes {
		m := &t.Nodes[k]
		if m.Kind == KindElement && m.End > i {
			m.End -= j - i
		}
		if m.Decl > i {
			m.Decl -= j - i
		}
	}
}
