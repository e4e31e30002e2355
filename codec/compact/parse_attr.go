package compact

import (
	"bytes"
	"hash/maphash"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// attr reads one attribute.
func (p *parser) attr() error {
	c, err := p.byte()
	if err != nil {
		return err
	}
	t := p.tree
	i := uint32(len(t.Nodes))
	t.Nodes = append(t.Nodes, codec.Node{Kind: codec.KindAttr})
	switch c {
	case tokenPrefixed:
		err = p.prefixedName(i)
	case nameXMLLang:
		n := &t.Nodes[i]
		n.Name, n.PrefixLen, n.NameLen, n.NameOff = atom.Lang, uint8(len("xml")), uint16(len("xml:lang")), codec.AddAux(t, "xml:lang")
	default:
		var s str
		if s, err = p.stringFrom(c); err == nil {
			err = p.localName(i, s)
		}
	}
	if err != nil {
		return err
	}
	s, err := p.value()
	if err != nil {
		return err
	}
	n := &t.Nodes[i]
	n.Off, n.Len = s.off, s.n
	if p.declares(i) {
		if err := p.declare(i, s); err != nil {
			return err
		}
	}
	return p.grow(p.nameLen(i) + int(s.n) + len(` =""`))
}

// resolve gives the element at i and its attributes, all read, their namespaces, and looks for attributes that are there twice.
func (p *parser) resolve(i uint32) error {
	nodes := p.tree.Nodes
	if nodes[i].PrefixLen == 0 {
		nodes[i].NS, nodes[i].Decl = p.space.ns, p.space.decl
	} else if err := p.bind(i); err != nil {
		return err
	}
	for a := i + 1; a < uint32(len(nodes)); a++ {
		if n := &nodes[a]; n.PrefixLen > 0 && n.NS == atom.Unknown {
			if err := p.bind(a); err != nil {
				return err
			}
		}
	}
	if p.anyTwice(i + 1) {
		return p.fail(atom.NotWellFormed, "an attribute is there twice")
	}
	return nil
}

// fewAttributes is up to how many attributes it is quicker to compare each with each.
const fewAttributes = 8

// anyTwice reports whether two of the attributes from first on have the same name.
func (p *parser) anyTwice(first uint32) bool {
	end := uint32(len(p.tree.Nodes))
	if end-first > fewAttributes {
		return p.anyTwiceOfMany(first)
	}
	for a := first + 1; a < end; a++ {
		for b := first; b < a; b++ {
			if p.sameAttr(a, b) {
				return true
			}
		}
	}
	return false
}

// anyTwiceOfMany is anyTwice by an open-addressing table that is at most half full.
func (p *parser) anyTwiceOfMany(first uint32) bool {
	end := uint32(len(p.tree.Nodes))
	size := 4 * fewAttributes
	for size < 2*int(end-first) {
		size *= 2
	}
	if size > cap(p.seen) {
		p.seen = make([]uint32, size)
	}
	seen := p.seen[:size]
	clear(seen)
	for a := first; a < end; a++ {
		at := maphash.Bytes(seed, local(p.tree, a)) % uint64(size)
		for ; seen[at] != 0; at = (at + 1) % uint64(size) {
			if p.sameAttr(a, seen[at]) {
				return true
			}
		}
		seen[at] = a
	}
	return false
}

// sameAttr reports whether the attributes at a and b have the same name, as written or by namespace.
func (p *parser) sameAttr(a, b uint32) bool {
	t := p.tree
	m, n := &t.Nodes[a], &t.Nodes[b]
	if m.Name != n.Name || m.NS != n.NS || m.PrefixLen > 0 != (n.PrefixLen > 0) {
		return false
	}
	if m.Name == atom.Unknown && !bytes.Equal(local(t, a), local(t, b)) {
		return false
	}
	return m.Decl == n.Decl || m.Decl != 0 && n.Decl != 0 && bytes.Equal(t.NodeValue(m.Decl-1), t.NodeValue(n.Decl-1))
}
