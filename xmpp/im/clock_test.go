package im

import (
	"flag"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/godwit-im/godwit/store"
)

var clockSeed = flag.Uint64("clock.seed", rand.Uint64()>>1, "seed of TestRetentionWhenTheClockLeaps")

// TestRetentionWhenTheClockLeaps lets the clock leap by up to a year, back and forth, between messages and sweeps: what a sweep deletes is what is older by its own time
// than may be kept, no more and no less, and numbers go on.
func TestRetentionWhenTheClockLeaps(t *testing.T) {
	t.Logf("again: go test ./xmpp/im -run %s -clock.seed %d", t.Name(), *clockSeed)
	rng := rand.New(rand.NewPCG(*clockSeed, 0))
	f := newFixture(t, Options{ArchiveDays: 3})
	now, last := noon, uint64(0)
	var left []time.Time // of the entries that are there
	var latest time.Time // of all
	for range 400 {
		switch rng.IntN(3) {
		case 0:
			d := []time.Duration{time.Second, time.Hour, day, 3 * day, 40 * day, 365 * day}[rng.IntN(6)]
			now = now.Add(d * time.Duration(1-2*rng.IntN(2)))
		case 1:
			e := f.entry("romeo@example.org", false)
			e.Time = now
			f.do(func(tx *store.Tx) error { _, _, err := tx.Append(e); return err })
			if now.After(latest) {
				latest = now
			}
			left, last = append(left, latest), last+1
		default:
			left = slices.DeleteFunc(left, func(at time.Time) bool { return at.Before(now.Add(-3 * day)) })
			b := f.swept(now)
			if n := uint64(len(left)); b.Entries != n || n > 0 && (b.Last != last || !b.FirstTime.Equal(left[0]) || !b.LastTime.Equal(latest)) {
				t.Fatalf("at %v: %+v, and not %d up to %d, from %v", now, b, n, last, left)
			}
		}
	}
}
