package xmltext

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// leapOdd reads one thing that leapKnown does not: what was not seen before, is longer than usual, has unusual blanks, or is near the end of the view.
func (w *parser) leapOdd(i int) int {
	v := &w.view
	switch {
	case w.state == inTag:
		return w.leapInTag(i)
	case i+2 > v.size:
		return w.stop(i)
	case v.text.at(i) != '<':
		return w.leapText(i)
	case v.text.at(i+1) == '/':
		return w.leapEnd(i)
	}
	return w.leapStart(i)
}

// leapText adds a text, which ends with a <.
func (w *parser) leapText(i int) int {
	v, end := &w.view, stopped
	if len(w.open) > 0 {
		end = textEnd(&w.desk.planes.Text, v.text, i, v.size)
	}
	if end == stopped {
		return w.stop(i)
	}
	w.addText(uint32(i+v.from), uint32(end-i))
	return end
}

// leapEnd reads an end tag.
func (w *parser) leapEnd(i int) int {
	if len(w.open) == 0 {
		return w.stop(i)
	}
	v, name := &w.view, w.due()
	end := i + 2 + len(name)
	if end >= v.size || string(v.text.slice(i+2, len(name))) != string(name) {
		return w.stop(i)
	}
	if end = v.skip(end); end == v.size || v.text.at(end) != '>' {
		return w.stop(i)
	}
	w.tree.Nodes[w.pop()].End = uint32(len(w.tree.Nodes))
	return end + 1
}

// leapStart reads a start tag as far as its name.
func (w *parser) leapStart(i int) int {
	v := &w.view
	end, colon, name := w.leapName(i + 1)
	if end == stopped || len(w.open) >= w.maxDepth || w.elements >= w.maxElements {
		return w.stop(i)
	}
	w.elements++
	w.tag = tag{elem: uint32(len(w.tree.Nodes)), seen: 1 << xmlnsBit, doubt: colon > 0 || w.inherit.decl&scopeBit != 0}
	n := w.addNode()
	n.Kind, n.PrefixLen, n.Name, n.NameLen = codec.KindElement, uint8(colon), name, uint16(end-i-1)
	n.NameOff = uint32(i + 1 + v.from)
	w.tag.opening = w.openings.learnElement(v.text, v.size, i, end, n)
	w.state = inTag
	return end
}

// leapName reads a name that does not end the view, and returns also the length of its prefix and the Atom of its local part.
func (w *parser) leapName(i int) (end, colon int, name atom.Atom) {
	v, local, limit := &w.view, i, i+w.maxName
	for {
		end = v.nameEnd(local)
		size := end - local
		if size == 0 || end == v.size || end > limit || class[v.text.at(local)]&nameStart == 0 {
			return stopped, 0, 0
		}
		switch c := v.text.at(end); {
		case c == ':' && colon == 0 && end+1 < v.size && size <= maxPrefix:
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
	return stopped
}

// leapInTag reads an attribute or the end of a start tag.
func (w *parser) leapInTag(i int) int {
	v := &w.view
	at := v.skip(i)
	switch {
	case at+2 > v.size:
		return w.stopTag(i)
	case v.text.at(at) == '>' || v.text.at(at) == '/':
		return w.leapTagEnd(at)
	case at == i:
		return w.stopTag(i)
	}
	next := w.leapAttr(at)
	if next == stopped {
		return w.stopTag(i)
	}
	return next
}

// isQuote reports whether c is a quote.
func isQuote(c byte) bool { return c == '\'' || c == '"' }

// nameEnd returns the index of the first byte from i on that is no ASCII byte of a name; the colon is none.
func (v *view) nameEnd(i int) int {
	for i < v.size && class[v.text.at(i)]&nameByte != 0 {
		i++
	}
	return i
}

// skip returns the index of the first byte from i on that is no white space.
func (v *view) skip(i int) int {
	for i < v.size && class[v.text.at(i)]&space != 0 {
		i++
	}
	return i
}

// leapAttr reads an attribute, whose name begins at i, and learns its opening. Other than its kind it does not stop w.
func (w *parser) leapAttr(i int) int {
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
	w.tag.doubt = w.tag.doubt || w.tag.seen>>bit&1 != 0 || colon > 0
	w.tag.seen |= 1 << bit
	switch {
	case colon > 0:
		w.attrPrefix(n)
	case bit == xmlnsBit:
		n.NS, w.tag.declared = atom.NSXMLNS, true
	}
	if from == name+2 && v.text.at(i-1) == ' ' {
		w.openings.learnAttribute(v.text, v.size, i-1, name+1, n, bit)
	}
	return end + 1
}

// leapValue returns the index of the quote that ends the value that begins at i.
func (w *parser) leapValue(i int, quote byte) int {
	if !isQuote(quote) {
		return stopped
	}
	return valueEnd(&w.desk.planes.Value, w.view.text, i, w.view.size, quote)
}

// leapTagEnd reads the end of a start tag.
func (w *parser) leapTagEnd(i int) int {
	v := &w.view
	next, c := i+1, v.text.at(i)
	if c == '/' {
		next, c = i+2, v.text.at(i+1)
	}
	if c != '>' {
		return w.stopTag(i)
	}
	g, outer := &w.tag, w.now()
	n := &w.tree.Nodes[g.elem]
	switch {
	case g.doubt:
		g.declared = g.declared || g.xmlns != 0
		if w.qualify() != again {
			w.leave(outer)
			return w.stopTag(i)
		}
	case g.xmlns != 0:
		w.inherit = g.to
		w.inScope++
		fallthrough
	default:
		n.NS, n.Decl = w.inherit.ns, w.inherit.decl
	}
	w.state = content
	if next > i+1 {
		n.End = uint32(len(w.tree.Nodes))
		w.leave(outer)
		return next
	}
	w.enter(outer)
	return next
}
