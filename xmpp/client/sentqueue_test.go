package client

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// TestSentQueue compares the queue with a plain slice over a long random life.
func TestSentQueue(t *testing.T) {
	for _, keep := range []bool{false, true} {
		t.Run(fmt.Sprint("keep=", keep), func(t *testing.T) { sentQueueLife(t, keep) })
	}
}

func sentQueueLife(t *testing.T, keep bool) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	q := sentQueue{keep: keep}
	var want []string
	describe := func(s sentStanza) string {
		if !keep {
			return string(s.id)
		}
		return fmt.Sprintf("%s at %d: %s", s.id, s.at.UnixMilli(), s.text)
	}
	for i := range 20_000 {
		if n := len(want); n > 0 && random.IntN(2) == 0 {
			if got := describe(q.pop()); got != want[0] {
				t.Fatalf("step %d: got %q, want %q", i, got, want[0])
			}
			want = want[1:]
		} else {
			s := sentStanza{at: time.UnixMilli(int64(i)), id: []byte(strings.Repeat("x", random.IntN(200)) + fmt.Sprint(i))}
			if random.IntN(10) == 0 {
				s.id = nil
			}
			switch random.IntN(3) {
			case 0:
				var b codec.Builder
				q.push(s.at, s.id, b.Start(atom.NSClient, atom.Message).AttrUint(atom.ID, uint64(i)).Element())
				s.text = fmt.Appendf(nil, "<message id='%d'/>", i)
			case 1:
				q.push(s.at, s.id, codec.Element{})
			case 2:
				s.text = []byte("<presence></presence>")
				q.pushText(s.at, s.id, s.text[:10], s.text[10:])
			}
			want = append(want, describe(s))
		}
		if q.n != len(want) {
			t.Fatalf("step %d: %d stanzas, want %d", i, q.n, len(want))
		}
	}
	var got []string
	q.each(func(s sentStanza) { got = append(got, describe(s)) })
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSentQueueKeepsItsMemory(t *testing.T) {
	q := sentQueue{keep: true}
	var b codec.Builder
	e := b.Start(atom.NSClient, atom.Message).Attr(atom.ID, "0123456789").Element()
	round := func() {
		for range 10 {
			q.push(start, []byte("0123456789"), e)
		}
		for range 10 {
			q.pop()
		}
	}
	round()
	if n := testing.AllocsPerRun(100, round); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestSentQueueIsBounded has a window of stanzas move on for long: the memory is that of about three windows.
func TestSentQueueIsBounded(t *testing.T) {
	q := sentQueue{keep: true}
	text := make([]byte, 1000)
	for i := range 10_000 {
		q.pushText(start, nil, text)
		if i >= 10 {
			q.pop()
		}
	}
	if cap(q.buf) > 40*len(text) {
		t.Errorf("%d bytes for %d", cap(q.buf), q.size())
	}
	q = sentQueue{keep: true}
	q.pushText(start, nil, make([]byte, keptQueue))
	if q.pop(); cap(q.buf) > keptQueue {
		t.Errorf("an empty queue holds %d bytes", cap(q.buf))
	}
}
