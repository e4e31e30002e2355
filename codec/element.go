package codec

import (
	"bytes"
	"iter"

	"github.com/godwit-im/godwit/codec/atom"
)

// Element is a cursor to one element of a Tree, passed by value. The zero Element is no element: IsZero is true,
// it matches no name and has no children, so look-ups can be chained. It is valid as long as its Tree's content (see the package comment).
type Element struct {
	tree  *Tree
	index uint32
	limit uint32 // the end of the parent's subtree: where the following siblings end
}

// IsZero reports whether e is no element.
func (e Element) IsZero() bool { return e.tree == nil }

// Tree returns the Tree of e and the index of its node, for encoders.
func (e Element) Tree() (t *Tree, index uint32) { return e.tree, e.index }

func (e Element) node() *Node { return &e.tree.Nodes[e.index] }

// Is reports whether e has this namespace and local name, both from the table.
func (e Element) Is(ns, name atom.Atom) bool {
	if e.tree == nil {
		return false
	}
	n := e.node()
	return n.Name == name && n.NS == ns
}

// Name returns the Atom of the local name, atom.Unknown for one outside the table.
func (e Element) Name() atom.Atom {
	if e.tree == nil {
		return atom.Unknown
	}
	return e.node().Name
}

// NS returns the Atom of the namespace, atom.Unknown for none and for one outside the table.
func (e Element) NS() atom.Atom {
	if e.tree == nil {
		return atom.Unknown
	}
	return e.node().NS
}

// LocalName returns the name without its prefix.
func (e Element) LocalName() []byte {
	if e.tree == nil {
		return nil
	}
	return e.tree.localName(e.index)
}

// Prefix returns the prefix of the name as written, empty when there is none.
func (e Element) Prefix() []byte {
	if e.tree == nil {
		return nil
	}
	return e.tree.NodeName(e.index)[:e.node().PrefixLen]
}

// Namespace returns the namespace's name, empty when there is none.
func (e Element) Namespace() []byte {
	if e.tree == nil {
		return nil
	}
	return e.tree.namespace(e.index)
}

func (t *Tree) localName(i uint32) []byte {
	name := t.NodeName(i)
	if p := t.Nodes[i].PrefixLen; p > 0 {
		return name[p+1:]
	}
	return name
}

func (t *Tree) namespace(i uint32) []byte {
	n := &t.Nodes[i]
	switch {
	case n.NS != atom.Unknown:
		return wordBytes(n.NS)
	case n.Decl != 0:
		return t.NodeValue(n.Decl - 1)
	}
	return nil
}

// Attr returns the value of the attribute with this local name and no namespace, nil when there is none. An
// attribute with an empty value gives an empty slice that is not nil.
func (e Element) Attr(name atom.Atom) []byte {
	return e.AttrNS(atom.Unknown, name)
}

// AttrNS returns the value of the attribute with this namespace and local name, nil when there is none:
// AttrNS(atom.NSXML, atom.Lang) is xml:lang.
func (e Element) AttrNS(ns, name atom.Atom) []byte {
	i := e.attrIndex(ns, name)
	if i == 0 {
		return nil
	}
	if e.tree.Nodes[i].Len == 0 {
		return []byte{}
	}
	return e.tree.NodeValue(i)
}

// attrIndex returns the index of an attribute, 0 when there is none. The names outside the table are not told apart: there is none
// called atom.Unknown.
func (e Element) attrIndex(ns, name atom.Atom) uint32 {
	if e.tree == nil || name == atom.Unknown {
		return 0
	}
	nodes := e.tree.Nodes
	for i := e.index + 1; i < nodes[e.index].End && nodes[i].Kind == KindAttr; i++ {
		if n := &nodes[i]; n.Name == name && n.NS == ns && n.Decl == 0 {
			return i
		}
	}
	return 0
}

// Text returns the character data of e when it is one run of text (the usual case: adjacent text is joined), without
// copying; with elements in between, the runs joined in new memory. Empty when there is none.
func (e Element) Text() []byte {
	if e.tree == nil {
		return nil
	}
	var text []byte
	for i, end := e.content(), e.node().End; i < end; {
		switch n := &e.tree.Nodes[i]; n.Kind {
		case KindText:
			if text == nil {
				text = e.tree.NodeValue(i) // its capacity ends with it: append copies
			} else {
				text = append(text, e.tree.NodeValue(i)...)
			}
			i++
		default:
			i = n.End
		}
	}
	return text
}

// content returns the index of the first node after e's attributes.
func (e Element) content() uint32 {
	nodes := e.tree.Nodes
	i, end := e.index+1, nodes[e.index].End
	for i < end && nodes[i].Kind == KindAttr {
		i++
	}
	return i
}

// First returns the first child element, the zero Element when there is none.
func (e Element) First() Element {
	if e.tree == nil {
		return Element{}
	}
	return e.tree.elementFrom(e.content(), e.node().End)
}

// Next returns the next sibling element, the zero Element when there is none.
func (e Element) Next() Element {
	if e.tree == nil {
		return Element{}
	}
	return e.tree.elementFrom(e.node().End, e.limit)
}

// elementFrom returns the first element in [i, limit), skipping text.
func (t *Tree) elementFrom(i, limit uint32) Element {
	for ; i < limit; i++ {
		if t.Nodes[i].Kind == KindElement {
			return Element{tree: t, index: i, limit: limit}
		}
	}
	return Element{}
}

// Child returns the first child with this namespace and local name, the zero Element when there is none.
func (e Element) Child(ns, name atom.Atom) Element {
	for c := e.First(); !c.IsZero(); c = c.Next() {
		if c.Is(ns, name) {
			return c
		}
	}
	return Element{}
}

// Children ranges over the child elements in order.
func (e Element) Children() iter.Seq[Element] {
	return func(yield func(Element) bool) {
		for c := e.First(); !c.IsZero(); c = c.Next() {
			if !yield(c) {
				return
			}
		}
	}
}

// Lang returns the xml:lang of e itself, nil when it has none.
func (e Element) Lang() []byte { return e.AttrNS(atom.NSXML, atom.Lang) }

// Equal reports whether a and b are the same infoset: namespaces, local names, attributes in any order, text and children in
// order. Prefixes and namespace declarations do not count, as in Canonical XML they would not but for their place. It is for tests and tools.
func Equal(a, b Element) bool {
	if a.IsZero() || b.IsZero() {
		return a.IsZero() == b.IsZero()
	}
	if !sameName(a.tree, a.index, b.tree, b.index) || !sameAttrs(a, b) {
		return false
	}
	i, iEnd := a.content(), a.node().End
	j, jEnd := b.content(), b.node().End
	for i < iEnd && j < jEnd {
		m, n := &a.tree.Nodes[i], &b.tree.Nodes[j]
		if m.Kind != n.Kind {
			return false
		}
		if m.Kind == KindText {
			if !bytes.Equal(a.tree.NodeValue(i), b.tree.NodeValue(j)) {
				return false
			}
			i, j = i+1, j+1
			continue
		}
		if !Equal(Element{a.tree, i, iEnd}, Element{b.tree, j, jEnd}) {
			return false
		}
		i, j = m.End, n.End
	}
	return i == iEnd && j == jEnd
}

func sameName(t *Tree, i uint32, u *Tree, j uint32) bool {
	return bytes.Equal(t.localName(i), u.localName(j)) && bytes.Equal(t.namespace(i), u.namespace(j))
}

func sameAttrs(a, b Element) bool {
	count := func(e Element) (n int) {
		for i := e.index + 1; i < e.content(); i++ {
			if e.tree.Nodes[i].NS != atom.NSXMLNS {
				n++
			}
		}
		return n
	}
	if count(a) != count(b) {
		return false
	}
	for i := a.index + 1; i < a.content(); i++ {
		if a.tree.Nodes[i].NS == atom.NSXMLNS {
			continue
		}
		found := false
		for j := b.index + 1; j < b.content() && !found; j++ {
			found = sameName(a.tree, i, b.tree, j) && bytes.Equal(a.tree.NodeValue(i), b.tree.NodeValue(j))
		}
		if !found {
			return false
		}
	}
	return true
}
