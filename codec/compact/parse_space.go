package compact

import (
	"bytes"

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

// declares reports whether the attribute at i declares a namespace.
func (p *parser) declares(i uint32) bool {
	n := &p.tree.Nodes[i]
	return n.PrefixLen == 0 && n.Name == atom.XMLNS || n.PrefixLen == 5 && string(p.prefix(i)) == "xmlns"
}

func (p *parser) prefix(i uint32) []byte { return p.tree.NodeName(i)[:p.tree.Nodes[i].PrefixLen] }

// declare brings the declaration at i, whose value is s, into scope. Namespaces in XML 1.0 §3 reserves the prefixes xml and xmlns and
// their namespaces, and §5 lets only the default namespace be undeclared.
func (p *parser) declare(i uint32, s str) error {
	t := p.tree
	n := &t.Nodes[i]
	n.NS = atom.NSXMLNS
	value := t.NodeValue(i)
	ns := s.word
	if ns == atom.Unknown {
		ns = lookup(value)
	}
	isXML := n.PrefixLen > 0 && string(t.NodeName(i)) == "xmlns:xml"
	switch {
	case n.PrefixLen > 0 && (n.Name == atom.XMLNS || len(value) == 0), isXML != (ns == atom.NSXML), ns == atom.NSXMLNS:
		return p.fail(atom.NotWellFormed, "a namespace declaration that XML reserves or forbids")
	case p.limits.Namespaces > 0 && len(p.declared) >= p.limits.Namespaces:
		return p.fail(atom.PolicyViolation, "too many namespace declarations")
	}
	p.declared = append(p.declared, i)
	if n.PrefixLen == 0 {
		p.space = p.spaceOf(i, ns)
	}
	return nil
}

// spaceOf returns the namespace that the declaration at i makes, whose name is the word ns if that is known.
func (p *parser) spaceOf(i uint32, ns atom.Atom) space {
	if ns == atom.Unknown && p.tree.Nodes[i].Len > 0 {
		return space{decl: i + 1}
	}
	return space{ns: ns}
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
		for b := i + 1; b < a; b++ {
			if p.sameAttr(a, b) {
				return p.fail(atom.NotWellFormed, "an attribute is there twice")
			}
		}
	}
	return nil
}

// bind resolves the prefix of node i.
func (p *parser) bind(i uint32) error {
	t := p.tree
	n := &t.Nodes[i]
	prefix := p.prefix(i)
	for d := len(p.declared); d > 0; {
		d--
		at := p.declared[d]
		if name := t.NodeName(at); t.Nodes[at].PrefixLen > 0 && string(name[len("xmlns:"):]) == string(prefix) {
			s := p.spaceOf(at, lookup(t.NodeValue(at)))
			n.NS, n.Decl = s.ns, s.decl
			return nil
		}
	}
	switch string(prefix) {
	case "stream":
		n.NS = atom.NSStreams // bound in every stream
	case "xml":
		n.NS = atom.NSXML
	default:
		return p.fail(atom.NotWellFormed, "a prefix that is not declared")
	}
	return nil
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

// local returns the name of node i without its prefix.
func local(t *codec.Tree, i uint32) []byte {
	name := t.NodeName(i)
	if p := t.Nodes[i].PrefixLen; p > 0 {
		return name[p+1:]
	}
	return name
}
