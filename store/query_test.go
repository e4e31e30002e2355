package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// queried runs a query and returns the seqs it gave.
func queried(t testing.TB, s *Store, q ArchiveQuery) (seqs []uint64, page ArchivePage) {
	t.Helper()
	page, err := s.QueryArchive(juliet, q, func(seq uint64, e Entry) bool {
		seqs = append(seqs, seq)
		return true
	})
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	return seqs, page
}

// kept is an entry as the naive filter knows it.
type kept struct {
	seq  uint64
	with jid.JID
	time time.Time
}

// naive is what a query must give, and whether that is all there is.
func naive(all []kept, q ArchiveQuery) (seqs []uint64, complete bool) {
	all = slices.Clone(all)
	if q.Backward {
		slices.Reverse(all)
	}
	for _, k := range all {
		switch {
		case !q.With.IsZero() && k.with != q.With && (!q.With.IsBare() || k.with.Bare() != q.With),
			!q.Start.IsZero() && k.time.Before(q.Start), !q.End.IsZero() && k.time.After(q.End),
			k.seq <= q.After, q.Before > 0 && k.seq >= q.Before,
			q.Seqs != nil && !slices.Contains(q.Seqs, k.seq),
			q.Match != nil && !q.Match(k.seq, nil):
		case q.Max > 0 && len(seqs) == q.Max:
			return seqs, false
		default:
			seqs = append(seqs, k.seq)
		}
	}
	return seqs, true
}

// TestQueryIsTheNaiveFilter compares random queries with a loop over everything, in an archive
// whose clock jumps and which is trimmed.
func TestQueryIsTheNaiveFilter(t *testing.T) {
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 0))
	s := openMemory(t, nil, Options{})
	contacts := make([]jid.JID, 8)
	for i := range contacts {
		contacts[i] = jid.MustParse(fmt.Sprintf("c%d@example.org/r%d", i/2, i%2))
	}
	contacts = append(contacts, contacts[0].Bare(), jid.MustParse("example.org"), juliet)
	const entries = 600
	var all []kept
	var last time.Time
	for len(all) < entries {
		do(t, s, func(tx *Tx) error {
			for range 1 + rng.IntN(40) {
				e := message("m", "")
				e.With = contacts[rng.IntN(len(contacts))]
				e.Time = noon.Add(time.Duration(len(all))*time.Second + time.Duration(rng.IntN(9000)-4500)*time.Millisecond)
				seq, _, err := tx.Append(e)
				if err != nil {
					return err
				}
				if e.Time.After(last) {
					last = e.Time
				}
				all = append(all, kept{seq, e.With, last})
			}
			return nil
		})
	}
	for round := range 3 {
		for range 1500 {
			q := randomQuery(rng, contacts, len(all))
			got, page := queried(t, s, q)
			want, complete := naive(all, q)
			if !slices.Equal(got, want) || page.Complete != complete {
				t.Fatalf("seed %d: %+v\ngot  %v, complete %v\nwant %v, complete %v", seed, q, got, page.Complete, want, complete)
			}
		}
		do(t, s, func(tx *Tx) error {
			n, err := tx.TrimArchive(juliet, all[0].seq+100, 200)
			if n != 100 || err != nil {
				t.Errorf("round %d: %d trimmed, %v", round, n, err)
			}
			return err
		})
		all = all[100:]
	}
	b, err := s.ArchiveBounds(juliet)
	if err != nil || b.First != all[0].seq || !b.FirstTime.Equal(all[0].time) || b.Last != uint64(len(all)+300) || !b.LastTime.Equal(last) || b.Entries != uint64(len(all)) {
		t.Errorf("bounds %+v, %v", b, err)
	}
	if r, err := s.Verify(ctx, nil); err != nil || r.Faults != 0 {
		t.Errorf("verify: %v, %v", r.First, err)
	}
}

func randomQuery(rng *rand.Rand, contacts []jid.JID, n int) (q ArchiveQuery) {
	some := func() bool { return rng.IntN(2) == 0 }
	when := func() time.Time { return noon.Add(time.Duration(rng.IntN(n+40)-20) * time.Second) }
	if some() {
		if q.With = contacts[rng.IntN(len(contacts))]; some() {
			q.With = q.With.Bare()
		}
	}
	if some() {
		q.Start = when()
	}
	if some() {
		q.End = when()
	}
	if some() {
		q.After = rng.Uint64N(uint64(n) + 40)
	}
	if some() {
		q.Before = rng.Uint64N(uint64(n) + 40)
	}
	if some() {
		q.Match = func(seq uint64, _ *Entry) bool { return seq%3 == 0 }
	}
	if rng.IntN(5) == 0 {
		for seq := uint64(1); seq < uint64(n); seq += 1 + rng.Uint64N(30) {
			q.Seqs = append(q.Seqs, seq)
		}
	}
	q.Backward, q.Max = some(), rng.IntN(30)
	return q
}

// TestQueryBudget: a page ends when enough was looked at, or when the taker wants no more, and says that it is not whole.
func TestQueryBudget(t *testing.T) {
	s := openMemory(t, nil, Options{})
	do(t, s, func(tx *Tx) (err error) {
		for range 10 {
			_, _, err = tx.Append(message("m", ""))
		}
		return err
	})
	even := func(seq uint64, _ *Entry) bool { return seq%2 == 0 }
	for _, c := range []struct {
		q        ArchiveQuery
		seqs     string
		complete bool
		scanned  int
	}{
		{ArchiveQuery{MaxScan: 10}, "[1 2 3 4 5 6 7 8 9 10]", true, 10},
		{ArchiveQuery{MaxScan: 9}, "[1 2 3 4 5 6 7 8 9]", false, 9},
		{ArchiveQuery{MaxScan: 9, Match: even}, "[2 4 6 8]", false, 9},
		{ArchiveQuery{MaxScan: 1, Match: even}, "[2]", false, 2},
		{ArchiveQuery{MaxScan: 1, Match: func(uint64, *Entry) bool { return false }}, "[]", true, 10},
		{ArchiveQuery{Seqs: []uint64{3, 5, 9}, Max: 2}, "[3 5]", false, 3},
		{ArchiveQuery{Seqs: []uint64{3, 5, 9}, Backward: true, After: 3}, "[9 5]", true, 2},
		{ArchiveQuery{Max: 5, Match: even}, "[2 4 6 8 10]", true, 10},
		{ArchiveQuery{Max: 4, Match: even, With: orchard.Bare()}, "[2 4 6 8]", false, 10},
		{ArchiveQuery{Max: 4, Match: even, With: orchard.Bare(), MaxScan: 9}, "[2 4 6 8]", false, 9},
		{ArchiveQuery{With: balcony}, "[]", true, 0},
	} {
		seqs, page := queried(t, s, c.q)
		if fmt.Sprint(seqs) != c.seqs || page.Complete != c.complete || page.Scanned != c.scanned {
			t.Errorf("%+v: %v, %+v", c.q, seqs, page)
		}
	}
	do(t, s, func(tx *Tx) (err error) {
		_, _, err = tx.Append(message("m", ""))
		return err
	})
	if seqs, page := queried(t, s, ArchiveQuery{MaxScan: 1, Match: func(uint64, *Entry) bool { return false }}); seqs != nil || page.Complete || page.Scanned != 10 {
		t.Errorf("nothing in %d: %v, %+v", fruitless, seqs, page)
	}
	for _, c := range []struct {
		q        ArchiveQuery
		from, to uint64
	}{
		{ArchiveQuery{}, 1, 11},
		{ArchiveQuery{Max: 4}, 1, 4},
		{ArchiveQuery{Max: 4, After: 2}, 3, 6},
		{ArchiveQuery{Max: 4, Backward: true}, 8, 11},
		{ArchiveQuery{Max: 4, Backward: true, Before: 4}, 1, 3},
		{ArchiveQuery{MaxScan: 3}, 1, 3},
	} {
		if _, page := queried(t, s, c.q); page.From != c.from || page.To != c.to {
			t.Errorf("%+v: %+v", c.q, page)
		}
	}
	n := 0
	page, err := s.QueryArchive(juliet, ArchiveQuery{}, func(uint64, Entry) bool { n++; return n < 4 })
	if n != 4 || page.Complete || err != nil {
		t.Errorf("refused at %d, %+v, %v", n, page, err)
	}
}

// TestTimesNeverFall: the archive's clock stands still while the machine's is behind it.
func TestTimesNeverFall(t *testing.T) {
	s := openMemory(t, nil, Options{})
	for i, c := range []struct{ at, want time.Time }{
		{noon, noon}, {noon.Add(-time.Hour), noon}, {time.Time{}, noon}, {noon.Add(time.Microsecond), noon.Add(time.Microsecond)},
	} {
		e := message("m", "")
		e.Time = c.at
		seq, _ := appendOne(t, s, e)
		ok, err := s.ArchiveEntries(juliet, []uint64{seq}, func(_ uint64, e Entry) bool {
			if !e.Time.Equal(c.want) {
				t.Errorf("%d: %v, not %v", i, e.Time, c.want)
			}
			return true
		})
		if !ok || err != nil {
			t.Errorf("%d: %v, %v", i, ok, err)
		}
	}
}

func TestBoundsOfNothing(t *testing.T) {
	s := openMemory(t, nil, Options{})
	if b, err := s.ArchiveBounds(juliet); b != (Bounds{}) || err != nil {
		t.Errorf("%+v, %v", b, err)
	}
	appendOne(t, s, message("m", "o"))
	do(t, s, func(tx *Tx) error {
		n, err := tx.TrimArchive(juliet, 100, 100)
		if n != 1 {
			t.Errorf("%d trimmed", n)
		}
		return err
	})
	if b, err := s.ArchiveBounds(juliet); b != (Bounds{}) || err != nil {
		t.Errorf("all trimmed: %+v, %v", b, err)
	}
	if seq, dup := appendOne(t, s, message("m", "o")); seq != 1 || !dup {
		t.Errorf("what was trimmed comes again as %d, duplicate %v", seq, dup)
	}
	if r, err := s.Verify(ctx, nil); err != nil || r.Faults != 0 {
		t.Errorf("verify: %v, %v", r.First, err)
	}
	if seq, _ := appendOne(t, s, message("m", "p")); seq != 2 {
		t.Errorf("the next is %d", seq)
	}
}

// TestReplaceStanza: the place of an entry, and what it is found by, stay.
func TestReplaceStanza(t *testing.T) {
	s := openMemory(t, nil, Options{})
	appendOne(t, s, message("a long first text", "o"))
	appendOne(t, s, message("second", "p"))
	do(t, s, func(tx *Tx) error {
		ok, err := tx.ReplaceStanza(juliet, 1, []byte("gone"), 7)
		if !ok || err != nil {
			t.Errorf("%v, %v", ok, err)
		}
		if ok, _ := tx.ReplaceStanza(juliet, 3, nil, 0); ok {
			t.Error("there is no third")
		}
		return nil
	})
	want := message("gone", "o")
	want.Flags = 7
	all, err := s.ArchiveEntries(juliet, []uint64{2, 1}, func(seq uint64, e Entry) bool {
		if got := fmt.Sprintf("%+v", e); seq == 1 && got != fmt.Sprintf("%+v", want) {
			t.Errorf("%s", got)
		}
		return true
	})
	if missing, _ := s.ArchiveEntries(juliet, []uint64{3}, nil); !all || err != nil || missing {
		t.Errorf("%v, %v; the third is there: %v", all, err, missing)
	}
	if _, dup := appendOne(t, s, message("x", "o")); !dup {
		t.Error("its origin-id is forgotten")
	}
	if r, err := s.Verify(ctx, nil); err != nil || r.Faults != 0 {
		t.Errorf("verify: %v, %v", r.First, err)
	}
}

// TestLargeEntriesCountMore: a query that looks for something reads each of them.
func TestLargeEntriesCountMore(t *testing.T) {
	for _, c := range []struct{ size, scanned int }{{0, 10}, {ScanUnit - 1, 10}, {ScanUnit, 10}, {4 * ScanUnit, 10}} {
		s := openMemory(t, nil, Options{})
		do(t, s, func(tx *Tx) error {
			for range 20 {
				if _, _, err := tx.Append(message(string(make([]byte, c.size)), "")); err != nil {
					return err
				}
			}
			return nil
		})
		looked := 0
		_, page := queried(t, s, ArchiveQuery{MaxScan: 1, Match: func(uint64, *Entry) bool { looked++; return false }})
		if want := 10 / (1 + c.size/ScanUnit); page.Complete || page.Scanned != c.scanned || looked != want {
			t.Errorf("of %d bytes: %d looked at, want %d; they count as %d", c.size, looked, want, page.Scanned)
		}
	}
}
