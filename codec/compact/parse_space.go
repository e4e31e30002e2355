package compact

import (
	"hash/maphash"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// space is a namespace as a Node has it.
type space struct {
	ns   atom.Atom
	decl uint32
}

// binding is a namespace declaration in scope. Those of prefixes are chained by the hash of the prefix, so that finding one takes
// the same time however many there are.
type binding struct {
	attr   uint32 // that declares it
	outer  uint32 // index+1 of the binding before it in its bucket
	bucket uint8  // noBucket: of the default namespace, which parser.space has
}

const (
	buckets  = 64
	noBucket = buckets
)

// seed keeps others from choosing names that collide.
var seed = maphash.MakeSeed()

func bucketOf(prefix []byte) uint8 { return uint8(maphash.Bytes(seed, prefix) % buckets) }

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
	case p.limits.Namespaces > 0 && len(p.bindings) >= p.limits.Namespaces:
		return p.fail(atom.PolicyViolation, "too many namespace declarations")
	}
	if n.PrefixLen == 0 {
		p.space = p.spaceOf(i, ns)
		p.bindings = append(p.bindings, binding{bucket: noBucket})
		return nil
	}
	at := bucketOf(local(t, i))
	p.bindings = append(p.bindings, binding{attr: i, outer: p.buckets[at], bucket: at})
	p.buckets[at] = uint32(len(p.bindings))
	return nil
}

// spaceOf returns the namespace that the declaration at i makes, whose name is the word ns if that is known.
func (p *parser) spaceOf(i uint32, ns atom.Atom) space {
	if ns == atom.Unknown && p.tree.Nodes[i].Len > 0 {
		return space{decl: i + 1}
	}
	return space{ns: ns}
}

// unbind takes all bindings but the n outermost out of scope.
func (p *parser) unbind(n int) {
	for len(p.bindings) > n {
		b := p.bindings[len(p.bindings)-1]
		p.bindings = p.bindings[:len(p.bindings)-1]
		if b.bucket != noBucket {
			p.buckets[b.bucket] = b.outer
		}
	}
}

// bind resolves the prefix of node i.
func (p *parser) bind(i uint32) error {
	t := p.tree
	n := &t.Nodes[i]
	prefix := p.prefix(i)
	for at := p.buckets[bucketOf(prefix)]; at != 0; at = p.bindings[at-1].outer {
		d := p.bindings[at-1].attr
		if string(local(t, d)) == string(prefix) {
			s := p.spaceOf(d, lookup(t.NodeValue(d)))
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

// local returns the name of node i without its prefix.
func local(t *codec.Tree, i uint32) []byte {
	name := t.NodeName(i)
	if p := t.Nodes[i].PrefixLen; p > 0 {
		return name[p+1:]
	}
	return name
}
