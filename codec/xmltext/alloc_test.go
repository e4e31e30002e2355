package xmltext

import (
	"bytes"
	"testing"

	"github.com/godwit-im/godwit/codec"
)

// Bytes in to bytes out, whole, cut in the middle, and byte by byte: nothing is allocated.
func TestNoAllocations(t *testing.T) {
	if RaceEnabled {
		t.Log("the race detector empties pools at random: only the outcome is tested")
	}
	stanzas := traffic(7, 200)
	out := make([]byte, 0, 64<<10)
	for _, c := range []struct {
		name string
		cut  func(n int) int // where to cut a stanza of n bytes
	}{
		{"whole", func(n int) int { return n }},
		{"cut", func(n int) int { return n / 2 }},
		{"after a byte", func(int) int { return 1 }},
		{"before the last byte", func(n int) int { return n - 1 }},
	} {
		d, s := opened(t, clientHeader), new(codec.Scratch)
		run := func() {
			for _, text := range stanzas {
				n := c.cut(len(text))
				if _, ev, err := d.Decode(text[:n], s); err != nil || (ev == codec.EventElement) != (n == len(text)) {
					t.Fatal(ev, err)
				}
				if n < len(text) {
					if _, ev, err := d.Decode(text[n:], s); err != nil || ev != codec.EventElement {
						t.Fatal(ev, err)
					}
				}
				out, _ = Encoder{}.AppendSplit(out[:0], s.Tree.Root())
			}
		}
		run() // the pool and the scratch get their sizes
		if n := testing.AllocsPerRun(20, run); n != 0 && !RaceEnabled {
			t.Errorf("%s: %v allocations for %d stanzas", c.name, n, len(stanzas))
		}
	}
}

// A connection between elements holds nothing but its Decoder.
func TestNothingHeldBetweenElements(t *testing.T) {
	d, s := opened(t, clientHeader), new(codec.Scratch)
	for _, text := range traffic(3, 50) {
		half := bytes.Clone(text[:len(text)/2])
		if _, _, err := d.Decode(half, s); err != nil {
			t.Fatal(err)
		}
		if d.work == nil {
			t.Fatal("an unfinished element, and nothing is held")
		}
		if _, ev, err := d.Decode(text[len(text)/2:], s); ev != codec.EventElement || err != nil {
			t.Fatal(ev, err)
		}
		if d.work != nil || d.scope != nil {
			t.Fatal("something is held between elements")
		}
	}
}
