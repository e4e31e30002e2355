package coder

import (
	"bytes"
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"
)

// choice is one choice of a test: from a list, or n uniform bits.
type choice struct {
	list   List
	symbol uint16
	bits   int
	value  uint64
}

// lists of many kinds: nearly certain, even, long, with and without an escape, with one symbol alone.
func lists() []List {
	all := []List{
		{{1, Total}},
		{{1, Total - 1}, {2, 1}},
		{{1, Total - 1}, {Escape, 1}},
		{{1, 1}, {2, Total - 1}},
		{{1, Total / 2}, {2, Total / 2}},
		{{3, 2000}, {Escape, 1000}, {4, 1000}, {5, 96}},
	}
	var even List
	for i := range uint16(256) {
		even = append(even, Entry{i, Total / 256})
	}
	return append(all, even)
}

func make1(r *rand.Rand, all []List) (c choice) {
	if r.IntN(4) == 0 {
		c.bits = r.IntN(65)
		if c.value = r.Uint64(); c.bits < 64 {
			c.value &= 1<<c.bits - 1
		}
		if r.IntN(3) == 0 {
			c.value = 0
		}
		return c
	}
	c.list = all[r.IntN(len(all))]
	c.symbol = c.list[0].Symbol
	if r.IntN(3) == 0 {
		c.symbol = c.list[r.IntN(len(c.list))].Symbol
	}
	return c
}

// Whatever is chosen is read again, the sequence has no byte behind its end, and it is as short as its choices are worth.
func TestRoundTrip(t *testing.T) {
	all := lists()
	for seed := range uint64(20_000) {
		r := rand.New(rand.NewPCG(seed, 1))
		seq := make([]choice, r.IntN(60))
		worth := 0.0
		var e Encoder
		e.Begin([]byte("before"))
		for i := range seq {
			seq[i] = make1(r, all)
			if c := seq[i]; c.list == nil {
				e.Uniform(c.value, c.bits)
				worth += float64(c.bits)
			} else {
				e.Choose(c.list, c.symbol)
				for _, n := range c.list {
					if n.Symbol == c.symbol {
						worth += math.Log2(Total / float64(n.Weight))
					}
				}
			}
		}
		out := e.End()
		if !bytes.HasPrefix(out, []byte("before")) {
			t.Fatalf("seed %d: what was before is gone", seed)
		}
		out = out[len("before"):]
		if n := float64(len(out)); n > worth/8*1.001+1.01 {
			t.Fatalf("seed %d: %v bytes for what is worth %.2f", seed, n, worth/8)
		}
		var d Decoder
		d.Begin(out)
		for i, c := range seq {
			if c.list == nil {
				if v := d.Uniform(c.bits); v != c.value {
					t.Fatalf("seed %d, choice %d: %d bits are %x, not %x", seed, i, c.bits, v, c.value)
				}
			} else if s := d.Choose(c.list); s != c.symbol {
				t.Fatalf("seed %d, choice %d: %d, not %d", seed, i, s, c.symbol)
			}
		}
		if d.Left() > 0 || d.Beyond() {
			t.Fatalf("seed %d: %d bytes left, too many read: %v", seed, d.Left(), d.Beyond())
		}
	}
}

// What a list lacks is an escape, and says so.
func TestEscape(t *testing.T) {
	l := List{{3, 2000}, {Escape, 1000}, {4, 1096}}
	var e Encoder
	e.Begin(nil)
	if e.Choose(l, 9) || !e.Choose(l, 4) {
		t.Error("what the list lacks was found, or the other way round")
	}
	var d Decoder
	d.Begin(e.End())
	if a, b := d.Choose(l), d.Choose(l); a != Escape || b != 4 {
		t.Errorf("read %d and %d", a, b)
	}
}

// Parts of any total are read again, whether it is given as a number or as bits.
func TestParts(t *testing.T) {
	type part struct{ start, weight, total uint64 }
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 2))
		var e Encoder
		e.Begin(nil)
		parts := make([]part, r.IntN(50))
		for i := range parts {
			total := 1 + r.Uint64N(1<<16)
			if i%2 == 0 {
				total = 1 << r.IntN(17)
			}
			start := r.Uint64N(total)
			parts[i] = part{start, 1 + r.Uint64N(total-start), total}
			if p := parts[i]; i%2 == 0 {
				e.Narrow(p.start, p.weight, bits.Len64(total)-1)
			} else {
				e.Part(p.start, p.weight, p.total)
			}
		}
		var d Decoder
		d.Begin(e.End())
		for i, p := range parts {
			rest, unit := d.Parts(p.total)
			if i%2 == 0 {
				rest, unit = d.Units(bits.Len64(p.total) - 1)
			}
			if point := rest / unit; point < p.start || point >= p.start+p.weight {
				t.Fatalf("seed %d, part %d: point %d is not in %v", seed, i, point, p)
			}
			d.Take(rest-p.start*unit, p.weight*unit)
		}
		if d.Left() > 0 || d.Beyond() {
			t.Fatalf("seed %d: %d bytes left, too many read: %v", seed, d.Left(), d.Beyond())
		}
	}
}

// What was written behind a mark and taken back is as if it had not been written, carries and all.
func TestBack(t *testing.T) {
	all, carried := lists(), 0
	for seed := range uint64(20_000) {
		r := rand.New(rand.NewPCG(seed, 3))
		var e, want Encoder
		e.Begin([]byte("before"))
		want.Begin([]byte("before"))
		write := func(n int, to ...*Encoder) {
			for range n {
				c := make1(r, all)
				for _, e := range to {
					if c.list == nil {
						e.Uniform(^(c.value & 0xFF), c.bits) // many ones, so that there are carries
					} else {
						e.Choose(c.list, c.symbol)
					}
				}
			}
		}
		write(r.IntN(20), &e, &want)
		m, before := e.Mark(), bytes.Clone(e.out)
		write(r.IntN(20), &e)
		if !bytes.HasPrefix(e.out, before) {
			carried++
		}
		e.Back(m)
		write(r.IntN(20), &e, &want)
		if got, want := e.End(), want.End(); !bytes.Equal(got, want) {
			t.Fatalf("seed %d: %x, not %x", seed, got, want)
		}
	}
	if carried < 100 {
		t.Errorf("%d carries into what was before a mark", carried)
	}
}

// Any bytes are some choices.
func FuzzDecoder(f *testing.F) {
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{0xFF}, 9))
	all := lists()
	f.Fuzz(func(t *testing.T, p []byte) {
		var d Decoder
		d.Begin(p)
		for i := 0; !d.Beyond() && i < 10_000; i++ {
			if i%3 == 0 {
				d.Uniform(i % 65)
			} else {
				d.Choose(all[i%len(all)])
			}
		}
	})
}

func TestAllocatesNothing(t *testing.T) {
	all, buf := lists(), make([]byte, 0, 100)
	var e Encoder
	var d Decoder
	if n := testing.AllocsPerRun(100, func() {
		e.Begin(buf[:0])
		e.Choose(all[5], 4)
		e.Uniform(77, 50)
		d.Begin(e.End())
		d.Choose(all[5])
		d.Uniform(50)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkChoose(b *testing.B) {
	l := lists()[5]
	buf := make([]byte, 0, 1<<20)
	var e Encoder
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			e.Begin(buf[:0])
			for range 1000 {
				e.Choose(l, 4)
			}
			buf = e.End()
		}
	})
	b.Run("read", func(b *testing.B) {
		var d Decoder
		for b.Loop() {
			d.Begin(buf)
			for range 1000 {
				d.Choose(l)
			}
		}
	})
}
