package xmltext

import (
	"math/bits"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// leapStart reads a start tag from its name on.
func (w *parser) leapStart(i int) int {
	v := &w.view
	x := row(&w.desk.planes.Name, i)
	if x == 0 {
		return w.stop(i - 1)
	}
	size := bits.TrailingZeros64(x)
	end := i + size
	if end >= v.size || size == 0 || size > w.maxName || len(w.open) >= w.maxDepth || w.elements >= w.maxElements {
		return w.stop(i - 1)
	}
	w.doubt, w.prefixed, w.declared, w.spaced = false, false, false, false
	name, ok := v.name(i, size)
	colon := 0
	if c := v.text.at(end); c == ':' || c >= 0x80 {
		end, colon, name = w.leapQName(i)
		ok, w.doubt = ok && end != stopped, true
	}
	if !ok {
		return w.stop(i - 1)
	}
	w.elements++
	w.elem, w.xmlns, w.seen = uint32(len(w.tree.Nodes)), 0, 0
	n := w.addNode()
	n.Kind, n.PrefixLen, n.Name, n.NameLen = codec.KindElement, uint8(colon), name, uint16(end-i)
	n.NameOff = uint32(i + v.from)
	return w.leapAttrs(end)
}

// leapQName reads a name that has a prefix, and returns also the length of the prefix and the Atom of the local part.
func (w *parser) leapQName(i int) (end, colon int, name atom.Atom) {
	v := &w.view
	colon = bits.TrailingZeros64(row(&w.desk.planes.Name, i))
	local := i + colon + 1
	if colon == 0 || local >= v.size || v.text.at(local-1) != ':' || class[v.text.at(i)]&nameStart == 0 {
		return stopped, 0, 0
	}
	x := row(&w.desk.planes.Name, local)
	size := bits.TrailingZeros64(x)
	end = local + size
	if x == 0 || size == 0 || end >= v.size || end-i > w.maxName || v.text.at(end) == ':' || v.text.at(end) >= 0x80 {
		return stopped, 0, 0
	}
	name, ok := v.name(local, size)
	if !ok {
		return stopped, 0, 0
	}
	return end, colon, name
}

// stopTag leaves w in front of an attribute or of the end of the tag.
func (w *parser) stopTag(i int) int {
	w.pos, w.state = i+w.view.from, inTag
	w.declared = w.declared || w.xmlns != 0
	return stopped
}

// leapAttrs reads attributes and the end of the start tag.
func (w *parser) leapAttrs(i int) int {
	v, k, t := &w.view, w.desk, w.tree
	src, to := v.text, v.size
	for i+2 <= to {
		if src.at(i) != ' ' {
			return w.leapTagEnd(i)
		}
		start := i + 1
		x := row(&k.planes.Name, start)
		if x == 0 {
			break
		}
		size := bits.TrailingZeros64(x)
		from := start + size + 2
		if from > to || size == 0 {
			break
		}
		equals, quote := src.at(from-2), src.at(from-1)
		if equals != '=' || quote != '\'' && quote != '"' || size > w.maxName {
			if i = w.leapOddAttr(i); i == stopped {
				return stopped
			}
			continue
		}
		name, ok := atom.Unknown, true
		if size <= 8 && start+8 <= to {
			name = atom.ShortName(src.upTo8(start, size))
			ok = name != atom.Unknown || class[src.at(start)]&nameStart != 0
		} else {
			name, ok = v.name(start, size)
		}
		if !ok {
			break
		}
		end := from
		if x = row(&k.planes.Value, from); x != 0 {
			end += bits.TrailingZeros64(x)
		}
		if end >= to || src.at(end) != quote {
			if end = w.leapValue(from, quote); end == stopped {
				break
			}
		}
		nodes := t.Nodes
		if len(nodes) == cap(nodes) || len(nodes)-int(w.elem) > w.maxAttributes {
			if i = w.leapOddAttr(i); i == stopped {
				return stopped
			}
			continue
		}
		nodes = nodes[:len(nodes)+1]
		t.Nodes = nodes
		n := &nodes[len(nodes)-1]
		n.Kind, n.PrefixLen, n.Name, n.NS, n.NameLen = codec.KindAttr, 0, name, 0, uint16(size)
		n.NameOff, n.Off, n.Len = uint32(start+v.from), uint32(from+v.from), uint32(end-from)
		n.End, n.Decl = 0, 0
		bit := uint64(1) << (name & 63)
		if w.seen&bit != 0 || name == atom.XMLNS {
			w.leapSpecial(n)
		}
		w.seen |= bit
		i = end + 1
	}
	return w.stopTag(i)
}

// leapOddAttr reads an attribute that has a prefix, or one for which there is no room; or else it stops.
func (w *parser) leapOddAttr(i int) int {
	v, start := &w.view, i+1
	end, colon, name := start, 0, atom.Unknown
	if size := bits.TrailingZeros64(row(&w.desk.planes.Name, start)); start+size < v.size && v.text.at(start+size) == ':' {
		if end, colon, name = w.leapQName(start); end == stopped {
			return w.stopTag(i)
		}
	} else if x, ok := v.name(start, size); ok {
		end, name = start+size, x
	}
	if end+2 > v.size || end == start || v.text.at(end) != '=' || end-start > w.maxName || len(w.tree.Nodes)-int(w.elem) > w.maxAttributes {
		return w.stopTag(i)
	}
	quote := w.leapValue(end+2, v.text.at(end+1))
	if quote == stopped {
		return w.stopTag(i)
	}
	n := w.addNode()
	n.Kind, n.PrefixLen, n.Name, n.NameLen = codec.KindAttr, uint8(colon), name, uint16(end-start)
	n.NameOff, n.Off, n.Len = uint32(start+v.from), uint32(end+2+v.from), uint32(quote-end-2)
	w.leapSpecial(n)
	return quote + 1
}

// leapSpecial looks after an attribute that is more than a value: it declares a namespace, has a prefix, or there may be one like it.
func (w *parser) leapSpecial(n *codec.Node) {
	if n.PrefixLen == 0 && n.Name == atom.XMLNS && w.xmlns == 0 && !w.declared {
		n.NS, w.xmlns = atom.NSXMLNS, uint32(len(w.tree.Nodes)-1)
		return
	}
	w.doubt = true
	switch {
	case n.PrefixLen > 0:
		w.attrPrefix(n)
	case n.Name == atom.XMLNS:
		n.NS, w.declared = atom.NSXMLNS, true
	}
}

// leapValue returns the index of the quote that ends the value.
func (w *parser) leapValue(i int, quote byte) int {
	v := &w.view
	if quote != '\'' && quote != '"' {
		return stopped
	}
	for i < v.size {
		x := row(&w.desk.planes.Value, i)
		if x == 0 {
			i += reach
			continue
		}
		if i += bits.TrailingZeros64(x); i >= v.size {
			break
		}
		switch v.text.at(i) {
		case quote:
			return i
		case '\'', '"':
			i++
		default:
			return stopped
		}
	}
	return stopped
}

// leapTagEnd reads the end of a start tag.
func (w *parser) leapTagEnd(i int) int {
	v := &w.view
	next, empty := i+1, false
	switch v.text.at(i) {
	case '>':
	case '/':
		next, empty = i+2, true
		if v.text.at(i+1) == '>' {
			break
		}
		fallthrough
	default:
		return w.stopTag(i)
	}
	outer := openElement{node: w.elem, bindings: uint32(len(w.bindings)), inScope: w.inScope, inherit: w.inherit}
	if !w.leapNamespaces() {
		w.leave(&outer)
		return w.stopTag(i)
	}
	if empty {
		w.tree.Nodes[w.elem].End = uint32(len(w.tree.Nodes))
		w.leave(&outer)
		return next
	}
	w.open = append(w.open, outer)
	return next
}

// leapNamespaces gives the element and its attributes their namespaces; false says that something is wrong.
func (w *parser) leapNamespaces() bool {
	n := &w.tree.Nodes[w.elem]
	if w.doubt || w.declared || w.inherit.decl&scopeBit != 0 {
		w.declared = w.declared || w.xmlns != 0
		return w.qualify() == again
	}
	if w.xmlns != 0 {
		name := w.tree.NodeValue(w.xmlns)
		to := namespace{ns: atom.Lookup(name)}
		if to.ns == atom.Unknown && len(name) > 0 {
			to.decl = w.xmlns + 1
		}
		if to.ns == atom.NSXML || to.ns == atom.NSXMLNS || int(w.inScope) >= w.maxNamespaces {
			return false
		}
		w.inScope++
		w.inherit = to
	}
	n.NS, n.Decl = w.inherit.ns, w.inherit.decl
	return true
}
