package client

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestIDQueue compares the queue with a plain slice over a long random life.
func TestIDQueue(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var q idQueue
	var want []string
	for i := range 20_000 {
		if n := len(want); n > 0 && random.IntN(2) == 0 {
			if got := string(q.pop()); got != want[0] {
				t.Fatalf("step %d: got %q, want %q", i, got, want[0])
			}
			want = want[1:]
		} else {
			id := strings.Repeat("x", random.IntN(200)) + fmt.Sprint(i)
			if random.IntN(10) == 0 {
				id = ""
			}
			q.push([]byte(id))
			want = append(want, id)
		}
		if q.n != len(want) {
			t.Fatalf("step %d: %d ids, want %d", i, q.n, len(want))
		}
	}
	var got []string
	q.each(func(id []byte) { got = append(got, string(id)) })
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestIDQueueKeepsItsMemory(t *testing.T) {
	var q idQueue
	id := []byte("0123456789")
	round := func() {
		for range 10 {
			q.push(id)
		}
		for range 9 {
			q.pop()
		}
		q.pop()
	}
	round()
	if n := testing.AllocsPerRun(100, round); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
