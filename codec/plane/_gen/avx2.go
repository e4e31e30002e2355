package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// constants of the AVX2 loop that stay in registers.
type constants struct {
	value, text VecVirtual // by nibble, see delimiters
	controls    VecVirtual // the last of them in each byte
}

func avx2(t table) {
	r := begin("classifyAVX2", "classifyAVX2 is Classify for processors with AVX2. n ≤ Window.", t)
	k := constants{YMM(), YMM(), YMM()}
	VMOVDQU(t.value, k.value)
	VMOVDQU(t.text, k.text)
	VMOVDQU(t.controls, k.controls)
	last := GP64() // where the last whole block begins
	MOVQ(r.n, last)
	SUBQ(U8(block), last)
	JB(LabelRef("tail"))

	Label("loop")
	lo, hi := YMM(), YMM()
	VMOVDQU(Mem{Base: r.src, Index: r.at, Scale: 1}, lo)
	VMOVDQU(Mem{Base: r.src, Index: r.at, Scale: 1, Disp: 32}, hi)
	r.block2(k, lo, hi, "loop")
	ADDQ(U8(block), r.at)
	CMPQ(r.at, last)
	JBE(LabelRef("loop"))

	Label("tail")
	CMPQ(r.at, r.n)
	JE(LabelRef("done"))
	from, left := r.tail("tail")
	mask := GP64()
	LEAQ(t.keep.Offset(block), mask)
	SUBQ(left, mask)
	lo, hi = YMM(), YMM()
	VMOVDQU(Mem{Base: from}, lo)
	VMOVDQU(Mem{Base: from, Disp: 32}, hi)
	VPAND(Mem{Base: mask}, lo, lo)
	VPAND(Mem{Base: mask, Disp: 32}, hi, hi)
	r.block2(k, lo, hi, "tail")
	ADDQ(U8(block), r.at)

	Label("done")
	r.end(r.at, r.n)
	Label("bad")
	r.end(r.at, r.at)
}

// block2 writes the planes of the block at r.at.
func (r *routine) block2(k constants, lo, hi VecVirtual, label string) {
	word := GP64()
	MOVQ(r.at, word)
	SHRQ(U8(3), word)
	var half [2][3]GPVirtual
	for i, v := range []VecVirtual{lo, hi} {
		half[i] = r.half(k, v)
	}
	for p := range 3 {
		SHLQ(U8(32), half[1][p])
		ORQ(half[0][p], half[1][p])
		if p < 2 {
			MOVQ(half[1][p], r.planeAt(p, word))
		}
	}
	MOVQ(half[1][2], r.high)
	r.wellFormed(lo, hi, label)
}

// half returns the bits of the two planes for 32 bytes, and which of them are beyond ASCII.
func (r *routine) half(k constants, v VecVirtual) (bits [3]GPVirtual) {
	for i := range bits {
		bits[i] = GP64()
	}
	control, x := YMM(), YMM()
	VPMINUB(k.controls, v, control)
	VPCMPEQB(v, control, control)
	for i, delimiters := range []VecVirtual{k.value, k.text} {
		VPSHUFB(v, delimiters, x) // the one delimiter with that low nibble; nothing for a byte beyond ASCII
		VPCMPEQB(v, x, x)
		VPOR(control, x, x)
		VPMOVMSKB(x, bits[i].As32())
	}
	VPMOVMSKB(v, bits[2].As32())
	return bits
}
