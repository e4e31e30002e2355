package compact

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// The kinds of items, FORMAT.md §3. The kind of an element is also the version of the stored form.
const (
	kindElement = 0x01
	kindOpen    = 0x02
	kindClose   = 0x03
)

// Version is the first byte of the stored form of an element: the version of the literal coding.
const Version = kindElement

// Encoder writes client streams in the compact coding. It has no state; all goroutines may use it.
//
// Names, prefixes and declarations are written as the Tree has them; what the Tree's root inherits is written nowhere. A
// stanza that names the namespace jabber:server explicitly gets jabber:client: between a server and a client stream it is re-scoped,
// as RFC 6120 §4.8.3 asks.
type Encoder struct{}

var _ codec.Encoder = Encoder{}

// Encoding implements codec.Encoder.
func (Encoder) Encoding() codec.Encoding { return codec.Compact }

// AppendOpen implements codec.Encoder. Children that e has are left out.
func (Encoder) AppendOpen(dst []byte, e codec.Element) []byte {
	t, i := e.Tree()
	dst, mark := beginItem(dst, kindOpen)
	dst, _ = appendHead(dst, t, i, nil, bodyEmpty, false)
	return endItem(dst, mark)
}

// AppendElement implements codec.Encoder: it appends an item.
func (Encoder) AppendElement(dst []byte, e codec.Element) []byte {
	dst, mark := beginItem(dst, kindElement)
	return endItem(appendRoot(dst, e), mark)
}

// AppendSplit implements codec.Encoder. What it appends is the stored form, which is an item without its length: the length is
// known when the last child is (AppendFrame, AppendStored).
func (Encoder) AppendSplit(dst []byte, e codec.Element) (out []byte, tail int) {
	return appendRoot(append(dst, kindElement), e), 1
}

// AppendChild implements codec.Encoder.
func (Encoder) AppendChild(dst []byte, e codec.Element) []byte {
	t, i := e.Tree()
	var room [8]uint32
	dst, _ = appendElement(dst, t, i, outerDeclarations(room[:0], t, i), true)
	return dst
}

// AppendFrame implements codec.Encoder: it appends an item.
func (Encoder) AppendFrame(dst []byte, f *codec.Frame) []byte {
	head, stamp, tail := f.Parts(codec.Compact)
	dst = appendVarint(dst, len(head)+len(stamp)+len(tail))
	return append(append(append(dst, head...), stamp...), tail...)
}

// AppendClose implements codec.Encoder.
func (Encoder) AppendClose(dst []byte) []byte { return append(dst, 1, kindClose) }

// Parse implements codec.Encoder.
func (Encoder) Parse(whole []byte, s *codec.Scratch) error {
	return Parse(whole, &s.Tree, &codec.Limits{})
}

// AppendStored appends the item of an element that is at hand in its stored form, which is not checked.
func AppendStored(dst, stored []byte) []byte {
	return append(appendVarint(dst, len(stored)), stored...)
}

// lengthRoom is the bytes that beginItem leaves for the length: right for most items, the others are moved.
const lengthRoom = 2

func beginItem(dst []byte, kind byte) (out []byte, mark int) {
	return append(dst, 0, 0, kind), len(dst)
}

func endItem(dst []byte, mark int) []byte {
	body := len(dst) - mark - lengthRoom
	var room [maxVarint]byte
	length := appendVarint(room[:0], body)
	for n := lengthRoom; n < len(length); n++ {
		dst = append(dst, 0)
	}
	copy(dst[mark+len(length):], dst[mark+lengthRoom:mark+lengthRoom+body])
	copy(dst[mark:], length)
	return dst[:mark+len(length)+body]
}

// appendRoot appends e so that its last byte ends its content list, whatever it holds.
func appendRoot(dst []byte, e codec.Element) []byte {
	t, i := e.Tree()
	var room [8]uint32
	dst, content := appendHead(dst, t, i, outerDeclarations(room[:0], t, i), bodyList, true)
	return appendList(dst, t, content, t.Nodes[i].End, isContent(t.Nodes[i].NS))
}

// appendElement appends the element at i, with the declarations at outer added, and returns the index after it. scoped says that
// only elements of the content namespace are around it.
func appendElement(dst []byte, t *codec.Tree, i uint32, outer []uint32, scoped bool) ([]byte, uint32) {
	end := t.Nodes[i].End
	content := contentOf(t, i)
	switch {
	case content == end:
		dst, _ = appendHead(dst, t, i, outer, bodyEmpty, scoped)
	case content+1 == end && t.Nodes[content].Kind == codec.KindText:
		dst, _ = appendHead(dst, t, i, outer, bodyText, scoped)
		dst = appendString(dst, t.NodeValue(content))
	default:
		dst, _ = appendHead(dst, t, i, outer, bodyList, scoped)
		dst = appendList(dst, t, content, end, scoped && isContent(t.Nodes[i].NS))
	}
	return dst, end
}

func appendList(dst []byte, t *codec.Tree, i, end uint32, scoped bool) []byte {
	for i < end {
		if t.Nodes[i].Kind == codec.KindText {
			dst = appendString(append(dst, contentText), t.NodeValue(i))
			i++
			continue
		}
		dst, i = appendElement(dst, t, i, nil, scoped)
	}
	return append(dst, contentEnd)
}

// contentOf returns the index of the first node after the attributes of the element at i.
func contentOf(t *codec.Tree, i uint32) uint32 {
	end := t.Nodes[i].End
	for i++; i < end && t.Nodes[i].Kind == codec.KindAttr; i++ {
	}
	return i
}

// appendHead appends the element at i up to its attributes, and returns the index of its content.
func appendHead(dst []byte, t *codec.Tree, i uint32, outer []uint32, body byte, scoped bool) ([]byte, uint32) {
	n := &t.Nodes[i]
	scoped = scoped && n.PrefixLen == 0 && isContent(n.NS)
	content := contentOf(t, i)
	attrs := int(content-i-1) + len(outer)
	head := headElement | body | byte(min(attrs, headAttrMax)<<headAttrShift)
	if n.PrefixLen > 0 {
		head |= headPrefixed
	}
	dst = append(dst, head)
	if attrs >= headAttrMax {
		dst = appendVarint(dst, attrs-headAttrMax)
	}
	dst = appendName(dst, t, i)
	for _, a := range outer {
		dst = appendAttr(dst, t, a)
	}
	for a := i + 1; a < content; a++ {
		if m := &t.Nodes[a]; scoped && m.NS == atom.NSXMLNS && m.PrefixLen == 0 {
			dst = appendWord(appendWord(dst, atom.XMLNS), atom.NSClient) // it puts the element into a content namespace
			continue
		}
		dst = appendAttr(dst, t, a)
	}
	return dst, content
}

func isContent(ns atom.Atom) bool { return ns == atom.NSClient || ns == atom.NSServer }

func appendAttr(dst []byte, t *codec.Tree, i uint32) []byte {
	if n := &t.Nodes[i]; n.PrefixLen > 0 {
		if n.NS == atom.NSXML && n.Name == atom.Lang {
			return appendString(append(dst, nameXMLLang), t.NodeValue(i)) // no prefix but "xml" is bound to this namespace
		}
		dst = append(dst, tokenPrefixed)
	}
	return appendString(appendName(dst, t, i), t.NodeValue(i))
}

// appendName appends the name of node i, its prefix before it when it has one.
func appendName(dst []byte, t *codec.Tree, i uint32) []byte {
	n := &t.Nodes[i]
	name := t.NodeName(i)
	if p := n.PrefixLen; p > 0 {
		dst = appendString(dst, name[:p])
		name = name[p+1:]
	}
	if n.Name != atom.Unknown {
		return appendWord(dst, n.Name)
	}
	return appendLiteral(dst, name)
}
