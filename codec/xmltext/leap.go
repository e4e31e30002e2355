package xmltext

import (
	"math/bits"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// The tokenizer that leaps from delimiter to delimiter by the planes (package plane). It reads what is whole, usual and right; at anything else it stops in
// front of it, in state content or inTag, and the careful states go on from there. So each check exists once, there, and what leap
// does is only to see that none of them has anything to say.

// ready reports whether leap may go on where w is.
func (w *parser) ready() bool {
	return w.desk != nil && w.place == within &&
		(w.state == inTag || w.state == content && w.mark == w.pos && !w.saving || w.state == outside && w.src[0] == '<')
}

// leap reads as far as the planes help. again says that the careful states have to go on.
func (w *parser) leap() result {
	for {
		r := w.leapOn()
		if r != again || !w.look() {
			return r
		}
	}
}

// leapOn is leap within the view.
func (w *parser) leapOn() result {
	if w.state == inTag {
		if !w.leapAttrs() {
			return again
		}
		if len(w.open) == 0 {
			return w.finish()
		}
	}
	src, to := textOf(w.src), w.view.to
	for {
		i := w.pos
		if i+1 >= to {
			return again
		}
		if src.at(i) != '<' {
			if i = w.leapText(i); i < 0 {
				return again
			}
		}
		if src.at(i+1) == '/' {
			if !w.leapEnd(i + 2) {
				return again
			}
		} else if !w.leapStart(i+1) || !w.leapAttrs() {
			return again
		}
		if len(w.open) == 0 {
			return w.finish()
		}
	}
}

// finish ends the element that leap has read.
func (w *parser) finish() result {
	if w.used != 0 {
		w.addUsed()
	}
	w.event = codec.EventElement
	return done
}

// leapText adds the text that begins at i, and returns the index of the < behind it; a negative one when there is more to the text.
func (w *parser) leapText(i int) int {
	src, from, to := textOf(w.src), w.view.from, w.view.to
	end := i
	for {
		x := row(&w.desk.planes.Text, end-from)
		if x == 0 {
			if end += reach; end >= to {
				return -1
			}
			continue
		}
		end += bits.TrailingZeros64(x)
		if end+1 >= to {
			return -1
		}
		switch src.at(end) {
		case '<':
			if len(w.open) == 0 || src.at(end+1) == '!' {
				return -1 // CDATA belongs to the text
			}
			n := w.addNode()
			n.Kind, n.Off, n.Len = codec.KindText, uint32(i), uint32(end-i)
			w.pos, w.mark = end, end
			return end
		case '\n', '\t':
			end++
		case ']':
			if src.at(end+1) == ']' {
				return -1
			}
			end++
		default:
			return -1
		}
	}
}

// leapEnd reads the end tag whose name begins at i.
func (w *parser) leapEnd(i int) bool {
	last := len(w.open) - 1
	if last < 0 {
		return false
	}
	top := &w.open[last]
	n := &w.tree.Nodes[top.node]
	size := int(n.NameLen)
	end := i + size
	if end >= w.view.to {
		return false
	}
	src := textOf(w.src)
	if src.at(end) != '>' || !sameBytes(src, i, int(n.NameOff), size, len(w.src)) {
		return false
	}
	n.End = uint32(len(w.tree.Nodes))
	w.inherit = top.inherit
	if len(w.bindings) != int(top.bindings) {
		w.unbind(int(top.bindings))
	}
	w.open = w.open[:last]
	w.pos, w.mark, w.state = end+1, end+1, content
	return true
}

// sameBytes reports whether the n bytes at i and j are the same; j < i, and there are limit bytes.
func sameBytes(src text, i, j, n, limit int) bool {
	if n <= 8 && i+8 <= limit {
		return (src.eight(i)^src.eight(j))<<(64-8*n) == 0
	}
	if n > 8 && n <= 16 {
		return src.eight(i) == src.eight(j) && src.eight(i+n-8) == src.eight(j+n-8)
	}
	for k := range n {
		if src.at(i+k) != src.at(j+k) {
			return false
		}
	}
	return true
}

// leapStart adds the element whose name begins at i.
func (w *parser) leapStart(i int) bool {
	if len(w.open) >= w.maxDepth || w.elements >= w.maxElements {
		return false
	}
	name, ok := w.leapName(i)
	if !ok {
		return false
	}
	w.elements++
	w.elem = uint32(len(w.tree.Nodes))
	n := w.addNode()
	n.Kind = codec.KindElement
	n.PrefixLen, n.Name, n.NameOff, n.NameLen = uint8(name.colon), name.atom, uint32(i), uint16(name.end-i)
	w.declared, w.prefixed, w.spaced = false, false, false
	w.seen, w.doubt = 0, false
	w.pos, w.state = name.end, inTag
	return true
}

// nameFound is a name that leapName has read.
type nameFound struct {
	end   int // the index after it
	colon int // bytes before its colon, 0: it has none
	atom  atom.Atom
}

// leapName reads the name that begins at i. end is in view.
func (w *parser) leapName(i int) (name nameFound, ok bool) {
	src, from, start := textOf(w.src), w.view.from, i
	x := row(&w.desk.planes.Name, i-from)
	size := bits.TrailingZeros64(x)
	end := i + size
	if x == 0 || end >= w.view.to || class[src.at(i)]&nameStart == 0 {
		return name, false
	}
	if src.at(end) == ':' {
		name.colon = size
		i = end + 1
		x = row(&w.desk.planes.Name, i-from)
		size = bits.TrailingZeros64(x)
		end = i + size
		if x == 0 || end >= w.view.to || class[src.at(i)]&nameStart == 0 || src.at(end) == ':' {
			return name, false
		}
	}
	if src.at(end) >= 0x80 || end-start > w.maxName {
		return name, false
	}
	name.end = end
	if size <= 8 && i+8 <= len(w.src) {
		name.atom = atom.LookupKey(src.eight(i)<<(64-8*size)>>(64-8*size), size)
	} else {
		name.atom = atom.Lookup(w.src[i:end])
	}
	return name, true
}

// leapAttrs reads from the name of a start tag, or from an attribute, to the end of the tag, and opens the element, or ends it when it is empty.
func (w *parser) leapAttrs() bool {
	src, from, to := textOf(w.src), w.view.from, w.view.to
	i := w.pos
	for {
		if i+1 >= to {
			w.pos = i
			return false
		}
		switch src.at(i) {
		case ' ':
		case '>':
			w.pos = i
			return w.leapTagEnd(i+1, false)
		case '/':
			w.pos = i
			return src.at(i+1) == '>' && w.leapTagEnd(i+2, true)
		default:
			w.pos = i
			return false
		}
		name, ok := w.leapName(i + 1)
		if !ok || name.end+2 >= to || len(w.tree.Nodes)-int(w.elem) > w.maxAttributes {
			w.pos = i
			return false
		}
		var quote byte
		switch src.two(name.end) {
		case '=' | '\''<<8:
			quote = '\''
		case '=' | '"'<<8:
			quote = '"'
		default:
			w.pos = i
			return false
		}
		value := name.end + 2
		end := value
		for {
			x := row(&w.desk.planes.Value, end-from)
			if x == 0 {
				end += reach
				if end < to {
					continue
				}
				w.pos = i
				return false
			}
			end += bits.TrailingZeros64(x)
			if end >= to {
				w.pos = i
				return false
			}
			c := src.at(end)
			if c == quote {
				break
			}
			if c != '\'' && c != '"' {
				w.pos = i
				return false
			}
			end++
		}
		w.spaced = false
		n := w.addNode()
		n.Kind = codec.KindAttr
		n.PrefixLen, n.Name, n.NameOff, n.NameLen = uint8(name.colon), name.atom, uint32(i+1), uint16(name.end-i-1)
		n.Off, n.Len = uint32(value), uint32(end-value)
		if name.colon > 0 {
			w.attrPrefix(n)
			w.doubt = true
		} else if name.atom == atom.XMLNS {
			n.NS, w.declared = atom.NSXMLNS, true
		}
		bit := uint64(1) << (name.atom & 63)
		w.doubt = w.doubt || w.seen&bit != 0
		w.seen |= bit
		i = end + 1
	}
}

// leapTagEnd ends the start tag; what follows it begins at next.
func (w *parser) leapTagEnd(next int, empty bool) bool {
	if w.declared || w.prefixed || w.doubt || w.inherit.decl&scopeBit != 0 || w.tree.Nodes[w.elem].PrefixLen > 0 {
		return w.leapQualify(next, empty)
	}
	n := &w.tree.Nodes[w.elem]
	n.NS, n.Decl = w.inherit.ns, w.inherit.decl
	w.pos, w.mark, w.state = next, next, content
	if empty {
		n.End = uint32(len(w.tree.Nodes))
		return true
	}
	w.open = append(w.open, openElement{node: w.elem, bindings: uint32(len(w.bindings)), inherit: w.inherit})
	return true
}

// leapQualify is leapTagEnd where names have to be resolved.
func (w *parser) leapQualify(next int, empty bool) bool {
	outer := openElement{node: w.elem, bindings: uint32(len(w.bindings)), inherit: w.inherit}
	if w.qualify() != again {
		w.unbind(int(outer.bindings))
		w.inherit = outer.inherit
		return false
	}
	w.pos, w.mark, w.state = next, next, content
	if empty {
		w.tree.Nodes[w.elem].End = uint32(len(w.tree.Nodes))
		w.inherit = outer.inherit
		w.unbind(int(outer.bindings))
		return true
	}
	w.open = append(w.open, outer)
	return true
}
