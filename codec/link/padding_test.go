package link_test

import (
	"bytes"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/codec/xmltext"
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

// TestPaddingOfEarly: what is said with the first message has one of the few lengths too, whole and within the limit, whoever sends what in front.
func TestPaddingOfEarly(t *testing.T) {
	lengths := make(map[int]bool)
	for n := range 340 {
		n *= 31
		w, _ := early(t, 1)
		w.client.Padding, w.client.Route, w.server.Route = link.PaddingPadme, []byte("node-1"), []byte("node-2")
		w.client.Early = append(slices.Clone(items[:5]), noise(t, n)...)
		sent := 0
		c, s := w.run(1<<20, func(fromClient bool, at int, p []byte) {
			if fromClient && at == 0 {
				sent = len(p) - len("\xF7GWR\x06node-1") - link.PreambleSize - 2
			}
		})
		if c.err != nil || s.err != nil || string(c.h.Route()) != "node-2" {
			t.Fatal(n, c.err, s.err, c.h.Route())
		}
		got, err := s.h.Session().EarlyItems(new(link.Desk))
		if c.h.EarlyTaken() != (len(got) > 0) || err != nil || len(got) > 0 && !bytes.Equal(got, w.client.Early) {
			t.Fatalf("%d: taken %v, %d bytes, %v", n, c.h.EarlyTaken(), len(got), err)
		}
		if len(got) > 0 && (sent != padmeLength(sent) || sent > link.MaxClientMessage) {
			t.Fatalf("%d: a message of %d bytes", n, sent)
		}
		if len(got) == 0 && sent > 200 {
			t.Errorf("%d: nothing early in a message of %d bytes", n, sent)
		}
		lengths[sent] = true
		exchangeItems(t, c.h.Session(), s.h.Session())
	}
	if len(lengths) < 10 || len(lengths) > 100 {
		t.Errorf("%d different lengths", len(lengths))
	}
}

// noise returns a message with a body of n letters that no coding makes much shorter.
func noise(t *testing.T, n int) []byte {
	t.Helper()
	r := rand.New(rand.NewPCG(1, uint64(n)))
	body := make([]byte, n)
	for i := range body {
		body[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[r.IntN(64)]
	}
	scratch := new(codec.Scratch)
	if err := (xmltext.Encoder{}).Parse([]byte("<message><body>"+string(body)+"</body></message>"), scratch); err != nil {
		t.Fatal(err)
	}
	return compact.Encoder{}.AppendElement(nil, scratch.Tree.Root())
}
