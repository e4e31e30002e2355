package store

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var (
	clockRuns = flag.Uint64("clock.runs", 4, "how many clocks TestClockLeaps has")
	clockSeed = flag.Uint64("clock.seed", rand.Uint64()>>1, "seed of the first")
)

// TestClockLeaps has clocks that leap back and forth, by a second up to a year, while messages come, and some of them again, and the store is closed and opened.
// Order and times of the archive follow the commits all the same; a message that comes again is a duplicate unless the clock has been more than DedupeDays ahead of the
// first one; no other is taken for one; and what is found by time is what a walk finds. A long run:
//
//	go test ./store -run TestClockLeaps -v -timeout 0 -clock.runs 1000
func TestClockLeaps(t *testing.T) {
	t.Logf("seed %d", *clockSeed)
	for seed := *clockSeed; seed < *clockSeed+*clockRuns && !t.Failed(); seed++ {
		t.Run("", func(t *testing.T) {
			c := &leaps{clock: newTestClock(), rng: rand.New(rand.NewPCG(seed, 0)), memory: NewMemory()}
			c.open(t)
			for range 300 {
				c.step(t)
			}
			c.check(t)
			if err := c.s.Close(); err != nil {
				t.Error(err)
			}
			if t.Failed() {
				t.Errorf("again: go test ./store -run TestClockLeaps -clock.runs 1 -clock.seed %d", seed)
			}
		})
	}
}

type leaps struct {
	clock  *testClock
	rng    *rand.Rand
	memory *Memory
	s      *Store
	first  []leapt // by seq-1
}

// leapt is a message that was committed.
type leapt struct {
	origin string
	day    uint32    // of its commit
	latest uint32    // the latest day since then
	time   time.Time // that it must have
}

func (c *leaps) open(t *testing.T) {
	var err error
	if c.s, err = OpenMemory(c.memory, quiet(Options{Now: c.clock.Now})); err != nil {
		t.Fatal(err)
	}
}

func (c *leaps) step(t *testing.T) {
	switch c.rng.IntN(10) {
	case 0, 1:
		d := []time.Duration{time.Second, time.Hour, day, 6 * day, 30 * day, 365 * day}[c.rng.IntN(6)]
		if c.rng.IntN(2) == 0 {
			d = -d
		}
		c.clock.Advance(d)
	case 2:
		if c.rng.IntN(8) == 0 {
			if err := c.s.Close(); err != nil {
				t.Error(err)
			}
			c.open(t)
		}
	case 3, 4, 5:
		if len(c.first) > 0 {
			c.send(t, c.rng.IntN(len(c.first)))
		}
	default:
		c.send(t, -1)
	}
}

// send sends a new message, or one again.
func (c *leaps) send(t *testing.T, again int) {
	now := dayOf(c.clock.Now())
	for i := range c.first {
		c.first[i].latest = max(c.first[i].latest, now)
	}
	m := message("x", fmt.Sprint("origin ", len(c.first)))
	m.Time = c.clock.Now()
	if again >= 0 {
		m.OriginID = []byte(c.first[again].origin)
	}
	seq, duplicate := appendOne(t, c.s, m)
	switch {
	case again < 0 && (duplicate || seq != uint64(len(c.first)+1)):
		t.Errorf("a new message is number %d of %d, duplicate %v", seq, len(c.first), duplicate)
	case again >= 0 && duplicate && c.first[seq-1].origin != string(m.OriginID):
		t.Errorf("%s is taken for %s", m.OriginID, c.first[seq-1].origin)
	case again >= 0 && !duplicate && c.first[again].latest <= c.first[again].day+defaultDedupeDays:
		t.Errorf("%s of day %d, which has seen day %d, comes twice", m.OriginID, c.first[again].day, c.first[again].latest)
	}
	if !duplicate {
		c.note(now, m)
	}
}

func (c *leaps) note(now uint32, m Entry) {
	if n := len(c.first); n > 0 && m.Time.Before(c.first[n-1].time) {
		m.Time = c.first[n-1].time
	}
	c.first = append(c.first, leapt{string(m.OriginID), now, now, m.Time})
	for i, e := range c.first { // only the last one of that name matters
		if e.origin == string(m.OriginID) && i < len(c.first)-1 {
			c.first[i].latest = ^uint32(0)
		}
	}
}

// check compares the archive with what was sent.
func (c *leaps) check(t *testing.T) {
	i := 0
	err := c.s.Archive(juliet, 0, 0, func(seq uint64, e Entry) bool {
		if want := c.first[i]; seq != uint64(i+1) || string(e.OriginID) != want.origin || !e.Time.Equal(want.time) {
			t.Errorf("entry %d is %s of %v, and not %+v", seq, e.OriginID, e.Time, want)
		}
		i++
		return true
	})
	if err != nil || i != len(c.first) {
		t.Errorf("%d entries of %d, %v", i, len(c.first), err)
	}
	for range 20 {
		since := c.first[c.rng.IntN(len(c.first))].time
		want := slices.IndexFunc(c.first, func(e leapt) bool { return !e.time.Before(since) }) + 1
		page, err := c.s.QueryArchive(juliet, ArchiveQuery{Start: since}, func(uint64, Entry) bool { return false })
		if err != nil || page.From != uint64(want) {
			t.Errorf("since %v: %d, and not %d, %v", since, page.From, want, err)
		}
	}
	if r, err := c.s.Verify(ctx, nil); err != nil || r.Faults != 0 {
		t.Errorf("%v, %v", r.First, err)
	}
}
