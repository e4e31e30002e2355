package xmltext

import "github.com/godwit-im/godwit/codec/atom"

// The shortcuts. Each takes a whole piece of the usual shape, or nothing; then the careful states read it, and find the fault if there is
// one. They only save time: everything is right without them.

// quickName returns the end of the ASCII name that begins at i, and the length of its prefix; 0 when the name is not ASCII, not a QName,
// longer than limit, or when it may go on after src.
func quickName(src []byte, i, limit int) (end, colon int) {
	end = nameRun(src, i)
	if end == len(src) || end == i || class[src[i]]&nameStart == 0 {
		return 0, 0
	}
	if src[end] == ':' {
		colon = end - i
		start := end + 1
		end = nameRun(src, start)
		if end == len(src) || end == start || class[src[start]]&nameStart == 0 || colon > maxPrefix {
			return 0, 0
		}
	}
	if c := src[end]; c >= 0x80 || c == ':' || end-i > limit {
		return 0, 0
	}
	return end, colon
}

// quickAttr adds the attribute that begins at i when nothing in it needs more than looking for the quote; it returns the index after it,
// otherwise 0.
func (w *parser) quickAttr(i int) int {
	src := w.src
	end, colon := quickName(src, i, w.maxName)
	if end == 0 || end+2 >= len(src) || src[end] != '=' {
		return 0
	}
	quote := src[end+1]
	if quote != '\'' && quote != '"' {
		return 0
	}
	from := end + 2
	to := valueRun(src, from, quote)
	if to == len(src) || src[to] != quote {
		return 0
	}
	n := w.addAttr(i, end, colon)
	n.Off, n.Len = uint32(from), uint32(to-from)
	if w.openings != nil && i > 0 && src[i-1] == ' ' {
		w.openings.learnAttribute(textOf(src), len(src), i-1, end+1, n, nameBit(src[i:end][colon:]))
	}
	return to + 1
}

// knownStart adds the element that begins with the < at i when its opening is known, and pos moves behind it.
func (w *parser) knownStart(i int) bool {
	src := textOf(w.src)
	if i+openingRoom >= len(w.src) {
		return false
	}
	first := src.eight(i)
	known := w.openings.element(first)
	o := &w.openings.elements[known]
	if !o.is(src, i, first) {
		if o = &w.openings.elements[known^1]; !o.is(src, i, first) {
			return false
		}
	}
	end := i + int(o.size)
	if c := src.at(end); c != ' ' && c != '>' && c != '/' {
		return false
	}
	w.tag = tag{elem: uint32(len(w.tree.Nodes)), seen: 1 << xmlnsBit, doubt: w.inherit.decl&scopeBit != 0}
	w.elements++
	n := w.nextNode()
	o.head.put(n)
	n.NameOff, n.Off, n.Len = uint32(i+1), 0, 0
	w.pos, w.state = end, inTag
	return true
}

// knownAttr adds the attribute that begins with the blank at i when its opening is known and nothing in its value needs more than looking for the quote; it
// returns the index after it, otherwise 0.
func (w *parser) knownAttr(i int) int {
	src := textOf(w.src)
	if i+openingRoom >= len(w.src) {
		return 0
	}
	first := src.eight(i)
	known := w.openings.attribute(first)
	o := &w.openings.attributes[known]
	if !o.is(src, i, first) {
		if o = &w.openings.attributes[known^1]; !o.is(src, i, first) {
			return 0
		}
	}
	from := i + int(o.size) + 1
	quote := src.at(from - 1)
	if quote != '\'' && quote != '"' {
		return 0
	}
	to := valueRun(w.src, from, quote)
	if to == len(w.src) || src.at(to) != quote {
		return 0
	}
	n := w.nextNode()
	o.head.put(n)
	n.NameOff, n.Off, n.Len, n.End, n.Decl = uint32(i+1), uint32(from), uint32(to-from), 0, 0
	if o.bit == xmlnsBit {
		w.tag.doubt = w.tag.doubt || w.tag.declared
		n.NS, w.tag.declared = atom.NSXMLNS, true
	} else {
		w.tag.doubt = w.tag.doubt || w.tag.seen>>o.bit&1 != 0
		w.tag.seen |= 1 << o.bit
	}
	return to + 1
}

// quickEnd returns the index after the end tag whose name begins at i when it is the one that is due, without white space; otherwise 0.
func (w *parser) quickEnd(i int) int {
	n := &w.tree.Nodes[w.open[len(w.open)-1].node]
	end := i + int(n.NameLen)
	if end >= len(w.src) || w.src[end] != '>' || string(w.src[i:end]) != string(w.src[n.NameOff:n.NameOff+uint32(n.NameLen)]) {
		return 0
	}
	return end + 1
}

// quickRef resolves the reference that begins at i when it is to one of the five entities, and returns the index after it; otherwise 0.
func (w *parser) quickRef(i int) int {
	name, c := "", byte(0)
	rest := w.src[i+1:]
	if len(rest) < len("quot;") {
		return 0
	}
	switch rest[0] {
	case 'a':
		name, c = "amp;", '&'
		if rest[1] == 'p' {
			name, c = "apos;", '\''
		}
	case 'l':
		name, c = "lt;", '<'
	case 'g':
		name, c = "gt;", '>'
	case 'q':
		name, c = "quot;", '"'
	}
	if c == 0 || string(rest[:len(name)]) != name || len(name) > w.maxName {
		return 0
	}
	next := i + 1 + len(name)
	w.save(i, next)
	w.tree.Aux = append(w.tree.Aux, c)
	return next
}
