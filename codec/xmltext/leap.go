package xmltext

import (
	"math/bits"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// The tokenizer that leaps from delimiter to delimiter by the planes (package plane). It reads what is whole, usual and right; in front of anything else
// it stops, in state content or inTag, and the careful states go on from there. So each check exists once, in them; leap only has to see
// that none of them would have anything to say.
//
// Its functions count bytes from the beginning of the view. Those that read something begin at index i and return the index after it, or stopped: then w
// stands in front of it.

const stopped = -1

// ready reports whether leap may go on where w is.
func (w *parser) ready() bool {
	return w.desk != nil && w.place == within &&
		(w.state == inTag || w.state == content && w.mark == w.pos && !w.saving || w.state == outside && w.src[0] == '<')
}

// leap reads as far as the planes help. again says that the careful states have to go on.
func (w *parser) leap() result {
	for w.view.size > 0 || w.look() {
		i := w.pos - w.view.from
		if w.state == inTag {
			w.tag.doubt = w.tag.doubt || w.tag.declared
			if i < w.view.size && class[w.view.text.at(i)]&space != 0 {
				w.tag.spaced = false
			}
		}
		for i != stopped {
			if i = w.leapKnown(i); w.over() {
				return w.finish(i)
			}
			if w.cut {
				w.cut = false
				if w.pause(i) {
					return more
				}
			}
			if i = w.leapOdd(i); w.over() && i != stopped {
				return w.finish(i)
			}
		}
		if !w.look() {
			break
		}
	}
	if w.pending() {
		return more
	}
	if w.state == inTag && w.tag.xmlns != 0 { // the careful states do not know of it
		w.tag.declared, w.tag.doubt = true, true
	}
	return again
}

// over reports whether the element has ended.
func (w *parser) over() bool { return w.state == content && len(w.open) == 0 }

// leapKnown reads what is usual, up to the first thing that is not, and says in w.state whether that is in a tag. What it begins to read it has checked whole
// before it changes w.
func (w *parser) leapKnown(i int) int {
	v, k, t, g := &w.view, w.desk, w.tree, &w.tag
	room := min(cap(t.Nodes), len(t.Nodes)+w.maxElements-w.elements)
	depths := min(cap(w.open), w.maxDepth)
	if w.state == inTag && (i+2 > v.size || g.opening == 0 || len(w.open) >= depths) {
		if i < v.size && v.text.at(i) == ' ' {
			i = w.leapAttrs(i)
		}
		return i
	}
	for {
		if w.state != inTag {
			used := len(t.Nodes)
			if i >= v.edge || used >= room {
				return i
			}
			first := v.text.eight(i)
			if byte(first) != '<' { // text
				end, x := i, row(&k.planes.Text, i)
				for x == 0 {
					end += reach
					x = row(&k.planes.Text, end)
				}
				end += bits.TrailingZeros64(x)
				if end >= v.size && len(w.open) > 0 {
					w.cut = true
					return i
				}
				if end+1 >= v.size || v.text.at(end) != '<' || v.text.at(end+1) == '!' || len(w.open) == 0 { // CDATA belongs to the text
					return i
				}
				w.addText(uint32(i+v.from), uint32(end-i))
				i = end
				continue
			}
			depth := len(w.open)
			if byte(first>>8) == '/' { // an end tag
				if depth == 0 {
					return i
				}
				top := &w.open[depth-1]
				if !top.closing.is(v.text, i+2, int(top.nameLen)) || top.declares == prefixes {
					return i
				}
				t.Nodes[top.node].End = uint32(used)
				w.open = w.open[:depth-1]
				if top.declares != nothing {
					outer := len(w.around) - 1
					w.inherit, w.inScope = w.around[outer].inherit, w.around[outer].inScope
					w.around = w.around[:outer]
				}
				i += int(top.nameLen) + 3
				if depth == 1 {
					return i
				}
				continue
			}
			known := k.openings.element(first)
			o := &k.openings.elements[known]
			if !o.is(v.text, i, first) {
				known ^= 1
				if o = &k.openings.elements[known]; !o.is(v.text, i, first) {
					return i
				}
			}
			end := i + int(o.next)
			if depth >= depths || w.inherit.decl&scopeBit != 0 || !endsName(v.text.at(end)) {
				return i
			}
			t.Nodes = t.Nodes[:used+1]
			n := &t.Nodes[used]
			o.head.put(n)
			n.NameOff, n.Off, n.Len = uint32(i+1+v.from), 0, 0
			g.elem, g.xmlns, g.seen, g.opening = uint32(used), 0, 1<<xmlnsBit, uint32(known)+1
			g.declared, g.prefixed, g.spaced, g.doubt = false, false, false, false
			w.state = inTag
			w.elements++
			i = end
			if o.ns != atom.Unknown {
				if i = w.leapXMLNS(end); i+2 > v.size {
					return i
				}
			}
		}
		if v.text.at(i) == ' ' {
			if i = w.leapAttrs(i); i < v.size && v.text.at(i) == ' ' && !w.cut {
				i = w.leapAttrs(w.leapXMLNS(i))
			}
			if i+2 > v.size {
				return i
			}
		}
		next, c := i+1, v.text.at(i)
		if c == '/' {
			next, c = i+2, v.text.at(i+1)
		}
		depth, to := len(w.open), w.inherit
		if c != '>' || g.doubt {
			return i
		}
		if g.xmlns != 0 {
			if len(w.around) == cap(w.around) {
				return i
			}
			to = g.to
		}
		w.state = content
		n := &t.Nodes[g.elem]
		n.NS, n.Decl = to.ns, to.decl
		if next > i+1 { // it is empty
			n.End = uint32(len(t.Nodes))
			if depth == 0 {
				return next
			}
			i = next
			continue
		}
		i = next
		w.open = w.open[:depth+1]
		top := &w.open[depth]
		top.closing, top.node, top.nameLen, top.declares = k.openings.elements[g.opening-1].closing, g.elem, n.NameLen, nothing
		if g.xmlns != 0 {
			top.declares = defaultOnly
			outer := len(w.around)
			w.around = w.around[:outer+1]
			w.around[outer] = around{w.inherit, uint32(len(w.bindings)), w.inScope}
			w.inherit = to
			w.inScope++
		}
	}
}

// leapAttrs reads attributes that begin with one blank and a known opening, but for xmlns. It calls nothing and has little at hand, so that all of it stays in
// registers.
//
//go:noinline
func (w *parser) leapAttrs(i int) int {
	src, k, t := w.view.text, w.desk, w.tree
	used, seen := uint(len(t.Nodes)), w.tag.seen
	nodes := t.Nodes[:min(cap(t.Nodes), int(w.tag.elem)+1+w.maxAttributes)]
	for i < w.view.edge && used < uint(len(nodes)) {
		first := src.eight(i)
		known := k.openings.attribute(first)
		o := &k.openings.attributes[known]
		if !o.is(src, i, first) {
			if o = &k.openings.attributes[known^1]; !o.is(src, i, first) {
				break
			}
		}
		from := i + int(o.next)
		x := row(&k.planes.Value, from)
		if x == 0 {
			break
		}
		end := from + bits.TrailingZeros64(x)
		if end >= w.view.size {
			w.cut = isQuote(src.at(from - 1))
			break
		}
		if src.at(end) != src.at(from-1) || !isQuote(src.at(end)) {
			break
		}
		if seen>>(o.bit&63)&1 != 0 {
			if o.bit == xmlnsBit {
				break
			}
			w.tag.doubt = true // it may be there twice
		}
		seen |= 1 << (o.bit & 63)
		n := &nodes[used]
		o.head.put(n)
		off := uint32(w.view.from)
		n.NameOff, n.Off, n.Len, n.End, n.Decl = uint32(i+1)+off, uint32(from)+off, uint32(end-from), 0, 0
		used++
		i = end + 1
	}
	t.Nodes, w.tag.seen = t.Nodes[:used], seen
	return i
}

// leapXMLNS reads the declaration of a default namespace, if one stands at i. Mostly it is the one that the element declared when it was seen last.
//
//go:noinline
func (w *parser) leapXMLNS(i int) int {
	v, t, g := &w.view, w.tree, &w.tag
	from, used := i+len(" xmlns='"), len(t.Nodes)
	if from >= v.size {
		return i
	}
	first := v.text.eight(i)
	quote := byte(first >> 56)
	if first<<8 != xmlnsEquals<<8 || !isQuote(quote) || used == cap(t.Nodes) || g.xmlns != 0 || used-int(g.elem) > w.maxAttributes || int(w.inScope) >= w.maxNamespaces {
		return i
	}
	ns := w.openings.elements[(g.opening-1)%uint32(len(w.openings.elements))].ns // a guess; any will do when the opening is not known
	name := ns.String()
	end := from + len(name)
	if end >= v.size || v.text.at(end) != quote || len(name) < 8 || !v.text.is(from, name) {
		return w.leapOtherXMLNS(i, quote)
	}
	t.Nodes = t.Nodes[:used+1]
	n := &t.Nodes[used]
	xmlnsHead.put(n)
	off := uint32(v.from)
	n.NameOff, n.Off, n.Len, n.End, n.Decl = uint32(i+1)+off, uint32(from)+off, uint32(end-from), 0, 0
	g.xmlns, g.to = uint32(used), namespace{ns: ns}
	return end + 1
}

// leapOtherXMLNS is leapXMLNS for another namespace than last time.
func (w *parser) leapOtherXMLNS(i int, quote byte) int {
	v, g, from := &w.view, &w.tag, i+len(" xmlns='")
	end := w.leapValue(from, quote)
	if end == stopped {
		return i
	}
	ns := atom.Lookup(v.text.slice(from, end-from))
	if ns == atom.NSXML || ns == atom.NSXMLNS {
		return i
	}
	g.xmlns, g.to = uint32(len(w.tree.Nodes)), namespace{ns: ns}
	switch {
	case ns == atom.Unknown && end > from:
		g.to.decl = g.xmlns + 1
	case g.opening != 0:
		w.openings.elements[g.opening-1].ns = ns
	}
	n := w.addNode()
	xmlnsHead.put(n)
	n.NameOff, n.Off, n.Len = uint32(i+1+v.from), uint32(from+v.from), uint32(end-from)
	return end + 1
}

var xmlnsHead = headOf(&codec.Node{Kind: codec.KindAttr, Name: atom.XMLNS, NS: atom.NSXMLNS, NameLen: uint16(len("xmlns"))})

// xmlnsEquals are the bytes before the name of a default namespace, but for the quote, which is the highest.
const xmlnsEquals = ' ' | 'x'<<8 | 'm'<<16 | 'l'<<24 | 'n'<<32 | 's'<<40 | '='<<48

// endsName reports whether c is what mostly stands behind the name of an element.
func endsName(c byte) bool { return c == ' ' || c == '>' || c == '/' }

// stop leaves w between two pieces of content.
func (w *parser) stop(i int) int {
	w.pos = i + w.view.from
	w.mark = w.pos
	if w.elements > 0 {
		w.state = content
	}
	return stopped
}

// finish ends the element that leap has read up to i.
func (w *parser) finish(i int) result {
	w.stop(i)
	if w.used != 0 {
		w.addUsed()
	}
	w.event = codec.EventElement
	return done
}
