package codec

import (
	"strconv"

	"github.com/godwit-im/godwit/codec/atom"
)

// Builder appends elements to a Tree of its own: replies, pushes, everything the server says itself. The zero Builder is
// ready. Calls nest: Start, then Attr calls, then Text and inner Starts, then End; Element gives the result. A Builder belongs to one
// goroutine; the elements it made are valid until Reset.
type Builder struct {
	tree  Tree
	open  []openElement // the elements not ended yet
	ended int           // how many nodes there were at the last End: the last of them belong to closed elements
}

// openElement is an open element: its index and the default namespace that its children inherit.
type openElement struct {
	index uint32
	ns    atom.Atom // atom.Unknown: decl counts
	decl  uint32    // index+1 of the declaration when ns is Unknown
}

// Reset empties b.
func (b *Builder) Reset() {
	b.tree.Reset(nil)
	b.open, b.ended = b.open[:0], 0
}

// Tree returns the Tree that b builds in.
func (b *Builder) Tree() *Tree { return &b.tree }

// Start opens an element. At the root, and wherever the namespace differs from the inherited one, the declaration is
// added; in the stream namespace the name gets the prefix "stream", which every stream binds (RFC 6120 §4.8.5).
func (b *Builder) Start(ns, name atom.Atom) *Builder {
	if len(b.open) == 0 {
		b.Reset()
	}
	inherited := b.inherited()
	index := uint32(len(b.tree.Nodes))
	n := Node{Kind: KindElement, Name: name, NS: ns}
	if ns == atom.NSStreams {
		n.PrefixLen, n.NameOff = uint8(len("stream")), AddAux(&b.tree, "stream:"+name.String())
		n.NameLen = uint16(len("stream:") + len(name.String()))
		b.tree.Nodes = append(b.tree.Nodes, n)
		b.open = append(b.open, openElement{index: index, ns: inherited.ns, decl: inherited.decl})
		return b
	}
	b.tree.Nodes = append(b.tree.Nodes, n)
	b.open = append(b.open, openElement{index: index, ns: ns})
	if ns != inherited.ns {
		b.declare(ns.String())
	}
	return b
}

// StartNS is Start for a namespace or name outside the table.
func (b *Builder) StartNS(ns, name string) *Builder {
	if s, n := atom.Lookup(ns), atom.Lookup(name); s != atom.Unknown && n != atom.Unknown {
		return b.Start(s, n)
	}
	if len(b.open) == 0 {
		b.Reset()
	}
	index := uint32(len(b.tree.Nodes))
	n := Node{Kind: KindElement, Name: atom.Lookup(name), NS: atom.Lookup(ns)}
	n.NameOff, n.NameLen = AddAux(&b.tree, name), uint16(len(name))
	if n.NS == atom.Unknown && ns != "" {
		n.Decl = index + 2
	}
	inherited := b.inherited()
	b.tree.Nodes = append(b.tree.Nodes, n)
	b.open = append(b.open, openElement{index: index, ns: n.NS, decl: n.Decl})
	if n.NS == atom.Unknown || n.NS != inherited.ns {
		b.declare(ns)
	}
	return b
}

// inherited returns the innermost open element's default namespace; outside all it is the content namespace.
func (b *Builder) inherited() openElement {
	if len(b.open) == 0 {
		return openElement{ns: atom.NSClient}
	}
	return b.open[len(b.open)-1]
}

func (b *Builder) declare(ns string) {
	b.attrNode(Node{Kind: KindAttr, Name: atom.XMLNS, NS: atom.NSXMLNS, Off: AddAux(&b.tree, ns), Len: uint32(len(ns))})
}

func (b *Builder) attrNode(n Node) {
	if last := len(b.tree.Nodes); last == b.ended || b.tree.Nodes[last-1].Kind == KindText {
		panic("codec: attribute after content")
	}
	b.tree.Nodes = append(b.tree.Nodes, n)
}

// Attr adds an attribute without namespace. The value is copied.
func (b *Builder) Attr(name atom.Atom, value string) *Builder {
	b.attrNode(Node{Kind: KindAttr, Name: name, Off: AddAux(&b.tree, value), Len: uint32(len(value))})
	return b
}

// AttrNamed is Attr for a name outside the table.
func (b *Builder) AttrNamed(name, value string) *Builder {
	if n := atom.Lookup(name); n != atom.Unknown {
		return b.Attr(n, value)
	}
	b.attrNode(Node{
		Kind: KindAttr, NameOff: AddAux(&b.tree, name), NameLen: uint16(len(name)),
		Off: AddAux(&b.tree, value), Len: uint32(len(value)),
	})
	return b
}

// AttrBytes is Attr for bytes, which are copied; nil adds no attribute.
func (b *Builder) AttrBytes(name atom.Atom, value []byte) *Builder {
	if value != nil {
		b.attrNode(Node{Kind: KindAttr, Name: name, Off: AddAux(&b.tree, value), Len: uint32(len(value))})
	}
	return b
}

// AttrUint adds an attribute with a decimal number.
func (b *Builder) AttrUint(name atom.Atom, value uint64) *Builder {
	off := b.tree.AuxEnd()
	b.tree.Aux = strconv.AppendUint(b.tree.Aux, value, 10)
	b.attrNode(Node{Kind: KindAttr, Name: name, Off: off, Len: b.tree.AuxEnd() - off})
	return b
}

// Lang adds xml:lang; an empty value adds nothing.
func (b *Builder) Lang(lang string) *Builder {
	if lang == "" {
		return b
	}
	const name = "xml:lang"
	b.attrNode(Node{
		Kind: KindAttr, Name: atom.Lang, NS: atom.NSXML,
		PrefixLen: uint8(len("xml")), NameOff: AddAux(&b.tree, name), NameLen: uint16(len(name)),
		Off: AddAux(&b.tree, lang), Len: uint32(len(lang)),
	})
	return b
}

// Text adds character data, which is copied. An empty text adds nothing.
func (b *Builder) Text(s string) *Builder { return addText(b, s) }

// TextBytes is Text for bytes.
func (b *Builder) TextBytes(s []byte) *Builder { return addText(b, s) }

func addText[T ~string | ~[]byte](b *Builder, s T) *Builder {
	if len(s) == 0 {
		return b
	}
	off := AddAux(&b.tree, s)
	last := &b.tree.Nodes[len(b.tree.Nodes)-1]
	if last.Kind == KindText && len(b.tree.Nodes) != b.ended && last.Off+last.Len == off {
		last.Len += uint32(len(s)) // a Tree has no two adjacent texts
		return b
	}
	b.tree.Nodes = append(b.tree.Nodes, Node{Kind: KindText, Off: off, Len: uint32(len(s))})
	return b
}

// End closes the innermost open element.
func (b *Builder) End() *Builder {
	top := b.open[len(b.open)-1]
	b.open = b.open[:len(b.open)-1]
	b.ended = len(b.tree.Nodes)
	b.tree.Nodes[top.index].End = uint32(b.ended)
	return b
}

// Element ends whatever is open and returns the element built since the last time nothing was open.
func (b *Builder) Element() Element {
	for len(b.open) > 0 {
		b.End()
	}
	return b.tree.Root()
}
