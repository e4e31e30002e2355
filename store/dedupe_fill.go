package store

import (
	"encoding/binary"
	"errors"
)

// findDays lists the partitions on disk. Before the committer starts.
func (d *dedupe) findDays() error {
	lower := []byte{tableDedupe}
	upper := prefixEnd(lower)
	for {
		found := false
		err := d.tx.scan(lower, upper, false, func(key, _ []byte) (bool, error) {
			day, _, ok := cutDay(key)
			if !ok {
				return false, corruptf("dedupe key %x", key)
			}
			d.days = append(d.days, &dedupeDay{day: day})
			lower, found = dedupeDayKey(nil, day+1), true
			return false, nil
		})
		if err != nil || !found {
			return err
		}
	}
}

// cutDay splits a dedupe key after its day.
func cutDay(key []byte) (day uint32, rest []byte, ok bool) {
	if len(key) < 5 {
		return 0, nil, false
	}
	return binary.BigEndian.Uint32(key[1:5]), key[5:], true
}

// fillFilters makes the filters of the given partitions, newest first, from
// what is on disk, and hands each to the committer. It runs on a goroutine of
// its own beside the committer, which adds new keys to filters of its own.
func (s *Store) fillFilters(days []uint32) {
	defer close(s.fillDone)
	for i := len(days) - 1; i >= 0; i-- {
		day, err := s.fillFilter(days[i])
		switch {
		case errors.Is(err, errStopped):
			return
		case err != nil:
			s.log.Error("dedupe partition stays without filter", "day", days[i], "err", err)
			day.tooBig = true
		}
		s.tx.dedupe.filled <- day // has room for all
	}
}

func (s *Store) fillFilter(n uint32) (*dedupeDay, error) {
	day := &dedupeDay{day: n}
	src := syncedSource{s}
	err := src.scan(dedupeDayKey(nil, n), dedupeDayKey(nil, n+1), false, func(key, _ []byte) (bool, error) {
		if s.closing.Load() {
			return false, errStopped
		}
		if len(key) < len(dedupeHash{}) {
			return false, corruptf("dedupe key %x", key)
		}
		day.filter.add(dedupeHash(key[len(key)-len(dedupeHash{}):]), 0)
		day.tooBig = day.filter.bytes() > s.opts.DedupeFilterBytes
		return !day.tooBig, nil
	})
	day.exact = err == nil && !day.tooBig
	return day, err
}

// adopt takes over a filter made in the background and joins it with the keys
// that came since.
func (d *dedupe) adopt(filled *dedupeDay) {
	for _, day := range d.days {
		switch {
		case day.day != filled.day || day.tooBig:
		case filled.tooBig:
			d.bytes -= day.filter.bytes()
			*day = dedupeDay{day: day.day, tooBig: true}
		default:
			day.filter.segments = append(filled.filter.segments, day.filter.segments...)
			day.filter.n += filled.filter.n
			day.exact = true
			d.bytes += filled.filter.bytes()
			d.bound(day)
		}
	}
}
