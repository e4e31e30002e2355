package pack

import (
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/pack/coder"
	"github.com/godwit-im/godwit/codec/pack/text"
)

// version is that of PACK.md, and so of what this package writes. It is in the file of the model, and with it in the hash by which the ends of a link know that they understand each other.
const version = 3

//go:embed model.bin
var modelFile []byte

// Load reads the models, which otherwise the first frame waits for: some 25 ms and 3 MiB. Any goroutine may call it.
func Load() {
	theModel()
	text.Load()
}

// theModel returns the model that this package has.
var theModel = sync.OnceValue(func() *model { return readModel(modelFile) })

// build makes the tags and slots of the starts.
func (m *model) build() {
	m.tags = make([]tag, tagBase, tagBase+len(m.starts))
	m.slots = make([]slot, slotBase)
	m.byStart = make(map[uint64]uint16)
	m.byValue = make(map[string]uint16)
	for i := range m.tags {
		m.tags[i].text = slotText
	}
	for i := range m.starts {
		m.addTag(&m.starts[i])
	}
	for i, v := range m.strings {
		m.byValue[string(v)] = uint16(atom.Count) + uint16(i)
		m.likely[bitsOf(v)>>6] |= 1 << (bitsOf(v) & 63)
	}
}

func (m *model) addTag(s *tagStart) {
	t := tag{name: s.name, prefixed: s.prefixed, stanza: s.stanza(), vouched: s.vouched}
	piece := append(appendHead(nil, len(s.attrs), s.prefixed), s.name...)
	for i := range s.attrs {
		a := &s.attrs[i]
		t.attrs = append(t.attrs, attr{a.name, a.value})
		if piece = append(piece, a.name...); a.value != nil {
			piece = append(piece, a.value...)
			continue
		}
		h := hole{attr: uint16(i), role: roleOf(t.stanza, a.name)}
		if h.role == roleID && s.replies() {
			h.role = roleReply
		}
		h.slot = m.addSlot(h.role)
		t.holes = append(t.holes, h)
		t.pieces, piece = append(t.pieces, newPiece(piece, len(t.pieces) == 0)), nil
	}
	t.pieces = append(t.pieces, newPiece(piece, len(t.pieces) == 0))
	t.text = m.addSlot(0)
	if s.sticky {
		t.stick = m.addSort()
	}
	if s.stickyText {
		m.slots[t.text].stick = m.addSort()
	}
	m.byStart[s.key()] = uint16(len(m.tags))
	m.tags = append(m.tags, t)
}

// addSort returns a new sort of what is said again and again.
func (m *model) addSort() uint8 {
	m.again = append(m.again, [2]coder.List{})
	return uint8(len(m.again)) // a model with more than 255 is not ours
}

func (m *model) addSlot(r role) uint16 {
	m.slots = append(m.slots, slot{role: r})
	return uint16(len(m.slots) - 1)
}

// file writes the form of a model that is in the file: numbers are varints of encoding/binary, and each sequence has its length before it.
type file struct {
	m     *model
	nexts []byte
	n     int
	anys  []byte
	nAny  int
	rest  []byte
}

func (f *file) next(parent, prev uint16, l coder.List) {
	f.n++
	f.nexts = binary.AppendUvarint(binary.AppendUvarint(f.nexts, uint64(parent)), uint64(prev))
	f.nexts = appendList(f.nexts, l)
}

func (f *file) any(parent uint16, l coder.List) {
	f.nAny++
	f.anys = appendList(binary.AppendUvarint(f.anys, uint64(parent)), l)
}

func (f *file) lists(l coder.List) { f.rest = appendList(f.rest, l) }

func appendList(b []byte, l coder.List) []byte {
	b = binary.AppendUvarint(b, uint64(len(l)))
	for _, e := range l {
		b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(e.Symbol)), uint64(e.Weight))
	}
	return b
}

func appendBytes(b, v []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(v))), v...)
}

func (f *file) bytes() []byte {
	b := binary.AppendUvarint(nil, version)
	b = binary.AppendUvarint(b, uint64(len(f.m.starts)))
	for _, s := range f.m.starts {
		b = appendBytes(append(b, byte(b2i(s.prefixed)|b2i(s.stickyText)<<1|b2i(s.vouched)<<2|b2i(s.sticky)<<3)), s.name)
		b = binary.AppendUvarint(b, uint64(len(s.attrs)))
		for _, a := range s.attrs {
			b = appendBytes(b, a.name)
			b = appendBytes(b, a.value)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(f.m.strings)))
	for _, v := range f.m.strings {
		b = appendBytes(b, v)
	}
	b = append(binary.AppendUvarint(b, uint64(f.n)), f.nexts...)
	b = append(binary.AppendUvarint(b, uint64(f.nAny)), f.anys...)
	return append(b, f.rest...)
}

// reader reads a file, which is ours and right.
type reader struct{ b []byte }

func (r *reader) number() int {
	v, n := binary.Uvarint(r.b)
	r.b = r.b[n:]
	return int(v)
}

func (r *reader) byte() byte {
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *reader) bytes() []byte {
	n := r.number()
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

func (r *reader) list() coder.List {
	n := r.number()
	if n == 0 {
		return nil
	}
	l := make(coder.List, n)
	for i := range l {
		l[i].Symbol = uint16(r.number())
		l[i].Weight = uint16(r.number())
	}
	if err := l.Check(); err != nil {
		panic(err)
	}
	return l
}

// readModel reads a model from its file.
func readModel(b []byte) *model {
	r, m := reader{b}, new(model)
	if v := r.number(); v != version {
		panic(fmt.Sprintf("pack: the model is for version %d", v))
	}
	m.starts = make([]tagStart, r.number())
	for i := range m.starts {
		s := &m.starts[i]
		flags := r.byte()
		s.prefixed, s.stickyText, s.vouched, s.sticky = flags&1 != 0, flags&2 != 0, flags&4 != 0, flags&8 != 0
		s.name = r.bytes()
		s.attrs = make([]startAttr, r.number())
		for j := range s.attrs {
			s.attrs[j].name = r.bytes()
			if v := r.bytes(); len(v) > 0 {
				s.attrs[j].value = v
			}
		}
	}
	m.strings = make([][]byte, r.number())
	for i := range m.strings {
		m.strings[i] = r.bytes()
	}
	m.build()
	for range r.number() {
		t, prev, l := &m.tags[r.number()], uint16(r.number()), r.list()
		t.prevs, t.next = append(t.prevs, prev), append(t.next, follow{l, m.keysOf(l)})
	}
	for range r.number() {
		parent := r.number()
		m.tags[parent].any = r.list()
	}
	m.next0, m.kinds0 = r.list(), r.list()
	for i := range m.idKinds {
		m.idKinds[i] = r.list()
	}
	for i := range m.lens {
		m.lens[i] = r.list()
	}
	for i := range m.slots {
		s := &m.slots[i]
		s.list = r.list()
		s.text = len(s.list) > 0
		for _, e := range s.list {
			s.text = s.text && (e.Symbol == kindText || e.Symbol == coder.Escape || e.Symbol >= wordBase)
		}
	}
	for i := range m.again {
		m.again[i] = [2]coder.List{r.list(), r.list()}
	}
	m.starts = nil
	return m
}

// Dictionary names all that both ends of a link must have alike: the words, and the models. It is the first 4 bytes of the SHA-256 of the words, each followed by a line feed,
// the file of the model, and the hash of that of texts.
func Dictionary() [4]byte { return dictionary() }

var dictionary = sync.OnceValue(func() (d [4]byte) {
	sum := sha256.New()
	for _, w := range words[1:] {
		sum.Write(append(w[:len(w):len(w)], '\n'))
	}
	sum.Write(modelFile)
	texts := text.Hash()
	sum.Write(texts[:])
	copy(d[:], sum.Sum(nil))
	return d
})
