package xmltext

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// Encoder writes XML; it implements [codec.Encoder]. The zero Encoder is for client streams. Any goroutine may call it.
//
// Names, prefixes and declarations are written as the Tree has them; what the Tree's root inherits is written nowhere. Whatever
// a Tree holds, the output is well-formed: characters that XML does not have become U+FFFD. That prefixes are declared is up to
// whoever makes a Tree by hand.
//
// A stanza that names its content namespace explicitly gets the stream's: between a client and a server stream it
// is re-scoped, as RFC 6120 §4.8.3 asks.
type Encoder struct {
	// Content is the content namespace of the stream, atom.NSClient or atom.NSServer; zero is atom.NSClient.
	Content atom.Atom
}

var _ codec.Encoder = Encoder{}

const (
	xmlDeclaration = "<?xml version='1.0'?>"
	rootStart      = "<" + usualRoot
	rootEnd        = "</" + usualRoot + ">"
)

// Encoding implements codec.Encoder.
func (x Encoder) Encoding() codec.Encoding { return codec.XML }

func (x Encoder) content() atom.Atom {
	if x.Content == atom.Unknown {
		return atom.NSClient
	}
	return x.Content
}

// AppendOpen implements codec.Encoder. An XML declaration comes first (RFC 6120 §11.5). The name is stream:stream whatever e is called;
// the declarations of the content namespace and of the prefix stream are added when e lacks them.
func (x Encoder) AppendOpen(dst []byte, e codec.Element) []byte {
	dst = append(append(dst, xmlDeclaration...), rootStart...)
	t, root := e.Tree()
	hasContent, hasPrefix := false, false
	for i := root + 1; t != nil && i < t.Nodes[root].End && t.Nodes[i].Kind == codec.KindAttr; i++ {
		if n := &t.Nodes[i]; n.NS == atom.NSXMLNS {
			hasContent = hasContent || n.PrefixLen == 0
			hasPrefix = hasPrefix || string(t.NodeName(i)) == "xmlns:stream"
		}
		dst = appendAttr(dst, t, i)
	}
	if !hasContent {
		dst = appendDeclaration(dst, "", x.content())
	}
	if !hasPrefix {
		dst = appendDeclaration(dst, ":stream", atom.NSStreams)
	}
	return append(dst, '>')
}

func appendDeclaration(dst []byte, suffix string, ns atom.Atom) []byte {
	dst = append(append(dst, " xmlns"...), suffix...)
	dst = append(append(dst, "='"...), ns.String()...)
	return append(dst, '\'')
}

// AppendClose implements codec.Encoder.
func (x Encoder) AppendClose(dst []byte) []byte { return append(dst, rootEnd...) }

// AppendElement implements codec.Encoder.
func (x Encoder) AppendElement(dst []byte, e codec.Element) []byte {
	dst, _ = x.append(dst, e, false)
	return dst
}

// AppendSplit implements codec.Encoder.
func (x Encoder) AppendSplit(dst []byte, e codec.Element) (out []byte, tail int) {
	return x.append(dst, e, true)
}

// AppendChild implements codec.Encoder. The namespace that a stanza's children inherit is its content namespace.
func (x Encoder) AppendChild(dst []byte, e codec.Element) []byte { return x.AppendElement(dst, e) }

// AppendFrame implements codec.Encoder.
func (x Encoder) AppendFrame(dst []byte, f *codec.Frame) []byte {
	head, stamp, tail := f.Parts(codec.XML)
	dst = append(append(dst, head...), stamp...)
	return append(dst, tail...)
}

// Parse implements codec.Encoder.
func (x Encoder) Parse(whole []byte, s *codec.Scratch) error {
	d := NewDecoder(&codec.Limits{})
	defer d.Close()
	if _, _, err := d.Decode(x.AppendOpen(nil, codec.Element{}), s); err != nil {
		return err
	}
	n, event, err := d.Decode(whole, s)
	if err == nil && (event != codec.EventElement || n != len(whole)) {
		err = &codec.Error{Condition: atom.BadFormat, Reason: "not one element"}
	}
	return err
}

// append appends e with all it needs where only the content namespace is inherited. With split it always writes an end
// tag and returns its length.
func (x Encoder) append(dst []byte, e codec.Element, split bool) (out []byte, tail int) {
	t, i := e.Tree()
	if t == nil {
		return dst, 0
	}
	w := writer{tree: t, content: x.content()}
	dst = w.startTag(dst, i, true)
	if i > 0 {
		dst = w.inherited(dst, i)
	}
	return w.rest(dst, i, true, split)
}

// writer writes elements of one Tree.
type writer struct {
	tree    *codec.Tree
	content atom.Atom
}

// element appends element i. scoped says that it stands in a stanza with nothing but elements of the content
// namespace around it.
func (w *writer) element(dst []byte, i uint32, scoped bool) []byte {
	dst = w.startTag(dst, i, scoped)
	dst, _ = w.rest(dst, i, scoped, false)
	return dst
}

// startTag appends the start tag but for its end.
func (w *writer) startTag(dst []byte, i uint32, scoped bool) []byte {
	nodes := w.tree.Nodes
	end := nodes[i].End
	scoped = scoped && isContent(nodes[i].NS) && nodes[i].PrefixLen == 0
	dst = appendName(append(dst, '<'), w.tree, i)
	for i++; i < end && nodes[i].Kind == codec.KindAttr; i++ {
		if n := &nodes[i]; scoped && n.NS == atom.NSXMLNS && n.PrefixLen == 0 {
			dst = appendDeclaration(dst, "", w.content) // it is what puts the element into a content namespace
			continue
		}
		dst = appendAttr(dst, w.tree, i)
	}
	return dst
}

func isContent(ns atom.Atom) bool { return ns == atom.NSClient || ns == atom.NSServer }

// rest appends what follows the start tag's attributes, and returns how long the end tag is.
func (w *writer) rest(dst []byte, i uint32, scoped, split bool) (out []byte, tail int) {
	nodes := w.tree.Nodes
	end := nodes[i].End
	scoped = scoped && isContent(nodes[i].NS)
	k := i + 1
	for k < end && nodes[k].Kind == codec.KindAttr {
		k++
	}
	if k == end && !split {
		return append(dst, "/>"...), 0
	}
	dst = append(dst, '>')
	for k < end {
		if nodes[k].Kind == codec.KindText {
			dst = appendText(dst, w.tree.NodeValue(k))
			k++
			continue
		}
		dst = w.element(dst, k, scoped)
		k = nodes[k].End
	}
	start := len(dst)
	dst = append(appendName(append(dst, "</"...), w.tree, i), '>')
	return dst, len(dst) - start
}

func appendAttr(dst []byte, t *codec.Tree, i uint32) []byte {
	dst = appendName(append(dst, ' '), t, i)
	dst = appendValue(append(dst, "='"...), t.NodeValue(i))
	return append(dst, '\'')
}
