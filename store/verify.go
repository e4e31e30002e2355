package store

import (
	"bytes"
	"context"
	"fmt"
	"time"
)

// Report is what Verify found.
type Report struct {
	Keys   uint64  // walked
	Faults uint64  // found
	First  []Fault // the first MaxFaults of them
}

// MaxFaults is how many faults a Report describes.
const MaxFaults = 1000

// Fault is one key of the store with which something is wrong.
type Fault struct {
	Key  []byte
	What string
}

func (f Fault) String() string { return fmt.Sprintf("%q: %s", f.Key, f.What) }

const progressKeys = 100_000

// Verify walks every key as of the call, beside everything else that goes on. It
// checks that keys and values are well formed and values are what was written
// (CRC-32C), that indexes and what they lead to agree, that archives have no
// holes, and that counters are not behind what they count. progress (nil: none)
// is told now and then how far it is. The error is about the walk itself: the
// context's, or a file that Pebble cannot read, which is among the faults too.
func (s *Store) Verify(ctx context.Context, progress func(string)) (Report, error) {
	if progress == nil {
		progress = func(string) {}
	}
	w := verifier{s: s, ctx: ctx, progress: progress}
	err := syncedSource{s}.with(func(v viewSource) error {
		w.reader = reader{src: v}
		return v.scan(nil, nil, false, w.visit)
	})
	if err != nil && ctx.Err() == nil {
		w.fault(w.last, "the walk ends after this key: %v", err)
	}
	return w.report, err
}

type verifier struct {
	reader
	s        *Store
	ctx      context.Context
	progress func(string)
	report   Report
	last     []byte // the key being looked at

	account    []byte // whose counters are in counted, in the form of keys
	counted    counters
	entries    []byte // whose entries come
	entrySeq   uint64 // the last of them
	entryBytes uint64 // of all of them so far
	entryTime  time.Time
}

func (w *verifier) fault(key []byte, format string, args ...any) {
	w.report.Faults++
	if len(w.report.First) < MaxFaults {
		w.report.First = append(w.report.First, Fault{bytes.Clone(key), fmt.Sprintf(format, args...)})
	}
}

func (w *verifier) visit(key, rec []byte) (bool, error) {
	if err := w.ctx.Err(); err != nil {
		return false, err
	}
	w.last = append(w.last[:0], key...)
	if w.report.Keys++; w.report.Keys%progressKeys == 0 {
		w.progress(fmt.Sprintf("%d keys, %d faults, now at table %q", w.report.Keys, w.report.Faults, key[:1]))
	}
	check := verifyTables[key[0]]
	if check == nil {
		w.fault(key, "unknown table")
		return true, nil
	}
	if err := check(w, key, rec); err != nil {
		w.fault(key, "%v", err)
	}
	return true, nil
}

// countersOf returns the counters of an account given as in keys.
func (w *verifier) countersOf(account []byte) (counters, error) {
	if w.account != nil && bytes.Equal(account, w.account) {
		return w.counted, nil
	}
	key := append([]byte{tableCounters}, account...)
	rec, ok, err := w.src.get(key)
	if err != nil {
		return counters{}, err
	}
	var c counters
	if ok {
		if c, err = decodeCounters(key, rec); err != nil {
			return c, fmt.Errorf("its account's counters: %w", err)
		}
	}
	w.account, w.counted = bytes.Clone(account), c
	return c, nil
}
