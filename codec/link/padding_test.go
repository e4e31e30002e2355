package link_test

import (
	"math/bits"
	"testing"

	"github.com/godwit-im/godwit/codec/link"
)

// padmeLength is Padmé as its paper has it (Nikitin et al., algorithm 1), the slow way.
func padmeLength(n int) int {
	exponent := bits.Len(uint(n)) - 1
	last := exponent - bits.Len(uint(exponent))
	for n%(1<<last) != 0 {
		n++
	}
	return n
}

// TestPadding: with Padmé a frame has the next of its few lengths, without there is nothing; what is in it comes out as it was.
func TestPadding(t *testing.T) {
	for _, padding := range []link.Padding{link.PaddingNone, link.PaddingPadme} {
		w := newWorld(t)
		w.client.Padding, w.server.Padding = padding, padding
		c, s := w.connect(t, 1<<20)
		lengths := make(map[int]bool)
		for n := range 5000 {
			plain, sender, receiver := make([]byte, n), c, s
			if n%2 > 0 {
				sender, receiver = s, c
			}
			frame := sender.AppendFrames(nil, plain)
			want := 1 + n + 16
			if padding == link.PaddingPadme {
				want = padmeLength(want)
			}
			if whole := want + (bits.Len(uint(want))+6)/7; len(frame) != whole {
				t.Fatalf("%d: %d bytes in a frame of %d, want %d", padding, n, len(frame), whole)
			}
			lengths[len(frame)] = true
			if m, got, err := receiver.Open(nil, frame); m != len(frame) || len(got) != n || err != nil {
				t.Fatalf("%d, %d bytes, %v; want %d", m, len(got), err, n)
			}
		}
		if padding == link.PaddingPadme && len(lengths) > 200 {
			t.Errorf("%d different lengths", len(lengths))
		}
	}
}

// TestPaddingOfLongItems: the last of several frames is filled up as well, and none beyond what a frame may have.
func TestPaddingOfLongItems(t *testing.T) {
	w := newWorld(t)
	w.client.Padding = link.PaddingPadme
	c, s := w.connect(t, 1<<20)
	for _, n := range []int{link.MaxFrame - 18, link.MaxFrame - 17, link.MaxFrame - 16, 3 * link.MaxFrame} {
		in, got := c.AppendFrames(nil, make([]byte, n)), 0
		for more := true; more; more = s.More() {
			m, plain, err := s.Open(nil, in)
			if m == 0 || err != nil {
				t.Fatal(n, m, err)
			}
			in, got = in[m:], got+len(plain)
		}
		if got != n || len(in) > 0 {
			t.Errorf("%d of %d bytes, %d left", got, n, len(in))
		}
	}
}

// TestPaddingDoesNotAllocate: it is zeros where the frame is made.
func TestPaddingDoesNotAllocate(t *testing.T) {
	w := newWorld(t)
	w.client.Padding = link.PaddingPadme
	c, _ := w.connect(t, 1<<20)
	buf, plain := make([]byte, 0, 4096), make([]byte, 1000)
	if n := testing.AllocsPerRun(100, func() { c.AppendFrames(buf, plain) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
