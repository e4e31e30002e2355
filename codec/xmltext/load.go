package xmltext

import (
	"encoding/binary"
	"unsafe"

	"github.com/godwit-im/godwit/codec/plane"
)

// The only unsafe code of this package: reads without a bounds check, for leap.go. What makes them safe is that their callers look at
// nothing but src[:to] and at bits of bytes up to to (the sentinel), where
//
//	0 ≤ from ≤ to ≤ len(src), to-from ≤ plane.Window
//
// which look sets up and nothing else changes. Each function says what it asks of its caller.

// text is where the bytes of src begin.
type text struct{ p unsafe.Pointer }

func textOf(src []byte) text { return text{unsafe.Pointer(unsafe.SliceData(src))} }

// at returns src[i]: 0 ≤ i < len(src).
func (t text) at(i int) byte { return *(*byte)(unsafe.Add(t.p, i)) }

// two returns src[i] and, in the higher byte, src[i+1]: 0 ≤ i, i+2 ≤ len(src).
func (t text) two(i int) uint16 {
	return binary.LittleEndian.Uint16((*[2]byte)(unsafe.Add(t.p, i))[:])
}

// eight returns the eight bytes from i on, the first lowest: 0 ≤ i, i+8 ≤ len(src).
func (t text) eight(i int) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(t.p, i))[:])
}

// row returns at least 57 bits of the plane, that of bit i lowest and zeros for those it has not read: 0 ≤ i ≤ plane.Window.
func row(p *plane.Plane, i int) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(unsafe.Pointer(p), i>>3))[:]) >> (i & 7)
}

// reach is how many bits row returns at least.
const reach = 57
