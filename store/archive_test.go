package store

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/godwit-im/godwit/xmpp/jid"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// message is one from romeo to juliet.
func message(text, origin string) Entry {
	return Entry{
		Account: juliet, With: orchard, From: orchard, OriginID: []byte(origin), Time: noon, Stanza: []byte(text),
	}
}

func appendOne(t testing.TB, s *Store, e Entry) (seq uint64, duplicate bool) {
	t.Helper()
	do(t, s, func(tx *Tx) (err error) {
		seq, duplicate, err = tx.Append(e)
		return err
	})
	return seq, duplicate
}

func TestEntryComesBack(t *testing.T) {
	s := openMemory(t, nil, Options{})
	entries := []Entry{
		message("incoming", "o1"),
		{Account: juliet, With: orchard, From: balcony, Outgoing: true, Stanza: []byte{0, 1, 255}, Time: noon, Flags: 129},
		{Account: juliet, With: jid.MustParse("montague.example"), From: jid.MustParse("montague.example"), Time: noon.Add(time.Second)},
	}
	for i, e := range entries {
		if seq, dup := appendOne(t, s, e); seq != uint64(i+1) || dup {
			t.Errorf("entry %d got seq %d, duplicate %v", i, seq, dup)
		}
	}
	i := 0
	err := s.Archive(juliet, 0, 0, func(seq uint64, e Entry) bool {
		if got, want := fmt.Sprintf("%+v", e), fmt.Sprintf("%+v", entries[i]); got != want || seq != uint64(i+1) {
			t.Errorf("%d: %s\nnot %s", seq, got, want)
		}
		i++
		return true
	})
	if err != nil || i != len(entries) {
		t.Errorf("%d entries, %v", i, err)
	}
}

func TestArchivePages(t *testing.T) {
	s := openMemory(t, nil, Options{})
	const n = 10
	for i := range n {
		appendOne(t, s, message(fmt.Sprint(i+1), ""))
	}
	type page func(jid.JID, uint64, int, func(uint64, Entry) bool) error
	for _, c := range []struct {
		name   string
		page   page
		from   uint64
		limit  int
		stop   int
		expect string
	}{
		{"all", s.Archive, 0, 0, 0, "[1 2 3 4 5 6 7 8 9 10]"},
		{"page", s.Archive, 3, 4, 0, "[4 5 6 7]"},
		{"last page", s.Archive, 8, 4, 0, "[9 10]"},
		{"past the end", s.Archive, 10, 4, 0, "[]"},
		{"no such seq", s.Archive, ^uint64(0), 4, 0, "[]"},
		{"stopped", s.Archive, 0, 0, 2, "[1 2]"},
		{"back from the end", s.ArchiveBefore, 0, 3, 0, "[10 9 8]"},
		{"back", s.ArchiveBefore, 5, 3, 0, "[4 3 2]"},
		{"back to the start", s.ArchiveBefore, 3, 5, 0, "[2 1]"},
		{"before the first", s.ArchiveBefore, 1, 5, 0, "[]"},
	} {
		seqs := []uint64{}
		err := c.page(juliet, c.from, c.limit, func(seq uint64, e Entry) bool {
			if string(e.Stanza) != fmt.Sprint(seq) {
				t.Errorf("%s: entry %d is %q", c.name, seq, e.Stanza)
			}
			seqs = append(seqs, seq)
			return len(seqs) != c.stop
		})
		if fmt.Sprint(seqs) != c.expect || err != nil {
			t.Errorf("%s: %v, %v", c.name, seqs, err)
		}
	}
}

// TestLongScan is longer than an iterator lives.
func TestLongScan(t *testing.T) {
	s := openMemory(t, nil, Options{})
	const n = 2*maxIterKeys + 10
	do(t, s, func(tx *Tx) error {
		for range n {
			if _, _, err := tx.Append(message("x", "")); err != nil {
				return err
			}
		}
		return nil
	})
	next := uint64(1)
	err := s.Archive(juliet, 0, 0, func(seq uint64, _ Entry) bool {
		if seq != next {
			t.Fatalf("%d comes instead of %d", seq, next)
		}
		next++
		return true
	})
	if err != nil || next != n+1 {
		t.Errorf("ends before %d, %v", next, err)
	}
	err = s.ArchiveBefore(juliet, 0, 0, func(seq uint64, _ Entry) bool { next--; return seq == next })
	if err != nil || next != 1 {
		t.Errorf("backwards ends at %d, %v", next, err)
	}
}

func TestDuplicates(t *testing.T) {
	s := openMemory(t, nil, Options{})
	out := message("x", "o")
	out.Outgoing = true
	other := message("x", "o")
	other.From = jid.MustParse("tybalt@capulet.example/r")
	elsewhere := message("x", "o")
	elsewhere.From = jid.MustParse("romeo@montague.example/elsewhere")
	for _, c := range []struct {
		name string
		e    Entry
		seq  uint64
		dup  bool
	}{
		{"first", message("one", "o"), 1, false},
		{"again", message("two", "o"), 1, true},
		{"another resource of the sender", elsewhere, 1, true},
		{"other direction", out, 2, false},
		{"other sender", other, 3, false},
		{"other id", message("x", "p"), 4, false},
		{"no id", message("x", ""), 5, false},
		{"no id again", message("x", ""), 6, false},
		{"longest id", message("x", string(make([]byte, MaxOriginID))), 7, false},
		{"first again", message("x", "o"), 1, true},
	} {
		if seq, dup := appendOne(t, s, c.e); seq != c.seq || dup != c.dup {
			t.Errorf("%s: seq %d, duplicate %v", c.name, seq, dup)
		}
	}
	do(t, s, func(tx *Tx) error { // both in one batch
		a, dup1, err1 := tx.Append(message("x", "q"))
		b, dup2, err2 := tx.Append(message("x", "q"))
		if a != b || dup1 || !dup2 {
			t.Errorf("in one batch: %d %v, %d %v", a, dup1, b, dup2)
		}
		return errors.Join(err1, err2)
	})
}

func TestEntryLimits(t *testing.T) {
	s := openMemory(t, nil, Options{})
	for _, c := range []struct {
		stanza, origin int
		ok             bool
	}{{MaxStanza, 0, true}, {MaxStanza + 1, 0, false}, {0, MaxOriginID, true}, {0, MaxOriginID + 1, false}} {
		e := message(string(make([]byte, c.stanza)), string(make([]byte, c.origin)))
		err := s.Do(ctx, func(tx *Tx) error { _, _, err := tx.Append(e); return err })
		if c.ok && err != nil || !c.ok && !errors.Is(err, ErrInvalid) {
			t.Errorf("stanza of %d, origin-id of %d: %v", c.stanza, c.origin, err)
		}
	}
	err := s.Do(ctx, func(tx *Tx) error { _, _, err := tx.Append(Entry{From: romeo}); return err })
	if !errors.Is(err, ErrInvalid) {
		t.Errorf("no account: %v", err)
	}
}

// TestEvictedStateComesBack: a cache of one account, and batches of many.
func TestEvictedStateComesBack(t *testing.T) {
	s := openMemory(t, nil, Options{CachedAccounts: 1})
	for round := range uint64(5) {
		do(t, s, func(tx *Tx) error {
			for i := range 2 * 10 {
				e := message("x", "")
				e.Account = contact(i % 10)
				seq, _, err := tx.Append(e)
				if want := 2*round + uint64(i/10) + 1; seq != want || err != nil {
					return fmt.Errorf("seq %d of %s is given as %d, %v", want, e.Account, seq, err)
				}
				if err := tx.SetCursor(e.Account, "phone", seq); err != nil {
					return err
				}
			}
			return nil
		})
		do(t, s, func(tx *Tx) error {
			if n := len(tx.states.byJID); n != 1 {
				t.Errorf("%d accounts are cached", n)
			}
			return nil
		})
	}
	if r, err := s.Verify(ctx, nil); err != nil || r.Faults != 0 {
		t.Errorf("verify: %v, %v", r.First, err)
	}
}

// TestAppendDoesNotAllocate: the whole Apply of a message between two accounts,
// of which the batch is then thrown away.
func TestAppendDoesNotAllocate(t *testing.T) {
	s := openMemory(t, nil, Options{})
	accounts := benchAccounts(100)
	op := <-pairs(1)
	n := 0
	result := make(chan float64, 1)
	discard := errors.New("nothing of this is to be kept")
	err := s.Do(ctx, func(*Tx) error {
		tx := &s.tx
		run := func() {
			tx.beginOp()
			op.set(accounts, n)
			n++
			if err := op.Apply(tx); err != nil {
				t.Error(err)
			}
			if n%200 == 0 { // as if it were committed
				tx.batch.Reset()
				tx.dedupe.endBatch()
				clear(tx.undoSeen)
				for _, st := range tx.dirty {
					st.dirty = false
				}
				tx.dirty = tx.dirty[:0]
			}
		}
		for range 2000 {
			run() // grow everything
		}
		result <- testing.AllocsPerRun(2000, run)
		return discard
	})
	if err != discard {
		t.Fatal(err)
	}
	if got := <-result; got != 0 {
		t.Errorf("%v allocations", got)
	}
}
