package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// utf8 checks the 32 bytes v, which follow r.prev, and adds to bad, a vector that stays zero while all is well.
func (r *routine) utf8(v, bad VecVirtual) {
	joined, one, two, three := YMM(), YMM(), YMM(), YMM()
	VPERM2I128(U8(0x21), v, r.prev, joined)
	VPALIGNR(U8(15), joined, v, one) // the byte before each
	VPALIGNR(U8(14), joined, v, two)
	VPALIGNR(U8(13), joined, v, three)

	a, b := YMM(), YMM()
	r.high4(one, a)
	r.lookUp(r.t.first, a, a)
	VPAND(r.t.nibble, one, b)
	r.lookUp(r.t.second, b, b)
	VPAND(b, a, a)
	r.high4(v, b)
	r.lookUp(r.t.third, b, b)
	VPAND(b, a, a)

	// A byte must be the third or fourth of its character exactly when two continuations meet.
	c := YMM()
	VPSUBUSB(r.t.threeBytes, two, b)
	VPSUBUSB(r.t.fourBytes, three, c)
	VPOR(c, b, b)
	VPAND(r.t.sign, b, b)
	VPXOR(b, a, a)
	VPOR(a, bad, bad)

	// U+FFFE and U+FFFF are no characters of XML.
	VPCMPEQB(r.t.lastLead, two, a)
	VPCMPEQB(r.t.lastSecond, one, b)
	VPAND(b, a, a)
	VPMAXUB(r.t.lastForbidden, v, b)
	VPCMPEQB(v, b, b)
	VPAND(b, a, a)
	VPOR(a, bad, bad)

	VMOVDQA(v, r.prev)
}

func (r *routine) high4(v, out VecVirtual) {
	VPSRLW(U8(4), v, out)
	VPAND(r.t.nibble, out, out)
}

func (r *routine) lookUp(t Mem, index, out VecVirtual) {
	tt := YMM()
	VMOVDQU(t, tt)
	VPSHUFB(index, tt, out)
}

// wellFormed checks the block lo, hi if it, or what comes before it, is not ASCII, and jumps to bad if it is wrong.
func (r *routine) wellFormed(lo, hi VecVirtual, label string) {
	TESTQ(r.high, r.high)
	JNZ(LabelRef(label + "_check"))
	TESTQ(r.carry, r.carry)
	JZ(LabelRef(label + "_fine"))
	Label(label + "_check")
	bad := YMM()
	VPXOR(bad, bad, bad)
	r.utf8(lo, bad)
	r.utf8(hi, bad)
	VPTEST(bad, bad)
	JNZ(LabelRef("bad"))
	MOVQ(r.high, r.carry)
	SHRQ(U8(61), r.carry)
	Label(label + "_fine")
	VMOVDQA(hi, r.prev)
}
