package compact

import (
	"math"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// parser reads one element into a Tree. It is borrowed for that from a pool.
type parser struct {
	tree      *codec.Tree
	src       []byte
	pos       int // 0 ≤ pos ≤ len(src)
	limits    *codec.Limits
	expanded  int // bytes that the element has as XML so far, without escapes
	elements  int
	space     space           // the default namespace here
	afterText bool            // the last node is a text of the innermost open element
	lists     []list          // the elements that are open
	bindings  []binding       // the namespace declarations in scope, the outermost first
	buckets   [buckets]uint32 // index+1 of the innermost binding of each
	seen      []uint32        // see anyTwiceOfMany
}

// list is an open element, and what holds again after it.
type list struct {
	index    uint32
	space    space
	bindings int
}

func (p *parser) begin(item []byte, t *codec.Tree, limits *codec.Limits, content atom.Atom) {
	t.Reset(item)
	*p = parser{
		tree: t, src: item, pos: 1, limits: limits, space: space{ns: content},
		lists: p.lists[:0], bindings: p.bindings[:0], seen: p.seen,
	}
}

func (p *parser) fail(condition atom.Atom, reason string) error {
	return &codec.Error{Condition: condition, Offset: int64(p.pos), Reason: reason}
}

func (p *parser) cut() error { return p.fail(atom.BadFormat, "the item ends within its element") }

// run reads the root and all within it, to the end of the item.
func (p *parser) run() error {
	c, err := p.byte()
	if err == nil && c < headElement {
		err = p.fail(atom.BadFormat, "an item that does not begin with an element")
	}
	if err == nil {
		err = p.element(c)
	}
	for err == nil && len(p.lists) > 0 {
		err = p.node()
	}
	if err == nil && p.pos != len(p.src) {
		err = p.fail(atom.BadFormat, "bytes after the element in an item")
	}
	return err
}

// node reads one byte of a content list and what it stands for.
func (p *parser) node() error {
	c, err := p.byte()
	switch {
	case err != nil:
		return err
	case c >= headElement:
		return p.element(c)
	case c == contentText:
		return p.text()
	case c == contentEnd:
		p.endList()
		return nil
	}
	p.pos--
	return p.fail(atom.BadFormat, "an unknown byte in a content list")
}

func (p *parser) endList() {
	last := len(p.lists) - 1
	l := &p.lists[last]
	p.tree.Nodes[l.index].End = uint32(len(p.tree.Nodes))
	p.space, p.afterText = l.space, false
	p.unbind(l.bindings)
	p.lists = p.lists[:last]
}

// element reads an element that begins with the byte head, up to its content list when it has one.
func (p *parser) element(head byte) error {
	index := uint32(len(p.tree.Nodes))
	outer := list{index: index, space: p.space, bindings: len(p.bindings)}
	if err := p.startTag(head, index); err != nil {
		return err
	}
	p.lists = append(p.lists, outer)
	switch head & headBody {
	case bodyEmpty:
		p.endList()
		return nil
	case bodyText, bodyList:
		if err := p.grow(p.nameLen(index) + len("></>") - len("/>")); err != nil || head&headBody == bodyList {
			return err
		}
		err := p.text()
		p.endList()
		return err
	}
	return p.fail(atom.BadFormat, "an element of an unknown form")
}

// startTag reads the element's name and attributes, and resolves their namespaces.
func (p *parser) startTag(head byte, index uint32) error {
	p.elements++
	p.afterText = false
	switch {
	case p.limits.Elements > 0 && p.elements > p.limits.Elements:
		return p.fail(atom.PolicyViolation, "too many elements")
	case p.limits.Depth > 0 && len(p.lists) >= p.limits.Depth:
		return p.fail(atom.PolicyViolation, "elements nested too deep")
	}
	attrs, err := p.attrCount(head)
	if err != nil {
		return err
	}
	p.tree.Nodes = append(p.tree.Nodes, codec.Node{Kind: codec.KindElement})
	if err := p.name(index, head&headPrefixed != 0); err != nil {
		return err
	}
	if err := p.grow(p.nameLen(index) + len("</>")); err != nil {
		return err
	}
	for range attrs {
		if err := p.attr(); err != nil {
			return err
		}
	}
	return p.resolve(index)
}

func (p *parser) attrCount(head byte) (int, error) {
	n := int(head>>headAttrShift) & headAttrMax
	if n == headAttrMax {
		more, err := p.varint()
		if err != nil {
			return 0, err
		}
		n += more
	}
	if p.limits.Attributes > 0 && n > p.limits.Attributes {
		return 0, p.fail(atom.PolicyViolation, "too many attributes")
	}
	return n, nil
}

// text reads the string of a text. A Tree has no empty text, and no two texts in a row.
func (p *parser) text() error {
	if p.afterText {
		return p.fail(atom.BadFormat, "a text directly after a text")
	}
	s, err := p.value()
	if err != nil {
		return err
	}
	if s.n == 0 {
		return p.fail(atom.BadFormat, "an empty text")
	}
	p.tree.Nodes = append(p.tree.Nodes, codec.Node{Kind: codec.KindText, Off: s.off, Len: s.n})
	p.afterText = true
	return p.grow(int(s.n))
}

// grow adds n to the size that the element has as XML.
func (p *parser) grow(n int) error {
	p.expanded += n
	limit := p.limits.Bytes
	if limit == 0 {
		limit = math.MaxInt32
	}
	if p.expanded > limit {
		return p.fail(atom.PolicyViolation, "the element is too large")
	}
	return nil
}
