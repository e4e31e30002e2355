package coder

import (
	"encoding/binary"
	"math/bits"
)

// Encoder writes choices. Begin comes first, End last.
type Encoder struct {
	out   []byte
	start int    // where in out the number begins
	low   uint64 // the beginning of the interval, behind what is in out
	size  uint64 // of the interval, at least 2³²
}

// Begin starts a sequence of choices behind dst, which the Encoder takes and End returns.
func (e *Encoder) Begin(dst []byte) {
	*e = Encoder{out: dst, start: len(dst), size: 1<<64 - 1}
}

// Start returns where in what End returns the sequence begins.
func (e *Encoder) Start() int { return e.start }

// Len returns how many bytes the sequence needs by now; the end adds one at most.
func (e *Encoder) Len() int {
	return len(e.out) - e.start + (64-bits.Len64(e.size))/8
}

// End writes what is left and returns dst with the sequence behind it.
func (e *Encoder) End() []byte {
	if e.low > 0 { // the number of the interval with the most zeros at its end
		high := e.low + e.size - 1
		if high < e.low { // it is that of the carry alone
			e.carry()
			e.low = 0
		} else {
			n := bits.Len64((e.low - 1) ^ high)
			e.low = high &^ (1<<(n-1) - 1)
		}
	}
	out := e.out
	for ; e.low > 0; e.low <<= 8 {
		out = append(out, byte(e.low>>56))
	}
	*e = Encoder{}
	return out
}

// Mark is a place in a sequence that an Encoder can go back to.
type Mark struct {
	n         int
	low, size uint64
	last      byte // of those written
}

// Mark returns the place that e has come to.
func (e *Encoder) Mark() Mark {
	m := Mark{n: len(e.out), low: e.low, size: e.size}
	if m.n > e.start {
		m.last = e.out[m.n-1]
	}
	return m
}

// Back forgets what was written behind a place of the same sequence.
func (e *Encoder) Back(m Mark) {
	e.out, e.low, e.size = e.out[:m.n], m.low, m.size
	if i := m.n - 1; i >= e.start && e.out[i] != m.last { // there was a carry, and no second one can come so far
		for ; e.out[i] == 0; i-- {
			e.out[i] = 0xFF
		}
		e.out[i]--
	}
}

// carry adds one to what was written.
func (e *Encoder) carry() {
	i := len(e.out) - 1
	for ; e.out[i] == 0xFF; i-- {
		e.out[i] = 0
	}
	e.out[i]++
}

// Narrow writes the part of 2^bits points, at most 2²⁴, that begins at start and has that weight: a choice from a list of the caller's own.
func (e *Encoder) Narrow(start, weight uint64, bits int) { e.narrow(e.size>>(bits&63), start, weight) }

// Part writes the part of total points, at most 2¹⁶, that begins at start and has that weight.
func (e *Encoder) Part(start, weight, total uint64) { e.narrow(e.size/total, start, weight) }

// narrow makes the interval a part of itself.
func (e *Encoder) narrow(unit, start, weight uint64) {
	low, size := e.low+unit*start, unit*weight
	if low < e.low || size < 1<<32 {
		e.settle(low, size)
		return
	}
	e.low, e.size = low, size
}

// settle makes that the interval after a carry, or with bytes to move out.
func (e *Encoder) settle(low, size uint64) {
	if low < e.low {
		e.carry()
	}
	e.low, e.size = low, size
	if size < 1<<32 {
		e.shift()
	}
}

// shift moves the highest four bytes of low out.
func (e *Encoder) shift() {
	e.out = binary.BigEndian.AppendUint32(e.out, uint32(e.low>>32))
	e.low <<= 32
	e.size <<= 32
}

// Choose writes that symbol is chosen from l. When l lacks it, Escape is written and ok is false; l must have one of the two.
func (e *Encoder) Choose(l List, symbol uint16) (ok bool) {
	start, escape, share := uint64(0), uint64(0), uint64(0)
	for _, n := range l {
		switch n.Symbol {
		case symbol:
			e.Narrow(start, uint64(n.Weight), Bits)
			return true
		case Escape:
			escape, share = start, uint64(n.Weight)
		}
		start += uint64(n.Weight)
	}
	e.Narrow(escape, share, Bits)
	return false
}

// Uniform writes the n lowest bits of v, n ≤ 64, all equally probable.
func (e *Encoder) Uniform(v uint64, n int) {
	for ; n > 24; n -= 24 {
		e.Narrow(v>>(n-24)&(1<<24-1), 1, 24)
	}
	if n > 0 {
		e.Narrow(v&(1<<n-1), 1, n)
	}
}
