package xmltext

import (
	"unicode/utf8"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// startTag begins the start tag whose name should begin at i.
func (w *parser) startTag(i int) result {
	if len(w.open) > 0 {
		w.endText(i - 1)
	}
	if limit := w.limits.Depth; limit > 0 && len(w.open) >= limit {
		return w.excess(i-1, "elements nested too deep")
	}
	if limit := w.limits.Elements; limit > 0 && w.elements >= limit {
		return w.excess(i-1, "too many elements")
	}
	w.mark, w.colon = i, 0
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
	w.elem = uint32(len(w.tree.Nodes))
	w.elements++
	n := w.addNode()
	n.Kind = codec.KindElement
	w.setName(n, w.mark, end, w.colon)
	w.declared, w.prefixed, w.spaced = false, false, false
	w.pos, w.state = end, inTag
	return w.tag()
}

// addNode adds an empty Node. It is filled in place: on the hot path a Node is not copied.
func (w *parser) addNode() *codec.Node {
	t := w.tree
	i := len(t.Nodes)
	if i < cap(t.Nodes) {
		t.Nodes = t.Nodes[:i+1]
		t.Nodes[i] = codec.Node{}
	} else {
		t.Nodes = append(t.Nodes, codec.Node{})
	}
	return &t.Nodes[i]
}

// setName gives n the name src[start:end].
func (w *parser) setName(n *codec.Node, start, end, colon int) {
	local := start
	if colon > 0 {
		local += colon + 1
	}
	n.Name = atom.Lookup(w.src[local:end])
	n.PrefixLen, n.NameOff, n.NameLen = uint8(colon), uint32(start), uint16(end-start)
}

// name goes on reading the name that began at mark: a QName, Namespaces in XML §4. again means that it ends at pos.
func (w *parser) name() result {
	for w.pos < len(w.src) {
		n, r := w.nameCharacter()
		if r != again {
			return r
		}
		if n == 0 {
			return w.nameEnd()
		}
		if w.pos+n-w.mark > w.maxName {
			return w.excess(w.mark+w.maxName, "name too long")
		}
		w.pos += n
	}
	return more
}

// nameCharacter returns the length of the character at pos, 0 when it does not belong to the name.
func (w *parser) nameCharacter() (n int, r result) {
	c := w.src[w.pos]
	first := w.pos == w.partStart()
	switch {
	case class[c]&nameStart != 0, class[c]&nameByte != 0 && !first:
		return 1, again
	case c == ':' && w.colon == 0 && !first:
		if w.pos-w.mark > maxPrefix {
			return 0, w.excess(w.pos, "prefix too long")
		}
		w.colon = w.pos - w.mark
		return 1, again
	case c < 0x80:
		return 0, again
	}
	n = sequence(w.src[w.pos:])
	if n == cutOff {
		return 0, more
	}
	if n < 0 {
		return 0, w.badCharacter(w.pos, n)
	}
	if x, _ := utf8.DecodeRune(w.src[w.pos:]); !nameRune(x, first) {
		return 0, again
	}
	return n, again
}

// partStart returns where the local part of the name begins once the colon was read, the name before.
func (w *parser) partStart() int {
	if w.colon > 0 {
		return w.mark + w.colon + 1
	}
	return w.mark
}

func (w *parser) nameEnd() result {
	if w.pos == w.partStart() || w.src[w.pos] == ':' {
		return w.malformed(w.pos, "not a name")
	}
	return again
}

// tag reads what follows the name of a start tag.
func (w *parser) tag() result {
	src, i := w.src, w.pos
	for i < len(src) {
		c := src[i]
		switch {
		case class[c]&space != 0:
			w.spaced = true
			i++
			continue
		case c == '>':
			w.pos = i
			return w.endStartTag(false)
		case c == '/':
			w.pos, w.state = i+1, emptyTag
			return w.emptyTag()
		case !w.spaced:
			return w.malformed(i, "no white space before an attribute")
		}
		if limit := w.limits.Attributes; limit > 0 && len(w.tree.Nodes)-int(w.elem) > limit {
			return w.excess(i, "too many attributes")
		}
		w.spaced = false
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

func (w *parser) attrName() result {
	if r := w.name(); r != again {
		return r
	}
	w.addAttr(w.mark, w.pos, w.colon)
	w.state = attrEquals
	return again
}

// addAttr adds an attribute without its value.
func (w *parser) addAttr(start, end, colon int) *codec.Node {
	n := w.addNode()
	n.Kind = codec.KindAttr
	w.setName(n, start, end, colon)
	if colon > 0 {
		w.attrPrefix(n)
	} else if n.Name == atom.XMLNS {
		n.NS, w.declared = atom.NSXMLNS, true
	}
	return n
}

// attrPrefix gives n a namespace when its prefix is one of those that are always bound.
func (w *parser) attrPrefix(n *codec.Node) {
	switch string(w.src[n.NameOff : n.NameOff+uint32(n.PrefixLen)]) {
	case "xmlns":
		n.NS, w.declared = atom.NSXMLNS, true
	case "xml":
		n.NS = atom.NSXML
	default:
		w.prefixed = true
	}
}

func (w *parser) attrEquals() result {
	if !w.skipSpace() {
		return more
	}
	if w.src[w.pos] != '=' {
		return w.malformed(w.pos, "no = after the name of an attribute")
	}
	w.pos, w.state = w.pos+1, attrQuote
	return again
}

func (w *parser) attrQuote() result {
	if !w.skipSpace() {
		return more
	}
	w.quote = w.src[w.pos]
	if w.quote != '"' && w.quote != '\'' {
		return w.malformed(w.pos, "value without quotes")
	}
	w.pos, w.state = w.pos+1, value
	w.mark = w.pos
	return again
}

// skipSpace skips white space and reports whether something follows.
func (w *parser) skipSpace() bool {
	for w.pos < len(w.src) && class[w.src[w.pos]]&space != 0 {
		w.pos++
	}
	return w.pos < len(w.src)
}

// endStartTag opens the element, or adds it as empty; pos is at the >.
func (w *parser) endStartTag(empty bool) result {
	outer := openElement{node: w.elem, bindings: uint32(len(w.bindings)), inherit: w.inherit}
	if r := w.qualify(); r != again {
		return r
	}
	w.pos++
	w.mark, w.state = w.pos, content
	if w.place != within {
		w.empty, w.event = empty, codec.EventOpen
		w.tree.Nodes[0].End = uint32(len(w.tree.Nodes))
		return done
	}
	if empty {
		return w.closeElement(outer)
	}
	w.open = append(w.open, outer)
	return again
}

// closeInnermost closes the element that is open.
func (w *parser) closeInnermost() result {
	last := len(w.open) - 1
	outer := w.open[last]
	w.open = w.open[:last]
	return w.closeElement(outer)
}

// closeElement ends an element that is not, or no more, in w.open.
func (w *parser) closeElement(outer openElement) result {
	w.tree.Nodes[outer.node].End = uint32(len(w.tree.Nodes))
	w.inherit = outer.inherit
	if len(w.bindings) != int(outer.bindings) {
		w.unbind(int(outer.bindings))
	}
	if len(w.open) > 0 {
		return again
	}
	if w.used != 0 {
		w.addUsed()
	}
	w.event = codec.EventElement
	return done
}

// startEnd begins the end tag whose / is at i.
func (w *parser) startEnd(i int) result {
	if len(w.open) > 0 {
		w.endText(i - 1)
		if end := w.quickEnd(i + 1); end != 0 {
			w.pos, w.mark, w.state = end, end, content
			return w.closeInnermost()
		}
	} else if w.place != within {
		return w.malformed(i, "end tag without element")
	}
	w.mark, w.pos, w.state = i+1, i+1, endName
	return again
}

// endName compares the name of an end tag with the one that is due.
func (w *parser) endName() result {
	due := w.due()
	for ; w.pos-w.mark < len(due); w.pos++ {
		if w.pos >= len(w.src) {
			return more
		}
		if w.src[w.pos] != due[w.pos-w.mark] {
			return w.malformed(w.pos, "end tag of another element")
		}
	}
	w.state = endSpace
	return again
}

// due returns the name of the innermost element, of the stream when there is none.
func (w *parser) due() string {
	if len(w.open) == 0 {
		return w.rootName
	}
	n := &w.tree.Nodes[w.open[len(w.open)-1].node]
	return view(w.src[n.NameOff : n.NameOff+uint32(n.NameLen)])
}

func (w *parser) endSpace() result {
	if !w.skipSpace() {
		return more
	}
	if w.src[w.pos] != '>' {
		return w.malformed(w.pos, "end tag of another element")
	}
	w.pos++
	if len(w.open) == 0 {
		w.event = codec.EventClose
		return done
	}
	w.mark, w.state = w.pos, content
	return w.closeInnermost()
}
