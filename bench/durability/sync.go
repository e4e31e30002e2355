package durability

import (
	"errors"
	"os"
	"slices"
	"time"
)

// SyncTime returns how long the disk of a folder takes to sync 4 KiB at the end of a file: the median of 64 times. It says what a strict store waits for.
func SyncTime(folder string) (median time.Duration, err error) {
	f, err := os.CreateTemp(folder, "sync-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	var times [64]time.Duration
	for i := range times {
		if _, err := f.Write(make([]byte, 4<<10)); err != nil {
			return 0, err
		}
		start := time.Now()
		if err := f.Sync(); err != nil {
			return 0, err
		}
		times[i] = time.Since(start)
	}
	slices.Sort(times[:])
	return times[len(times)/2], nil
}
