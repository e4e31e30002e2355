package xmltext

import (
	"bytes"
	"hash/maphash"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// fewAttrs is how many attributes are compared each with each.
const fewAttrs = 8

// duplicates reports whether two of the attributes have the same expanded name (Namespaces in XML 1.0 §6.3). It takes time
// in proportion to their number.
func (w *parser) duplicates(attrs []codec.Node) bool {
	if len(attrs) > fewAttrs {
		return w.duplicatesAmong(attrs)
	}
	for i := 1; i < len(attrs); i++ {
		for j := range i {
			if attrs[i].Name == attrs[j].Name && w.sameName(&attrs[i], &attrs[j]) {
				return true
			}
		}
	}
	return false
}

// duplicatesAmong is duplicates for many attributes, by a hash table.
func (w *parser) duplicatesAmong(attrs []codec.Node) bool {
	size := 32
	for size < 2*len(attrs) {
		size *= 2
	}
	if cap(w.set) < size {
		w.set = make([]uint32, size)
	}
	set := w.set[:size]
	clear(set)
	for i := range attrs {
		k := int(maphash.Bytes(seed, w.localName(&attrs[i]))) & (size - 1)
		for ; set[k] != 0; k = (k + 1) & (size - 1) {
			if w.sameName(&attrs[i], &attrs[set[k]-1]) {
				return true
			}
		}
		set[k] = uint32(i) + 1
	}
	return false
}

func (w *parser) sameName(a, b *codec.Node) bool {
	if a.Name != b.Name || a.NS != b.NS {
		return false
	}
	if a.Name == atom.Unknown && !bytes.Equal(w.localName(a), w.localName(b)) {
		return false
	}
	return a.NS != atom.Unknown || a.Decl == b.Decl || bytes.Equal(w.namespaceName(a), w.namespaceName(b))
}

func (w *parser) localName(n *codec.Node) []byte {
	from := n.NameOff
	if n.PrefixLen > 0 {
		from += uint32(n.PrefixLen) + 1
	}
	return w.src[from : n.NameOff+uint32(n.NameLen)]
}

// namespaceName returns the name of a namespace outside the table.
func (w *parser) namespaceName(n *codec.Node) []byte {
	switch {
	case n.Decl == 0:
		return nil
	case n.Decl&scopeBit != 0:
		return w.scope.decls[n.Decl&^scopeBit].name
	}
	return w.tree.NodeValue(n.Decl - 1)
}
