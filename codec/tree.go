package codec

import "github.com/godwit-im/godwit/codec/atom"

// Kind says what a Node is.
type Kind uint8

// The kinds of nodes.
const (
	KindElement Kind = iota + 1
	KindAttr
	KindText
)

// Node is one entry of a Tree, 28 bytes. Only decoders and the Builder write nodes.
//
// The children of an element follow it: first its attributes, then its content in document order; End is the index after the last of
// them. Offsets are into the Tree's two byte areas, see [Tree.Bytes].
type Node struct {
	Kind      Kind
	PrefixLen uint8     // bytes of the name before its colon, 0 when there is none
	Name      atom.Atom // the local name, atom.Unknown when the table lacks it
	NS        atom.Atom // the namespace; atom.Unknown when the table lacks it, or there is none
	NameLen   uint16    // bytes of the name as written, prefix and colon included; 0: the name is Name's string, without prefix
	NameOff   uint32    // where the name as written begins
	Off       uint32    // attribute, text: where the value begins
	Len       uint32    // attribute, text: bytes of the value
	End       uint32    // element: the index after its subtree (index < End ≤ len(Nodes)); attribute, text: unused
	Decl      uint32    // element, attribute with NS Unknown: the index+1 of the attribute that declares its namespace; 0: no namespace
}

// auxBit marks an offset into Aux.
const auxBit = 1 << 31

// Tree is one first-level element (or stream header) as a flat array of nodes in document order; Nodes[0] is the
// root. The zero Tree is empty and ready. It is reused from stanza to stanza and keeps its capacity.
type Tree struct {
	Nodes []Node
	Src   []byte // the bytes as received, borrowed from the decoder
	Aux   []byte // bytes that are not in Src: resolved references, built and changed values
}

// Reset empties t and lets it refer to src, which the Tree borrows until the next Reset.
func (t *Tree) Reset(src []byte) {
	t.Nodes, t.Src, t.Aux = t.Nodes[:0], src, t.Aux[:0]
}

// Root returns the first element, the zero Element when t is empty.
func (t *Tree) Root() Element {
	if len(t.Nodes) == 0 {
		return Element{}
	}
	return Element{tree: t, index: 0, limit: t.Nodes[0].End}
}

// Bytes returns n bytes at off: in Src, or in Aux when off was made by [Tree.AddAux]. They are valid as long as the Tree's content.
func (t *Tree) Bytes(off, n uint32) []byte {
	if off&auxBit != 0 {
		off &^= auxBit
		return t.Aux[off : off+n : off+n]
	}
	return t.Src[off : off+n : off+n]
}

// AddAux appends b to the Tree's own bytes and returns its offset.
func AddAux[T ~string | ~[]byte](t *Tree, b T) uint32 {
	off := uint32(len(t.Aux)) | auxBit
	t.Aux = append(t.Aux, b...)
	return off
}

// AuxEnd returns the offset that the next byte appended to Aux will have: decoders that build a value piece by piece
// append to Aux themselves.
func (t *Tree) AuxEnd() uint32 { return uint32(len(t.Aux)) | auxBit }

// NodeName returns the name of node i as written, prefix and colon included.
func (t *Tree) NodeName(i uint32) []byte {
	n := &t.Nodes[i]
	if n.NameLen == 0 {
		return wordBytes(n.Name)
	}
	return t.Bytes(n.NameOff, uint32(n.NameLen))
}

// NodeValue returns the value of node i, an attribute or a text.
func (t *Tree) NodeValue(i uint32) []byte {
	n := &t.Nodes[i]
	return t.Bytes(n.Off, n.Len)
}

// words holds every atom's string as bytes, which nobody may write to.
var words = func() (w [atom.Count][]byte) {
	for a := range w {
		w[a] = []byte(atom.Atom(a).String())
	}
	return w
}()

func wordBytes(a atom.Atom) []byte { return words[a] }
