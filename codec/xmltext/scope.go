package xmltext

import (
	"bytes"
	"math/bits"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// scope is what a header has besides the usual: few have anything, so it is not part of the Decoder.
type scope struct {
	root  []byte // the header's name as written
	decls []scopeDecl
}

// scopeDecl is a declaration that is not part of every Tree's context.
type scopeDecl struct {
	prefix []byte // empty: the default namespace
	name   []byte // of the namespace
	ns     atom.Atom
}

// scopeBit in namespace.decl, and in Node.Decl until the element is complete, marks an index into scope.decls.
const scopeBit = 1 << 31

// What a stream may keep of its header.
const (
	maxScopeDecls = 16
	maxScopeBytes = 1_024
)

const usualRoot = "stream:stream"

var usualRootBytes = []byte(usualRoot) // read-only

func (s *scope) lookup(prefix []byte) (to namespace, ok bool) {
	for i := range s.decls {
		if d := &s.decls[i]; len(prefix) > 0 && string(d.prefix) == string(prefix) {
			return namespace{d.ns, scopeBit | uint32(i)}, true
		}
	}
	return namespace{}, false
}

// add remembers a declaration and returns the namespace as an element inherits it; ok is false when it is too much.
func (s *scope) add(prefix, name []byte) (to namespace, ok bool) {
	n := len(prefix) + len(name) + len(s.root)
	for i := range s.decls {
		n += len(s.decls[i].prefix) + len(s.decls[i].name)
	}
	if n > maxScopeBytes || len(s.decls) == maxScopeDecls {
		return namespace{}, false
	}
	d := scopeDecl{prefix: bytes.Clone(prefix), name: bytes.Clone(name), ns: atom.Lookup(name)}
	s.decls = append(s.decls, d)
	return namespace{d.ns, scopeBit | uint32(len(s.decls)-1)}, true
}

// use notes that a declaration of the header is used and returns what a Node has to say of it.
func (w *parser) use(to namespace) namespace {
	i := to.decl &^ scopeBit
	w.used |= 1 << i
	if to.ns != atom.Unknown || len(w.scope.decls[i].name) == 0 {
		to.decl = 0
	}
	return to
}

// addUsed adds the declarations of the header that the element uses to its root, so that it can leave its stream.
func (w *parser) addUsed() {
	t := w.tree
	at, k := uint32(1), uint32(bits.OnesCount32(w.used))
	for at < uint32(len(t.Nodes)) && t.Nodes[at].Kind == codec.KindAttr {
		at++
	}
	for range k {
		t.Nodes = append(t.Nodes, codec.Node{})
	}
	copy(t.Nodes[at+k:], t.Nodes[at:])
	for i, j := 0, at; i < len(w.scope.decls); i++ {
		if w.used&(1<<i) != 0 {
			t.Nodes[j] = declarationNode(t, &w.scope.decls[i])
			j++
		}
	}
	for i := range t.Nodes {
		n := &t.Nodes[i]
		if n.Kind == codec.KindElement {
			n.End += k
		}
		switch {
		case n.Decl&scopeBit != 0:
			before := w.used & (1<<(n.Decl&^scopeBit) - 1)
			n.Decl = at + uint32(bits.OnesCount32(before)) + 1
		case n.Decl > at:
			n.Decl += k
		}
	}
}

func declarationNode(t *codec.Tree, d *scopeDecl) codec.Node {
	n := codec.Node{Kind: codec.KindAttr, Name: atom.XMLNS, NS: atom.NSXMLNS}
	if len(d.prefix) > 0 {
		n.Name, n.PrefixLen = atom.Lookup(d.prefix), uint8(len("xmlns"))
		n.NameOff, n.NameLen = codec.AddAux(t, "xmlns:"), uint16(len("xmlns:")+len(d.prefix))
		codec.AddAux(t, d.prefix)
	}
	n.Off, n.Len = codec.AddAux(t, d.name), uint32(len(d.name))
	return n
}

// enter takes from a complete header what holds for all elements of the stream; false means that it binds too much.
func (d *Decoder) enter(t *codec.Tree) bool {
	d.inherit, d.scope, d.prefix = namespace{}, nil, false
	s := &scope{root: usualRootBytes}
	if name := t.NodeName(0); string(name) != usualRoot {
		s.root = bytes.Clone(name)
	}
	content := []byte{} // the default namespace
	for i := uint32(1); i < uint32(len(t.Nodes)); i++ {
		n := &t.Nodes[i]
		if n.NS != atom.NSXMLNS {
			continue
		}
		prefix, name := t.NodeName(i)[n.PrefixLen:], t.NodeValue(i)
		if n.PrefixLen == 0 {
			content = name
			continue
		}
		switch prefix = prefix[1:]; { // without the colon
		case string(prefix) == "xml":
		case string(prefix) == "stream" && atom.Lookup(name) == atom.NSStreams:
			d.prefix = true
		default:
			if _, ok := s.add(prefix, name); !ok {
				return false
			}
		}
	}
	ok := true
	switch a := atom.Lookup(content); a {
	case atom.NSClient, atom.NSServer:
		d.inherit.ns = a
	default:
		d.inherit, ok = s.add(nil, content)
	}
	if string(s.root) != usualRoot || len(s.decls) > 0 {
		d.scope = s
	}
	return ok && len(s.root) <= maxScopeBytes
}

// rootName returns the header's name as written; s may be nil.
func (s *scope) rootName() []byte {
	if s != nil {
		return s.root
	}
	return usualRootBytes
}
