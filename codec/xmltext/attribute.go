package xmltext

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

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
	w.tag.doubt = true
	if colon > 0 {
		w.attrPrefix(n)
	} else if n.Name == atom.XMLNS {
		n.NS, w.tag.declared = atom.NSXMLNS, true
	}
	return n
}

// attrPrefix gives n a namespace when its prefix is one of those that are always bound.
func (w *parser) attrPrefix(n *codec.Node) {
	switch string(w.src[n.NameOff : n.NameOff+uint32(n.PrefixLen)]) {
	case "xmlns":
		n.NS, w.tag.declared = atom.NSXMLNS, true
	case "xml":
		n.NS = atom.NSXML
	default:
		w.tag.prefixed = true
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
