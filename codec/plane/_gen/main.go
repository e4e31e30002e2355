package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Sizes that the Go side shares: plane.go.
const (
	block  = 64
	window = 8192
	stride = window/8 + 2*8 // bytes from one plane to the next
)

func main() {
	ConstraintExpr("amd64,!purego")
	t := tables()
	avx2(t)
	avx512(t)
	Generate()
}

// routine is what both widths have in common: the arguments in registers, and where the loop stands.
type routine struct {
	dst, src, n, at GPVirtual // planes; bytes; how many; the byte that the block begins with
	high            GPVirtual // the bytes of the block beyond ASCII
	carry           GPVirtual // whether the three bytes before the block may want more
	prev            VecVirtual
	t               table
}

func begin(name, doc string, t table) *routine {
	TEXT(name, NOSPLIT, "func(dst *uint64, src *byte, n int) (valid int)")
	Doc(doc)
	r := &routine{dst: GP64(), src: GP64(), n: GP64(), at: GP64(), high: GP64(), carry: GP64(), prev: YMM(), t: t}
	Load(Param("dst"), r.dst)
	Load(Param("src"), r.src)
	Load(Param("n"), r.n)
	XORQ(r.at, r.at)
	XORQ(r.carry, r.carry)
	VPXOR(r.prev, r.prev, r.prev)
	return r
}

// planeAt is the word of plane i (0 value, 1 text) for the block at byte word*8.
func (r *routine) planeAt(i int, word GPVirtual) Mem {
	return Mem{Base: r.dst, Index: word, Scale: 1, Disp: i * stride}
}

// end writes the sentinel, all ones, behind the last block, and returns.
func (r *routine) end(at GPVirtual, limit GPVirtual) {
	word := GP64()
	MOVQ(at, word)
	SHRQ(U8(3), word)
	for i := range 2 {
		MOVQ(I32(-1), r.planeAt(i, word))
	}
	VZEROUPPER()
	Store(limit, ReturnIndex(0))
	RET()
}

// tail loads the address of a block of which only n-at bytes may be read: the input itself when what follows it lies in the same page, a copy on the
// stack otherwise.
func (r *routine) tail(label string) (from GPVirtual, left GPVirtual) {
	from, left = GP64(), GP64()
	room := AllocLocal(block)
	MOVQ(r.n, left)
	SUBQ(r.at, left)
	LEAQ(Mem{Base: r.src, Index: r.at, Scale: 1}, from)
	page := GP64()
	MOVQ(from, page)
	ANDQ(U32(4095), page)
	CMPQ(page, U32(4096-block))
	JBE(LabelRef(label + "_readable"))
	i, c := GP64(), GP64()
	XORQ(i, i)
	Label(label + "_copy")
	MOVB(Mem{Base: from, Index: i, Scale: 1}, c.As8())
	MOVB(c.As8(), room.Idx(i, 1))
	INCQ(i)
	CMPQ(i, left)
	JB(LabelRef(label + "_copy"))
	LEAQ(room, from)
	Label(label + "_readable")
	return from, left
}
