package coder

// Decoder reads choices. Begin comes first. It never fails: any bytes are some sequence of choices, and behind the last byte come zeros. So who reads has to bound
// what it makes of them, and asks Over.
type Decoder struct {
	in   []byte
	at   int    // bytes taken, and zeros behind them
	code uint32 // the number, from the beginning of the interval
	size uint32
}

// Begin starts to read the sequence that is all of p, which the Decoder borrows.
func (d *Decoder) Begin(p []byte) {
	*d = Decoder{in: p, size: 1<<32 - 1}
	for range 4 {
		d.code = d.code<<8 | uint32(d.byte())
	}
}

func (d *Decoder) byte() (b byte) {
	if d.at < len(d.in) {
		b = d.in[d.at]
	}
	d.at++
	return b
}

// Over returns how many bytes were read that are not there. A whole sequence reads at most four of them.
func (d *Decoder) Over() int { return max(0, d.at-len(d.in)) }

// Left returns how many bytes have not been looked at. After a whole sequence there are none.
func (d *Decoder) Left() int { return max(0, len(d.in)-d.at) }

// narrow makes the interval that part of itself, whose unit was asked for before.
func (d *Decoder) narrow(unit, start, weight uint32) {
	d.code -= unit * start
	d.size = unit * weight
	for d.size < 1<<24 {
		d.size <<= 8
		d.code = d.code<<8 | uint32(d.byte())
	}
}

// Choose returns the symbol that was chosen from l, possibly Escape.
func (d *Decoder) Choose(l List) uint16 {
	unit := d.size >> Bits
	at, start := min(d.code/unit, Total-1), uint32(0)
	for _, n := range l {
		if w := uint32(n.Weight); at < start+w {
			d.narrow(unit, start, w)
			return n.Symbol
		}
		start += uint32(n.Weight)
	}
	panic("coder: the weights of a list do not add up")
}

// Uniform reads n bits, n ≤ 64.
func (d *Decoder) Uniform(n int) (v uint64) {
	for ; n > 16; n -= 16 {
		v = v<<16 | uint64(d.uniform(16))
	}
	if n > 0 {
		v = v<<n | uint64(d.uniform(uint32(n)))
	}
	return v
}

func (d *Decoder) uniform(n uint32) uint32 {
	unit := d.size >> n
	at := min(d.code/unit, 1<<n-1)
	d.narrow(unit, at, 1)
	return at
}
