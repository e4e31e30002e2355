package xmltext

import (
	"math/bits"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// leapStart reads a start tag.
func (w *parser) leapStart(i int) int {
	v, t := &w.view, w.tree
	used := len(t.Nodes)
	if i+openingRoom >= v.size || used == cap(t.Nodes) || len(w.open) >= w.maxDepth || w.elements >= w.maxElements {
		return w.leapOddStart(i)
	}
	first := v.text.eight(i)
	o := w.openings.at(first)
	end := i + int(o.size)
	if !o.is(v.text, i, first) {
		return w.leapOddStart(i)
	}
	c := v.text.at(end)
	if c != ' ' && c != '>' && c != '/' {
		return w.leapOddStart(i)
	}
	t.Nodes = t.Nodes[:used+1]
	n := &t.Nodes[used]
	o.head.put(n)
	n.NameOff, n.Off, n.Len = uint32(i+1+v.from), 0, 0
	w.elements++
	w.tag = tag{elem: uint32(used), opening: o, doubt: w.inherit.decl&scopeBit != 0}
	if c != ' ' {
		return w.leapTagEnd(end)
	}
	if o.ns != atom.Unknown {
		if end = w.leapXMLNS(end, o.ns); end < v.size && v.text.at(end) != ' ' {
			return w.leapTagEnd(end)
		}
	}
	return w.leapAttrs(end)
}

// leapXMLNS reads a declaration of the namespace that the element declared when it was seen last, if it does it again.
func (w *parser) leapXMLNS(i int, ns atom.Atom) int {
	v, name := &w.view, ns.String()
	from := i + len(" xmlns='")
	end := from + len(name)
	if end >= v.size {
		return i
	}
	switch v.text.eight(i) {
	case xmlnsApos:
		if v.text.at(end) != '\'' {
			return i
		}
	case xmlnsQuot:
		if v.text.at(end) != '"' {
			return i
		}
	default:
		return i
	}
	if string(v.text.slice(from, len(name))) != name {
		return i
	}
	n := w.addNode()
	n.Kind, n.Name, n.NS, n.NameLen = codec.KindAttr, atom.XMLNS, atom.NSXMLNS, uint16(len("xmlns"))
	n.NameOff, n.Off, n.Len = uint32(i+1+v.from), uint32(from+v.from), uint32(len(name))
	w.tag.xmlns, w.tag.ns, w.tag.seen = w.tag.elem+1, ns, xmlnsBit
	return end + 1
}

var xmlnsBit = nameBit([]byte("xmlns"))

// The eight bytes before the name of a default namespace.
const (
	xmlnsApos = ' ' | 'x'<<8 | 'm'<<16 | 'l'<<24 | 'n'<<32 | 's'<<40 | '='<<48 | '\''<<56
	xmlnsQuot = ' ' | 'x'<<8 | 'm'<<16 | 'l'<<24 | 'n'<<32 | 's'<<40 | '='<<48 | '"'<<56
)

// leapOddStart is leapStart for a name that it does not know.
func (w *parser) leapOddStart(i int) int {
	v := &w.view
	end, colon, name := w.leapName(i + 1)
	if end == stopped || len(w.open) >= w.maxDepth || w.elements >= w.maxElements {
		return w.stop(i)
	}
	w.elements++
	w.tag = tag{elem: uint32(len(w.tree.Nodes)), doubt: colon > 0 || w.inherit.decl&scopeBit != 0}
	n := w.addNode()
	n.Kind, n.PrefixLen, n.Name, n.NameLen = codec.KindElement, uint8(colon), name, uint16(end-i-1)
	n.NameOff = uint32(i + 1 + v.from)
	w.openings.learn(v.text, v.size, i, end, n, 0)
	return w.leapAttrs(end)
}

// leapName reads a name that does not end the view, and returns also the length of its prefix and the Atom of its local part.
func (w *parser) leapName(i int) (end, colon int, name atom.Atom) {
	v, local, limit := &w.view, i, i+w.maxName
	for {
		x := row(&w.desk.planes.Name, local)
		size := bits.TrailingZeros64(x)
		end = local + size
		if x == 0 || size == 0 || end >= v.size || end > limit || class[v.text.at(local)]&nameStart == 0 {
			return stopped, 0, 0
		}
		switch c := v.text.at(end); {
		case c == ':' && colon == 0 && end+1 < v.size:
			colon, local = size, end+1
			continue
		case c == ':' || c >= 0x80:
			return stopped, 0, 0
		}
		return end, colon, v.name(local, size)
	}
}

// stopTag leaves w in front of an attribute or of the end of the tag.
func (w *parser) stopTag(i int) int {
	w.pos, w.state = i+w.view.from, inTag
	if w.tag.xmlns != 0 {
		w.tag.declared, w.tag.doubt = true, true
	}
	return stopped
}

// leapAttrs reads attributes and the end of the start tag.
func (w *parser) leapAttrs(i int) int {
	src, to := w.view.text, w.view.size
	planes, known, t := &w.desk.planes, w.openings, w.tree
	used, seen := len(t.Nodes), w.tag.seen
	nodes := t.Nodes[:min(cap(t.Nodes), int(w.tag.elem)+1+w.maxAttributes)]
	for i+openingRoom+1 < to {
		first := src.eight(i)
		o := known.at(first)
		if !o.is(src, i, first) || used >= len(nodes) || byte(first) != ' ' {
			t.Nodes, w.tag.seen = t.Nodes[:used], seen
			if c := byte(first); c == '>' || c == '/' {
				return w.leapTagEnd(i)
			}
			at := w.view.skip(i)
			if at == i || at+2 > to || src.at(at) == '>' || src.at(at) == '/' {
				break
			}
			at = w.leapOddAttr(at)
			if at == stopped {
				return w.stopTag(i)
			}
			i, used, seen = at, len(t.Nodes), w.tag.seen
			nodes = t.Nodes[:min(cap(t.Nodes), int(w.tag.elem)+1+w.maxAttributes)]
			continue
		}
		from := i + int(o.size) + 1
		end := to
		if x := row(&planes.Value, from); x != 0 {
			end = from + bits.TrailingZeros64(x)
		}
		if end >= to || src.at(end) != src.at(from-1) || !isQuote(src.at(end)) {
			if end = w.leapValue(from, src.at(from-1)); end == stopped {
				break
			}
		}
		n := &nodes[used]
		o.head.put(n)
		off := uint32(w.view.from)
		n.NameOff, n.Off, n.Len, n.End, n.Decl = uint32(i+1)+off, uint32(from)+off, uint32(end-from), 0, 0
		if seen&o.bit != 0 || o.name == atom.XMLNS {
			w.leapSpecial(n, used, seen&o.bit != 0)
		}
		seen |= o.bit
		i = end + 1
		used++
	}
	t.Nodes, w.tag.seen = t.Nodes[:used], seen
	return w.leapOddAttrs(i)
}

// isQuote reports whether c, which may end a value or is nothing that can stand in one, is a quote.
func isQuote(c byte) bool { return (uint64(1)<<'"'|uint64(1)<<'\'')>>(c&63)&1 != 0 }

// leapOddAttrs is leapAttrs for what is not a blank and a known opening, or near the end of the view.
func (w *parser) leapOddAttrs(i int) int {
	v := &w.view
	for {
		at := v.skip(i)
		switch {
		case at+2 > v.size:
			return w.stopTag(i)
		case v.text.at(at) == '>' || v.text.at(at) == '/':
			return w.leapTagEnd(at)
		case at == i:
			return w.stopTag(i)
		}
		next := w.leapOddAttr(at)
		if next == stopped {
			return w.stopTag(i)
		}
		i = next
	}
}

// skip returns the index of the first byte from i on that is no white space.
func (v *view) skip(i int) int {
	for i < v.size && class[v.text.at(i)]&space != 0 {
		i++
	}
	return i
}

// leapSpecial looks after the attribute n, node i, that may be there twice or declares the default namespace.
func (w *parser) leapSpecial(n *codec.Node, i int, twice bool) {
	w.tag.doubt = w.tag.doubt || twice
	if n.Name != atom.XMLNS || n.PrefixLen > 0 {
		return
	}
	if n.NS = atom.NSXMLNS; w.tag.xmlns != 0 || w.tag.declared {
		w.tag.doubt, w.tag.declared = true, true
		return
	}
	w.tag.xmlns = uint32(i)
	if o := w.tag.opening; o != nil && o.ns != atom.Unknown && string(w.tree.Bytes(n.Off, n.Len)) == o.ns.String() {
		w.tag.ns = o.ns
	}
}

// leapOddAttr reads an attribute, whose name begins at i, and learns its opening. Other than its kind it does not stop w.
func (w *parser) leapOddAttr(i int) int {
	v := &w.view
	name, colon, local := w.leapName(i)
	if name == stopped || len(w.tree.Nodes)-int(w.tag.elem) > w.maxAttributes {
		return stopped
	}
	equals := v.skip(name)
	from := v.skip(equals+1) + 1
	if from >= v.size || v.text.at(equals) != '=' {
		return stopped
	}
	end := w.leapValue(from, v.text.at(from-1))
	if end == stopped {
		return stopped
	}
	n := w.addNode()
	n.Kind, n.PrefixLen, n.Name, n.NameLen = codec.KindAttr, uint8(colon), local, uint16(name-i)
	n.NameOff, n.Off, n.Len = uint32(i+v.from), uint32(from+v.from), uint32(end-from)
	bit := nameBit(w.src[n.NameOff:][:n.NameLen][colon:])
	w.leapSpecial(n, len(w.tree.Nodes)-1, colon > 0 || w.tag.seen&bit != 0)
	w.tag.seen |= bit
	if colon > 0 {
		w.attrPrefix(n)
	}
	if from == name+2 && v.text.at(i-1) == ' ' {
		w.openings.learn(v.text, v.size, i-1, name+1, n, bit)
	}
	return end + 1
}

// leapValue returns the index of the quote that ends the value that begins at i.
func (w *parser) leapValue(i int, quote byte) int {
	if quote != '\'' && quote != '"' {
		return stopped
	}
	return valueEnd(&w.desk.planes.Value, w.view.text, i, w.view.size, quote)
}

// leapTagEnd reads the end of a start tag.
func (w *parser) leapTagEnd(i int) int {
	v, t, g := &w.view, w.tree, &w.tag
	if i+2 > v.size {
		return w.stopTag(i)
	}
	next, c := i+1, v.text.at(i)
	if c == '/' {
		next, c = i+2, v.text.at(i+1)
	}
	if c != '>' {
		return w.stopTag(i)
	}
	if g.doubt {
		return w.leapDoubt(i, next)
	}
	n := &t.Nodes[g.elem]
	to, inScope := w.inherit, w.inScope
	if g.xmlns != 0 {
		if to, inScope = w.declaredSpace(), inScope+1; int(inScope) > w.maxNamespaces || to.ns == atom.NSXML || to.ns == atom.NSXMLNS {
			return w.leapDoubt(i, next)
		}
	}
	n.NS, n.Decl = to.ns, to.decl
	if next > i+1 {
		n.End = uint32(len(t.Nodes))
		return next
	}
	top := w.addOpen()
	top.node, top.bindings, top.inScope, top.inherit, top.nameLen = g.elem, uint32(len(w.bindings)), w.inScope, w.inherit, n.NameLen
	w.inherit, w.inScope = to, inScope
	switch o := g.opening; {
	case o == nil:
		top.name = nameWord(w.nameOf(n))
	case o.size == 9:
		top.name = o.last
	default:
		top.name = o.first &^ o.rest >> 8
	}
	return next
}

// declaredSpace returns the default namespace that the tag declares, and lets its opening know.
func (w *parser) declaredSpace() namespace {
	g := &w.tag
	if g.ns != atom.Unknown {
		return namespace{ns: g.ns}
	}
	name := w.tree.NodeValue(g.xmlns)
	ns := atom.Lookup(name)
	if g.opening != nil && ns != atom.NSXML && ns != atom.NSXMLNS {
		g.opening.ns = ns
	}
	if ns == atom.Unknown && len(name) > 0 {
		return namespace{decl: g.xmlns + 1}
	}
	return namespace{ns: ns}
}

// leapDoubt is leapTagEnd where names have to be looked at; what follows the tag begins at next.
func (w *parser) leapDoubt(i, next int) int {
	g := &w.tag
	n := &w.tree.Nodes[g.elem]
	outer := openElement{node: g.elem, bindings: uint32(len(w.bindings)), inScope: w.inScope, inherit: w.inherit}
	g.declared = g.declared || g.xmlns != 0
	if w.qualify() != again {
		w.leave(&outer)
		return w.stopTag(i)
	}
	if next > i+1 {
		n.End = uint32(len(w.tree.Nodes))
		w.leave(&outer)
		return next
	}
	outer.nameLen, outer.name = n.NameLen, nameWord(w.nameOf(n))
	w.open = append(w.open, outer)
	return next
}
