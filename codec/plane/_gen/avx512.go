package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// constants512 are the vectors of the AVX-512 loop that stay in registers.
type constants512 struct{ classLow, classHigh, value, text VecVirtual }

func avx512(t table) {
	r := begin("classifyAVX512", "classifyAVX512 is Classify for processors with AVX-512 BW and VBMI. n ≤ Window.", t)
	k := constants512{ZMM(), ZMM(), ZMM(), ZMM()}
	VMOVDQU64(t.class, k.classLow)
	VMOVDQU64(t.class.Offset(64), k.classHigh)
	for i, v := range []VecVirtual{k.value, k.text} {
		bit := GP32()
		MOVL(U32(1<<i), bit)
		VPBROADCASTB(bit, v)
	}
	last := GP64()
	MOVQ(r.n, last)
	SUBQ(U8(block), last)
	JB(LabelRef("tail"))

	Label("loop")
	v := ZMM()
	VMOVDQU64(Mem{Base: r.src, Index: r.at, Scale: 1}, v)
	r.block512(k, v, "loop")
	ADDQ(U8(block), r.at)
	CMPQ(r.at, last)
	JBE(LabelRef("loop"))

	Label("tail")
	left, ones := GP64(), GP64()
	MOVQ(r.n, left)
	SUBQ(r.at, left)
	JE(LabelRef("done"))
	MOVQ(I32(-1), ones)
	BZHIQ(left, ones, ones)
	mask, v := K(), ZMM()
	KMOVQ(ones, mask)
	VMOVDQU8_Z(Mem{Base: r.src, Index: r.at, Scale: 1}, mask, v) // reads no byte that the mask leaves out
	r.block512(k, v, "tail")
	ADDQ(U8(block), r.at)

	Label("done")
	r.end(r.at, r.n)
	Label("bad")
	r.end(r.at, r.at)
}

// block512 writes the planes of the block at r.at.
func (r *routine) block512(k constants512, v VecVirtual, label string) {
	word := GP64()
	MOVQ(r.at, word)
	SHRQ(U8(3), word)
	class, beyond := ZMM(), K()
	VMOVDQA64(v, class)
	VPERMI2B(k.classHigh, k.classLow, class) // by the low seven bits of each byte
	VPMOVB2M(v, beyond)
	KMOVQ(beyond, r.high)
	var planes [2]GPVirtual
	for i, bit := range []VecVirtual{k.value, k.text} {
		m := K()
		planes[i] = GP64()
		VPTESTMB(bit, class, m)
		KMOVQ(m, planes[i])
	}
	ascii := GP64()
	MOVQ(r.high, ascii)
	NOTQ(ascii)
	for i, p := range planes {
		ANDQ(ascii, p)
		MOVQ(p, r.planeAt(i, word))
	}
	lo, hi := YMM(), YMM()
	VEXTRACTI64X4(U8(1), v, hi)
	VMOVDQA(v.AsY(), lo)
	r.wellFormed(lo, hi, label)
}
