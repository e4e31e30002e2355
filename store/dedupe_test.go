package store

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"
)

// testClock is a clock that the test moves.
type testClock struct{ now atomic.Int64 }

func newTestClock() *testClock {
	c := new(testClock)
	c.now.Store(noon.UnixNano())
	return c
}

func (c *testClock) Now() time.Time          { return time.Unix(0, c.now.Load()).UTC() }
func (c *testClock) Advance(d time.Duration) { c.now.Add(int64(d)) }

const day = 24 * time.Hour

func partitions(t *testing.T, s *Store) (days []uint32) {
	for key := range dump(t, s) {
		if key[0] == tableDedupe {
			n, _, _ := cutDay([]byte(key))
			days = append(days, n)
		}
	}
	return days
}

// TestDuplicateExpires: recognised on the seventh day after, not on the eighth,
// when its partition is gone from the disk too. With filters made at once and
// with filters made anew at Open.
func TestDuplicateExpires(t *testing.T) {
	for _, reopen := range []bool{false, true} {
		t.Run(fmt.Sprintf("reopen=%v", reopen), func(t *testing.T) {
			m, clock := NewMemory(), newTestClock()
			s := openMemory(t, m, Options{Now: clock.Now})
			appendOne(t, s, message("first", "o"))
			for d := 1; d <= 8; d++ {
				clock.Advance(day)
				if reopen {
					m = m.Crash(uint64(d))
					s = openMemory(t, m, Options{Now: clock.Now})
					<-s.fillDone
				}
				appendOne(t, s, message("other", fmt.Sprint(d)))
				if seq, dup := appendOne(t, s, message("again", "o")); dup != (d <= 7) || dup && seq != 1 {
					t.Fatalf("after %d days: seq %d, duplicate %v", d, seq, dup)
				}
			}
			oldest := dayOf(clock.Now()) - 7
			for _, n := range partitions(t, s) {
				if n < oldest {
					t.Errorf("partition %d is still there, today is %d", n, dayOf(clock.Now()))
				}
			}
		})
	}
}

// TestClockJumps: a clock that was wrong for a while loses no duplicate.
func TestClockJumps(t *testing.T) {
	clock := newTestClock()
	s := openMemory(t, nil, Options{Now: clock.Now})
	appendOne(t, s, message("now", "a"))
	clock.Advance(3 * day)
	appendOne(t, s, message("ahead", "b"))
	clock.Advance(-5 * day)
	appendOne(t, s, message("behind", "c"))
	clock.Advance(2 * day)
	for i, origin := range []string{"a", "b", "c"} {
		if seq, dup := appendOne(t, s, message("again", origin)); !dup || seq != uint64(i+1) {
			t.Errorf("%s: seq %d, duplicate %v", origin, seq, dup)
		}
	}
}

// TestNewOriginIDsAreCheap: over eight full partitions a new origin-id costs no
// read of the disk, but for the filter's rare mistake; also after Open.
func TestNewOriginIDsAreCheap(t *testing.T) {
	m, clock := NewMemory(), newTestClock()
	const perDay = 2000
	fillDay := func(s *Store, d int) {
		do(t, s, func(tx *Tx) error {
			for i := range perDay {
				if _, dup, err := tx.Append(message("x", fmt.Sprint(d, " ", i))); dup || err != nil {
					return fmt.Errorf("duplicate %v, %v", dup, err)
				}
			}
			return nil
		})
	}
	s := openMemory(t, m, Options{Now: clock.Now})
	fillDay(s, 0)
	for d := 1; d < 8; d++ {
		clock.Advance(day)
		fillDay(s, d)
	}
	check := func(s *Store) {
		t.Helper()
		do(t, s, func(tx *Tx) error {
			d := &tx.dedupe
			if d.reads > d.lookups/10 {
				t.Errorf("%d lookups read the disk %d times", d.lookups, d.reads)
			}
			return nil
		})
	}
	check(s)
	s = openMemory(t, m.Crash(1), Options{Now: clock.Now})
	<-s.fillDone
	fillDay(s, 9)
	check(s)
	if seq, dup := appendOne(t, s, message("x", "0 7")); seq != 8 || !dup {
		t.Errorf("the oldest: seq %d, duplicate %v", seq, dup)
	}
}

// TestFilterMemoryIsBounded: past the bound lookups are still right.
func TestFilterMemoryIsBounded(t *testing.T) {
	m := NewMemory()
	o := Options{DedupeFilterBytes: 16 << 10}
	check := func(s *Store) {
		t.Helper()
		<-s.fillDone
		do(t, s, func(tx *Tx) error {
			for i := range 3 * 4096 {
				if seq, dup, err := tx.Append(message("x", fmt.Sprint(i))); err != nil || seq != uint64(i+1) {
					return fmt.Errorf("%d: seq %d, duplicate %v, %v", i, seq, dup, err)
				}
			}
			if n := tx.dedupe.bytes; n > o.DedupeFilterBytes {
				t.Errorf("the filters take %d bytes", n)
			}
			return nil
		})
	}
	check(openMemory(t, m, o))
	check(openMemory(t, m.Crash(1), o)) // all are duplicates now
}

func testHash(n int) dedupeHash {
	sum := sha256.Sum256(binary.AppendUvarint(nil, uint64(n)))
	return dedupeHash(sum[:16])
}

func TestFilter(t *testing.T) {
	var f filter
	const n = 200_000
	for i := range n {
		f.add(testHash(i), 0)
	}
	for i := range n {
		if !f.mayHave(testHash(i)) {
			t.Fatalf("%d is missing", i)
		}
	}
	wrong := 0
	for i := range n {
		if f.mayHave(testHash(n + i)) {
			wrong++
		}
	}
	if wrong > n/100 {
		t.Errorf("%d of %d are said to be there and are not", wrong, n)
	}
	if b := f.bytes(); b > 8*n {
		t.Errorf("%d bytes for %d", b, n)
	}
	t.Logf("%d segments, %.1f bytes each, %.2f %% wrong", len(f.segments), float64(f.bytes())/n, 100*float64(wrong)/n)
	var sized filter
	for i := range n {
		sized.add(testHash(i), n)
	}
	if len(sized.segments) != 1 {
		t.Errorf("%d segments though the size was known", len(sized.segments))
	}
}

// TestFilterIsJoined: a filter that arrives from the background is joined with
// the keys that came meanwhile; one that grew too large is not used.
func TestFilterIsJoined(t *testing.T) {
	for _, tooBig := range []bool{false, true} {
		tx := &Tx{s: &Store{opts: Options{DedupeFilterBytes: 1 << 20}}}
		d := &tx.dedupe
		d.init(tx)
		d.today, d.days = 5, []*dedupeDay{{day: 4, exact: true}, {day: 5}}
		d.remember(testHash(1))
		filled := &dedupeDay{day: 5, exact: !tooBig, tooBig: tooBig}
		filled.filter.add(testHash(2), 0)
		d.adopt(filled)
		d.remember(testHash(3))
		day := d.days[1]
		if day.exact == tooBig || d.bytes != day.filter.bytes() {
			t.Errorf("too big %v: exact %v, %d bytes counted as %d", tooBig, day.exact, day.filter.bytes(), d.bytes)
		}
		for n := 1; n <= 3; n++ {
			if day.exact && !day.filter.mayHave(testHash(n)) {
				t.Errorf("key %d is lost", n)
			}
		}
	}
}

// TestFailedMessageIsNoDuplicate: the same message in the same batch, after the
// operation that appended it first has failed.
func TestFailedMessageIsNoDuplicate(t *testing.T) {
	s := openMemory(t, nil, Options{})
	release := block(t, s)
	results := make(chan error, 2)
	for _, fail := range []error{errors.New("no"), nil} {
		err := s.Submit(&testOp{
			apply: func(tx *Tx) error {
				if seq, dup, err := tx.Append(message("x", "o")); seq != 1 || dup || err != nil {
					t.Errorf("seq %d, duplicate %v, %v", seq, dup, err)
				}
				return fail
			},
			committed: func(err error) { results <- err },
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	release()
	if a, b := <-results, <-results; a == nil || b != nil {
		t.Errorf("%v, %v", a, b)
	}
}
