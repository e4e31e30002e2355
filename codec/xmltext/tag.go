package xmltext

import (
	"slices"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// startTag begins the start tag whose name should begin at i.
func (w *parser) startTag(i int) result {
	if len(w.open) > 0 {
		w.endText(i - 1)
	}
	if len(w.open) >= w.maxDepth {
		return w.excess(i-1, "elements nested too deep")
	}
	if w.elements >= w.maxElements {
		return w.excess(i-1, "too many elements")
	}
	w.mark, w.colon = i, 0
	if w.openings != nil && w.knownStart(i-1) {
		return w.attributes()
	}
	if end, colon := quickName(w.src, i, w.maxName); end != 0 {
		w.colon = colon
		return w.addElement(end)
	}
	w.pos, w.state = i, tagName
	return again
}

func (w *parser) tagName() result {
	if r := w.name(); r != again {
		return r
	}
	return w.addElement(w.pos)
}

// addElement adds the element with the name from mark to end.
func (w *parser) addElement(end int) result {
	w.tag = tag{elem: uint32(len(w.tree.Nodes)), seen: 1 << xmlnsBit, doubt: true}
	w.elements++
	n := w.addNode()
	n.Kind = codec.KindElement
	w.setName(n, w.mark, end, w.colon)
	if w.openings != nil {
		w.openings.learnElement(textOf(w.src), len(w.src), w.mark-1, end, n)
	}
	w.pos, w.state = end, inTag
	return w.attributes()
}

// addNode adds an empty Node. It is filled in place: on the hot path a Node is not copied.
func (w *parser) addNode() *codec.Node {
	n := w.nextNode()
	*n = codec.Node{}
	return n
}

// nextNode adds a Node of which all is still to be set; of an element End, NS and Decl are set when it opens and ends.
func (w *parser) nextNode() *codec.Node {
	t := w.tree
	last := len(t.Nodes)
	if last == cap(t.Nodes) {
		w.growNodes()
	}
	t.Nodes = t.Nodes[:last+1]
	return &t.Nodes[last]
}

func (w *parser) growNodes() { w.tree.Nodes = slices.Grow(w.tree.Nodes, len(w.tree.Nodes)+1) }

// setName gives n the name src[start:end].
func (w *parser) setName(n *codec.Node, start, end, colon int) {
	local := start
	if colon > 0 {
		local += colon + 1
	}
	n.Name = atom.Lookup(w.src[local:end])
	n.PrefixLen, n.NameOff, n.NameLen = uint8(colon), uint32(start), uint16(end-start)
}

// attributes reads what follows the name of a start tag.
func (w *parser) attributes() result {
	src, i := w.src, w.pos
	for i < len(src) {
		c := src[i]
		switch {
		case c == ' ' && w.openings != nil && len(w.tree.Nodes)-int(w.tag.elem) <= w.maxAttributes:
			if next := w.knownAttr(i); next != 0 {
				i, w.tag.spaced = next, false
				continue
			}
			w.tag.spaced = true
			i++
			continue
		case class[c]&space != 0:
			w.tag.spaced = true
			i++
			continue
		case c == '>':
			w.pos = i
			return w.endStartTag(false)
		case c == '/':
			w.pos, w.state = i+1, emptyTag
			return w.emptyTag()
		case !w.tag.spaced:
			return w.malformed(i, "no white space before an attribute")
		}
		if len(w.tree.Nodes)-int(w.tag.elem) > w.maxAttributes {
			return w.excess(i, "too many attributes")
		}
		w.tag.spaced = false
		next := w.quickAttr(i)
		if next == 0 {
			w.mark, w.pos, w.colon, w.state = i, i, 0, attrName
			return again
		}
		i = next
	}
	return w.wait(i)
}

func (w *parser) emptyTag() result {
	if w.pos >= len(w.src) {
		return more
	}
	if w.src[w.pos] != '>' {
		return w.malformed(w.pos, "/ in a tag")
	}
	return w.endStartTag(true)
}

// endStartTag opens the element, or adds it as empty; pos is at the >.
func (w *parser) endStartTag(empty bool) result {
	outer := w.now()
	g, n := &w.tag, &w.tree.Nodes[w.tag.elem]
	if g.doubt || g.declared || g.prefixed || n.PrefixLen > 0 {
		if r := w.qualify(); r != again {
			return r
		}
	} else {
		n.NS, n.Decl = w.inherit.ns, w.inherit.decl
	}
	w.pos++
	w.mark, w.state = w.pos, content
	if w.place != within {
		w.empty, w.event = empty, codec.EventOpen
		w.tree.Nodes[0].End = uint32(len(w.tree.Nodes))
		return done
	}
	if empty {
		w.leave(outer)
		return w.closeElement(w.tag.elem)
	}
	w.enter(outer)
	return again
}
