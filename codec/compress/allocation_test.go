package compress

import (
	"testing"
	"unsafe"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/xmltext"
)

// TestAllocations: in the steady state neither direction allocates, whatever the stanza.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector drops what is pooled")
	}
	for _, method := range []Method{Zlib, Godwit} {
		enc := NewEncoder(method, xmltext.Encoder{})
		stanzas := traffic(4, 200)
		stanzas = append(stanzas, []byte("<message><body>"+string(bytesOf('x', 5000))+"</body></message>"))
		var parsed []*stanza
		for _, s := range stanzas {
			parsed = append(parsed, newStanza(string(s)))
		}
		var dst []byte
		i := 0
		write := func() {
			dst = enc.AppendElement(dst[:0], parsed[i%len(parsed)].element())
			i++
		}
		for range 2 * len(parsed) {
			write()
		}
		if n := testing.AllocsPerRun(len(parsed), write); n != 0 {
			t.Errorf("%s: an element is written with %v allocations", method, n)
		}

		d := NewDecoder(method, xmltext.NewDecoder(nil), xmltext.Encoder{}, &DefaultLimits)
		var scratch codec.Scratch
		read := func(p []byte) {
			for len(p) > 0 {
				n, _, err := d.Decode(p, &scratch)
				if err != nil {
					t.Fatal(err)
				}
				p = p[n:]
				d.Rest()
			}
		}
		client := newOld(6)
		wire := func(text []byte) []byte {
			if method == Godwit {
				return messages(string(text))
			}
			return client.says(string(text))
		}
		read(wire([]byte(header)))
		var wires [][]byte
		for range 4 {
			for _, s := range stanzas {
				wires = append(wires, wire(s))
			}
		}
		i = 0
		next := func() { read(wires[i]); i++ }
		for range 2 * len(stanzas) {
			next()
		}
		if n := testing.AllocsPerRun(len(stanzas), next); n != 0 {
			t.Errorf("%s: an element is read with %v allocations", method, n)
		}
	}
}

func bytesOf(b byte, n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = b
	}
	return p
}

// TestSize fixes what a compressed connection costs besides its window.
func TestSize(t *testing.T) {
	const want = 184
	if got := unsafe.Sizeof(Decoder{}); got != want {
		t.Errorf("a Decoder has %d bytes, want %d", got, want)
	}
}

// TestIdle fixes what a connection holds between two stanzas: of zlib the window as far as it was used, of the other method nothing; no tables, no encoder.
func TestIdle(t *testing.T) {
	for _, c := range []struct {
		method Method
		bytes  int
		want   int
	}{{Zlib, 100, minWindow}, {Zlib, 3000, 4 << 10}, {Zlib, 40_000, maxWindow}, {Zlib, 400_000, maxWindow}, {Godwit, 40_000, 0}} {
		r, client, sent := newReader(c.method), newOld(6), 0
		for i, s := range append([][]byte{[]byte(header)}, traffic(5, 4000)...) {
			if sent += len(s); sent > c.bytes && i > 0 {
				break
			}
			wire := messages(string(s))
			if c.method == Zlib {
				wire = client.says(string(s))
			}
			if err := r.feed(wire, 1<<20); err != nil {
				t.Fatal(err)
			}
		}
		got := 0
		if r.inflate.w != nil {
			got = len(r.inflate.w.b)
		}
		if got != c.want || r.inflate.tables != nil || len(r.held) > 0 {
			t.Errorf("%s, after %d bytes: a window of %d, want %d; tables: %v", c.method, c.bytes, got, c.want, r.inflate.tables != nil)
		}
	}
}
