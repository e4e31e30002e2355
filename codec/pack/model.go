package pack

import (
	"bytes"

	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/pack/coder"
)

// What can follow in an element, or at the beginning of an item: the symbols of class next. From tagBase on they are elements whose start the model knows.
const (
	symEnd     = iota // of the element; of the frame
	symText           // text
	symLiteral        // an element whose start the model does not know
	symHeader         // an item that is the header of a stream
	symClose          // an item that is the end of a stream
	symRaw            // an item that is not regular
	tagBase
)

// Parents and preceding siblings that are no elements.
const (
	tagNone    = iota // before the first child
	tagUp             // the parent of all items from the client,
	tagDown           // and of those to it
	tagOpen           // the parent of a stream's header
	tagUnknown        // an element whose start the model does not know
	tagText           // text, as a preceding sibling
)

// tag is the start of an element as it is often written: its name, and the names of its attributes in order. Some values belong to it.
type tag struct {
	prevs    []uint16 // what precedes in such an element, the most frequent first,
	next     []follow // and what can follow that
	any      coder.List
	pieces   []piece // what stands in the literal coding around the values of the slots: at first the head, without the form of the body
	holes    []hole
	text     uint16 // the slot of its text
	stick    uint8  // of the sorts of what senders say again and again, that which its values are; 0: none
	stanza   bool
	vouched  bool // the stanzas in it are from the server, if it is the child of a stanza from there
	prefixed bool
	name     []byte // as written in the literal coding, after the head
	attrs    []attr
}

// follow is what can follow something in a tag.
type follow struct {
	list coder.List
	keys []key // of what is in it
}

// after returns what follows prev, nil when nothing is known of it.
func (t *tag) after(prev uint16) *follow {
	for i, p := range t.prevs {
		if p == prev {
			return &t.next[i]
		}
	}
	return nil
}

// attr is an attribute of a tag.
type attr struct {
	name  []byte
	value []byte // nil: it is a slot
}

// hole is an attribute whose value is not the tag's.
type hole struct {
	attr uint16
	slot uint16
	role role
}

// slot is a place where a value stands.
type slot struct {
	list  coder.List
	role  role
	text  bool  // it has free text and nothing else
	stick uint8 // the sort of what senders say again and again, 0: none
}

// role says what the tables are to do with the value of a slot.
type role uint16

const (
	roleFrom   role = 1 << iota // of a stanza
	roleTo                      // of a stanza
	roleID                      // of a stanza
	roleReply                   // the id of a stanza that answers one with the same
	roleRefers                  // an id that may be one of other stanzas, or of the archive
	roleBy                      // an address that the server writes
	roleCount                   // of stanzas
	roleStamp                   // a time
	roleStream                  // the name of a stream that is resumed
)

// model is all that is known before anything is coded. It is fixed.
type model struct {
	tags    []tag
	byStart map[uint64]uint16
	slots   []slot
	next0   coder.List
	kinds0  coder.List
	idKinds [nKinds]coder.List // by the kind of the sender's last id
	lens    [nLens]coder.List  // by what the length, or number, is of
	again   [][2]coder.List    // by sort: whether a sender says what it has said, or what one with its bare JID has
	starts  []tagStart         // of the tags, for a Trainer
	strings [][]byte           // frequent values that are no words
	byValue map[string]uint16
	likely  [1 << 6]uint64 // by a few of their bits, whether there may be one
}

// words holds the words of the table.
var words = func() (w [atom.Count][]byte) {
	for a := range w {
		w[a] = []byte(atom.Atom(a).String())
	}
	return w
}()

// start is the beginning of an element in the literal coding.
type start struct {
	name     []byte
	prefixed bool
	attrs    []startAttr
}

type startAttr struct {
	name, value []byte
}

// tagStart is the start that a tag is, and what else the file says of it.
type tagStart struct {
	start
	sticky     bool // its values are said again and again,
	stickyText bool // or its text
	vouched    bool
}

// readStart reads the start of an element into s, and returns its body's form.
func (w *walk) readStart(s *start) (body byte) {
	head := w.byte()
	n := w.attrs(head)
	s.prefixed = head&headPrefixed != 0
	s.name = w.name(s.prefixed)
	s.attrs = s.attrs[:0]
	for ; n > 0 && !w.bad; n-- {
		name := w.name(false)
		s.attrs = append(s.attrs, startAttr{name: name, value: w.str()})
	}
	return head & bodyMask
}

// stanza reports whether the element is a stanza, by its name.
func (s *start) stanza() bool {
	return !s.prefixed && s.name[0] <= byte(atom.IQ)
}

// fixed reports whether the value of an attribute belongs to the tag: it is a namespace, or the type of a stanza.
func fixed(name []byte, stanza bool) bool {
	return name[0] == byte(atom.XMLNS) || name[0] == tokenPrefixed && name[1] == byte(atom.XMLNS) || stanza && name[0] == byte(atom.Type)
}

// key returns a number for what of s belongs to a tag.
func (s *start) key() uint64 {
	stanza := s.stanza()
	h := mix(uint64(len(s.attrs))<<1, s.name)
	for i := range s.attrs {
		a := &s.attrs[i]
		if h = mix(h, a.name); fixed(a.name, stanza) {
			h = mix(h, a.value)
		}
	}
	return h
}

// mix adds b to a hash (FNV-1a).
func mix(h uint64, b []byte) uint64 {
	h ^= 0xCBF29CE484222325
	for _, c := range b {
		h = (h ^ uint64(c)) * 0x100000001B3
	}
	return h
}

// find returns the tag that s is.
func (m *model) find(s *start) (uint16, bool) {
	i, ok := m.byStart[s.key()]
	if !ok {
		return tagUnknown, false
	}
	t := &m.tags[i]
	if t.prefixed != s.prefixed || len(t.attrs) != len(s.attrs) || !bytes.Equal(t.name, s.name) {
		return tagUnknown, false
	}
	for j := range t.attrs {
		a, b := &t.attrs[j], &s.attrs[j]
		if !bytes.Equal(a.name, b.name) || (a.value != nil) != fixed(b.name, s.stanza()) || a.value != nil && !bytes.Equal(a.value, b.value) {
			return tagUnknown, false
		}
	}
	return i, true
}

// valueOf returns the number of the string that v is.
func (m *model) valueOf(v []byte) (n int, ok bool) {
	if len(v) == 0 || m.likely[bitsOf(v)>>6]>>(bitsOf(v)&63)&1 == 0 {
		return 0, false
	}
	i, ok := m.byValue[string(v)]
	return int(i), ok
}

// bitsOf returns twelve bits of a string that is not empty.
func bitsOf(v []byte) uint {
	return (uint(len(v))*67 ^ uint(v[0])<<5 ^ uint(v[len(v)/2])<<2 ^ uint(v[len(v)-1])) & (1<<12 - 1)
}
