package coder

// Decoder reads choices. Begin comes first. It never fails: any bytes are some sequence of choices, and behind the last byte come zeros. So who reads has to bound
// what it makes of them, and asks Over.
type Decoder struct {
	in   []byte
	at   int    // bytes taken, and zeros behind them
	code uint32 // the number, from the beginning of the interval
	size uint32
	unit uint32 // the size of what Point counted
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

// PointBits returns which of 2^bits points, at most 2¹⁶, the writer's part has. Take comes next.
func (d *Decoder) PointBits(bits int) uint32 {
	d.unit = d.size >> bits
	return min(d.code/d.unit, 1<<bits-1)
}

// Point returns which of total points, at most 2¹⁶, the writer's part has. Take comes next.
func (d *Decoder) Point(total uint32) uint32 {
	d.unit = d.size / total
	return min(d.code/d.unit, total-1)
}

// Take reads the part, once its beginning and weight are known.
func (d *Decoder) Take(start, weight uint32) {
	d.code -= d.unit * start
	d.size = d.unit * weight
	for d.size < 1<<24 {
		d.size <<= 8
		d.code = d.code<<8 | uint32(d.byte())
	}
}

// Choose returns the symbol that was chosen from l, possibly Escape.
func (d *Decoder) Choose(l List) uint16 {
	at, start := d.PointBits(Bits), uint32(0)
	for _, n := range l {
		if w := uint32(n.Weight); at < start+w {
			d.Take(start, w)
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
		v = v<<n | uint64(d.uniform(n))
	}
	return v
}

func (d *Decoder) uniform(n int) uint32 {
	at := d.PointBits(n)
	d.Take(at, 1)
	return at
}
