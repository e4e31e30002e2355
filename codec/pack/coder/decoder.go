package coder

import "encoding/binary"

// ahead is how many bytes a Decoder has read that are not decided about.
const ahead = 8

// Decoder reads choices. Begin comes first. It never fails: any bytes are some sequence of choices, and behind the last byte come zeros. So who reads has to bound
// what it makes of them, and asks Beyond.
type Decoder struct {
	in   []byte
	at   int    // bytes taken, and zeros behind them
	code uint64 // the number, from the beginning of the interval; below size, unless nobody has written it
	size uint64
}

// Begin starts to read the sequence that is all of p, which the Decoder borrows.
func (d *Decoder) Begin(p []byte) {
	*d = Decoder{in: p, size: 1<<64 - 1}
	d.code = uint64(d.four())<<32 | uint64(d.four())
}

// four returns the next four bytes.
func (d *Decoder) four() (v uint32) {
	at := d.at
	if d.at += 4; d.at <= len(d.in) {
		return binary.BigEndian.Uint32(d.in[at:])
	}
	for i := range 4 {
		v <<= 8
		if at+i < len(d.in) {
			v |= uint32(d.in[at+i])
		}
	}
	return v
}

// Beyond reports whether more was read than any whole sequence of so many bytes has.
func (d *Decoder) Beyond() bool { return d.at > len(d.in)+ahead }

// Left returns how many bytes have not been looked at. After a whole sequence there are none.
func (d *Decoder) Left() int { return max(0, len(d.in)-d.at) }

// Units begins to read a choice of 2^bits points: rest is where the writer's part lies, and unit the size of a point. A caller who goes through the parts in their order takes the size of each that it is
// not from rest, which then is below the size of the one that it is, or else that is the last one. With both Take reads it.
func (d *Decoder) Units(bits int) (rest, unit uint64) { return d.code, d.size >> (bits & 63) }

// Parts is the same for any total of points, at most 2¹⁶.
func (d *Decoder) Parts(total uint64) (rest, unit uint64) { return d.code, d.size / total }

// Take reads a part.
func (d *Decoder) Take(rest, size uint64) {
	d.code, d.size = rest, size
	if size < 1<<32 {
		d.shift()
	}
}

func (d *Decoder) shift() {
	d.code = d.code<<32 | uint64(d.four())
	d.size <<= 32
}

// Choose returns the symbol that was chosen from l, possibly Escape.
func (d *Decoder) Choose(l List) uint16 {
	last := len(l) - 1
	rest, unit := d.Units(Bits)
	for i := range l[:last] {
		size := unit * uint64(l[i].Weight)
		if rest < size {
			d.Take(rest, size)
			return l[i].Symbol
		}
		rest -= size
	}
	d.Take(rest, unit*uint64(l[last].Weight))
	return l[last].Symbol
}

// Uniform reads n bits, n ≤ 64.
func (d *Decoder) Uniform(n int) (v uint64) {
	for ; n > 24; n -= 24 {
		v = v<<24 | d.uniform(24)
	}
	if n > 0 {
		v = v<<n | d.uniform(n)
	}
	return v
}

func (d *Decoder) uniform(n int) uint64 {
	rest, unit := d.Units(n)
	v := min(rest/unit, 1<<n-1)
	d.Take(rest-v*unit, unit)
	return v
}
