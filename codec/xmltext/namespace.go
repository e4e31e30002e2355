package xmltext

import (
	"hash/maphash"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// namespace is what a prefix, or no prefix, stands for. decl is as in a Node, or scopeBit and an index into scope.decls.
type namespace struct {
	ns   atom.Atom
	decl uint32
}

// binding is a declaration of a prefix within the element. Of the default namespaces parser.inherit is the innermost.
type binding struct {
	prefix, length uint32 // the prefix is src[prefix:][:length]
	to             namespace
	outer          uint32 // index+1 of the binding before it in its bucket
	bucket         uint8
}

// seed keeps others from choosing prefixes or names that collide.
var seed = maphash.MakeSeed()

// qualify gives the element that is about to open, and its attributes, their namespaces.
func (w *parser) qualify() result {
	if w.tag.declared {
		if r := w.declare(); r != again {
			return r
		}
	}
	nodes := w.tree.Nodes[w.tag.elem:]
	n := &nodes[0]
	if n.PrefixLen == 0 {
		to := w.inherit
		if to.decl&scopeBit != 0 {
			to = w.use(to)
		}
		n.NS, n.Decl = to.ns, to.decl
	} else if !w.resolve(n) {
		return w.malformed(w.pos, "prefix that is not declared")
	}
	if w.tag.prefixed {
		for i := 1; i < len(nodes); i++ {
			if n := &nodes[i]; n.PrefixLen > 0 && n.NS == atom.Unknown && !w.resolve(n) {
				return w.malformed(w.pos, "prefix that is not declared")
			}
		}
	}
	if w.tag.doubt && len(nodes) > 2 && w.duplicates(nodes[1:]) {
		return w.malformed(w.pos, "attribute twice")
	}
	return again
}

// declare puts the declarations of the element into force.
func (w *parser) declare() result {
	for i := int(w.tag.elem) + 1; i < len(w.tree.Nodes); i++ {
		n := &w.tree.Nodes[i]
		if n.NS != atom.NSXMLNS {
			continue
		}
		if int(w.inScope) >= w.maxNamespaces {
			return w.excess(w.pos, "too many namespace declarations")
		}
		w.inScope++
		name := w.tree.Bytes(n.Off, n.Len)
		to := namespace{ns: atom.Lookup(name)}
		if to.ns == atom.Unknown && n.Len > 0 {
			to.decl = uint32(i) + 1
		}
		if n.PrefixLen == 0 {
			if to.ns == atom.NSXML || to.ns == atom.NSXMLNS {
				return w.malformed(w.pos, reservedNamespace)
			}
			w.inherit = to
			continue
		}
		from := n.NameOff + uint32(len("xmlns:"))
		prefix := w.src[from : n.NameOff+uint32(n.NameLen)]
		if reason := forbidden(prefix, to.ns, n.Len); reason != "" {
			return w.malformed(w.pos, reason)
		}
		w.bind(prefix, binding{prefix: from, length: uint32(len(prefix)), to: to})
	}
	return again
}

const reservedNamespace = "declaration of the prefix xml or xmlns, or its namespace"

// forbidden says what is wrong with declaring the prefix for a namespace with a name of n bytes. Namespaces in XML 1.0 §3, §5.
func forbidden(prefix []byte, ns atom.Atom, n uint32) string {
	switch {
	case string(prefix) == "xmlns", ns == atom.NSXMLNS, (string(prefix) == "xml") != (ns == atom.NSXML):
		return reservedNamespace
	case n == 0:
		return "declaration of a prefix for no namespace"
	}
	return ""
}

func (w *parser) bind(prefix []byte, b binding) {
	b.bucket = w.bucket(prefix)
	b.outer = w.buckets[b.bucket]
	w.bindings = append(w.bindings, b)
	w.buckets[b.bucket] = uint32(len(w.bindings))
}

// unbind takes back all but the n outermost bindings.
func (w *parser) unbind(n int) {
	for len(w.bindings) > n {
		b := &w.bindings[len(w.bindings)-1]
		w.buckets[b.bucket] = b.outer
		w.bindings = w.bindings[:len(w.bindings)-1]
	}
}

// leave goes back to the namespaces that held outside an element.
func (w *parser) leave(outer around) {
	w.inherit, w.inScope = outer.inherit, outer.inScope
	if len(w.bindings) != int(outer.bindings) {
		w.unbind(int(outer.bindings))
	}
}

func (w *parser) bucket(prefix []byte) uint8 {
	return uint8(maphash.Bytes(seed, prefix) % uint64(len(w.buckets)))
}

// resolve gives n, whose name has a prefix, its namespace, and reports whether the prefix is bound.
func (w *parser) resolve(n *codec.Node) bool {
	prefix := w.src[n.NameOff : n.NameOff+uint32(n.PrefixLen)]
	to, ok := w.lookup(prefix)
	n.NS, n.Decl = to.ns, to.decl
	return ok
}

func (w *parser) lookup(prefix []byte) (to namespace, ok bool) {
	for i := w.buckets[w.bucket(prefix)]; i != 0; {
		b := &w.bindings[i-1]
		if string(w.src[b.prefix:b.prefix+b.length]) == string(prefix) {
			return b.to, true
		}
		i = b.outer
	}
	if w.scope != nil {
		if to, ok := w.scope.lookup(prefix); ok {
			return w.use(to), true
		}
	}
	switch {
	case string(prefix) == "xml":
		return namespace{ns: atom.NSXML}, true
	case string(prefix) == "stream" && w.prefix:
		return namespace{ns: atom.NSStreams}, true
	}
	return namespace{}, false
}
