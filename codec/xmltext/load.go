package xmltext

import (
	"encoding/binary"
	"unsafe"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/plane"
)

// The only unsafe code of this package: reads without a bounds check, for leap.go, quick.go and scan.go. They are safe when the index is in the view, as each says; its
// callers see to it by comparing with view.size or the length, and an index that a plane gives is never behind the sentinel, which is at view.size.

// text is where the bytes of a view begin.
type text struct{ p unsafe.Pointer }

// textOf returns the text that b is; its view is len(b) bytes long.
func textOf(b []byte) text { return text{unsafe.Pointer(unsafe.SliceData(b))} }

// at returns the byte at i: 0 ≤ i < size of the view.
func (t text) at(i int) byte { return *(*byte)(unsafe.Add(t.p, i)) }

// eight returns the eight bytes from i on, the first lowest: 0 ≤ i, i+8 ≤ size of the view.
func (t text) eight(i int) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(t.p, i))[:])
}

// upTo8 returns n of the eight bytes from i on, then zeros: 1 ≤ n ≤ 8, and as eight.
func (t text) upTo8(i, n int) uint64 {
	spare := (64 - 8*n) & 63
	return t.eight(i) << spare >> spare
}

// slice returns n bytes from i on: 0 ≤ i < size of the view, i+n ≤ size.
func (t text) slice(i, n int) []byte { return unsafe.Slice((*byte)(unsafe.Add(t.p, i)), n) }

// is reports whether s, which has at least eight bytes, stands at i: 0 ≤ i, i+len(s) ≤ size of the view.
func (t text) is(i int, s string) bool {
	other, n := text{unsafe.Pointer(unsafe.StringData(s))}, len(s)-8
	for at := 0; at < n; at += 8 {
		if t.eight(i+at) != other.eight(at) {
			return false
		}
	}
	return t.eight(i+n) == other.eight(n)
}

// viewOf returns the view of size bytes of src that begins at from; from is negative when src is the later part of what was looked at.
func viewOf(src []byte, from, size int) view {
	return view{text: text{unsafe.Add(unsafe.Pointer(unsafe.SliceData(src)), from)}, from: from, size: size, edge: size - openingRoom - 1}
}

// row returns at least 57 bits of the plane, that of byte i lowest and zeros for those it has not read: 0 ≤ i ≤ plane.Window.
func row(p *plane.Plane, i int) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(unsafe.Pointer(p), uint(i)>>3))[:]) >> (i & 7)
}

// reach is how many bits row returns at least.
const reach = 57

// nodeHead is the first part of a Node: kind, name, namespace and the lengths of the name, which nodes of the same opening have in common.
type nodeHead uint64

// The head is the eight bytes before NameOff.
const (
	_ = uint(unsafe.Offsetof(codec.Node{}.NameOff) - 8)
	_ = uint(8 - unsafe.Offsetof(codec.Node{}.NameOff))
)

func headOf(n *codec.Node) nodeHead { return *(*nodeHead)(unsafe.Pointer(n)) }

func (h nodeHead) put(n *codec.Node) { *(*nodeHead)(unsafe.Pointer(n)) = h }
