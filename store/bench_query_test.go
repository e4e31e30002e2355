package store

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// BenchmarkArchivePage reads a page of 50 from archives of a thousand and of a million entries, with real files: the last page, one from the
// middle by time, and those with one contact of ten. bench/results/archive.txt has the figures.
func BenchmarkArchivePage(b *testing.B) {
	for _, n := range []int{1_000, 1_000_000} {
		s, contact := benchArchive(b, n)
		middle := noon.Add(time.Duration(n/2) * time.Second)
		for _, c := range []struct {
			name string
			q    ArchiveQuery
		}{
			{"last", ArchiveQuery{Backward: true}},
			{"start", ArchiveQuery{Start: middle}},
			{"with", ArchiveQuery{With: contact, Backward: true}},
			{"with+start", ArchiveQuery{With: contact, Start: middle}},
		} {
			b.Run(fmt.Sprintf("%s/%d", c.name, n), func(b *testing.B) {
				c.q.Max = 50
				b.ResetTimer()
				for range b.N {
					got := 0
					_, err := s.QueryArchive(juliet, c.q, func(uint64, Entry) bool { got++; return true })
					if err != nil || got != c.q.Max {
						b.Fatal(got, err)
					}
				}
			})
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// benchArchive is a store on disk with one archive of n entries, flushed, with ten contacts in turn.
func benchArchive(b *testing.B, n int) (*Store, jid.JID) {
	s, err := Open(b.TempDir(), quiet(Options{MinFreeBytes: 1, BallastBytes: -1}))
	if err != nil {
		b.Fatal(err)
	}
	contacts := benchAccounts(10)
	stanza := make([]byte, 200)
	for i := range stanza {
		stanza[i] = byte(i * i >> 3)
	}
	for done := 0; done < n; {
		do(b, s, func(tx *Tx) error {
			for range min(5_000, n-done) {
				c := contacts[done%len(contacts)]
				e := Entry{Account: juliet, With: c, From: c, Time: noon.Add(time.Duration(done) * time.Second), Stanza: stanza}
				if _, _, err := tx.Append(e); err != nil {
					return err
				}
				done++
			}
			return nil
		})
	}
	// Settled, as an archive of that size is: what was just written is still being compacted, and that costs whatever runs beside it.
	if err := errors.Join(s.db.Flush(), s.db.Compact(ctx, []byte{0}, []byte{0xff}, false)); err != nil {
		b.Fatal(err)
	}
	return s, contacts[0].Bare()
}
