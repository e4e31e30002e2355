package coder

import "math/bits"

// Encoder writes choices. Begin comes first, End last.
type Encoder struct {
	out   []byte
	start int    // where in out the number begins
	low   uint64 // the beginning of the interval, below 2³³: the bit 2³² is a carry into what was shifted out
	size  uint32 // of the interval, at least 2²⁴ between choices
	first byte   // the last byte shifted out that a carry can still change,
	full  int    // and how many FFs behind it
	point bool   // first is the byte before the point of the number: always 0, and not written
}

// Begin starts a sequence of choices behind dst, which the Encoder takes and End returns.
func (e *Encoder) Begin(dst []byte) {
	*e = Encoder{out: dst, start: len(dst), size: 1<<32 - 1, point: true}
}

// Start returns where in what End returns the sequence begins.
func (e *Encoder) Start() int { return e.start }

// Len returns how many bytes the sequence has by now; the end adds one at most, seldom two.
func (e *Encoder) Len() int {
	n := len(e.out) - e.start + e.full
	if !e.point {
		n++
	}
	return n
}

// End writes what is left and returns dst with the sequence behind it.
func (e *Encoder) End() []byte {
	paid := e.start + e.Len()
	if e.low > 0 { // the number of the interval with the most zeros at its end
		high := e.low + uint64(e.size) - 1
		n := bits.Len64((e.low - 1) ^ high)
		e.low = high &^ (1<<(n-1) - 1)
	}
	for range 5 {
		e.shift()
	}
	out := e.out
	for len(out) > paid && out[len(out)-1] == 0 {
		out = out[:len(out)-1] // a reader sees zeros there anyway
	}
	*e = Encoder{}
	return out
}

// shift moves the highest byte of low out.
func (e *Encoder) shift() {
	if top := byte(e.low >> 24); top < 0xFF || e.low > 0xFFFFFFFF {
		e.settle(byte(e.low >> 32))
		e.first = top
	} else {
		e.full++
	}
	e.low = uint64(uint32(e.low) << 8)
}

// settle writes the bytes that a carry could have changed: this was the last that could reach them.
func (e *Encoder) settle(carry byte) {
	if !e.point {
		e.out = append(e.out, e.first+carry)
	}
	for ; e.full > 0; e.full-- {
		e.out = append(e.out, 0xFF+carry)
	}
	e.point = false
}

// Narrow writes the part of 2^bits points, at most 2¹⁶, that begins at start and has that weight: a choice from a list of the caller's own.
func (e *Encoder) Narrow(start, weight uint32, bits int) { e.narrow(e.size>>bits, start, weight) }

// Part writes the part of total points, at most 2¹⁶, that begins at start and has that weight.
func (e *Encoder) Part(start, weight, total uint32) { e.narrow(e.size/total, start, weight) }

// narrow makes the interval a part of itself.
func (e *Encoder) narrow(unit, start, weight uint32) {
	e.low += uint64(unit) * uint64(start)
	e.size = unit * weight
	for e.size < 1<<24 {
		e.size <<= 8
		e.shift()
	}
}

// Choose writes that symbol is chosen from l. When l lacks it, Escape is written and ok is false; l must have one of the two.
func (e *Encoder) Choose(l List, symbol uint16) (ok bool) {
	start, escape, share := uint32(0), uint32(0), uint32(0)
	for _, n := range l {
		switch n.Symbol {
		case symbol:
			e.Narrow(start, uint32(n.Weight), Bits)
			return true
		case Escape:
			escape, share = start, uint32(n.Weight)
		}
		start += uint32(n.Weight)
	}
	e.Narrow(escape, share, Bits)
	return false
}

// Uniform writes the n lowest bits of v, n ≤ 64, all equally probable.
func (e *Encoder) Uniform(v uint64, n int) {
	for ; n > 16; n -= 16 {
		e.Narrow(uint32(v>>(n-16))&0xFFFF, 1, 16)
	}
	if n > 0 {
		e.Narrow(uint32(v)&(1<<n-1), 1, n)
	}
}
