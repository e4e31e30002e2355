package store

import (
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// TestDiskFullAdmission walks the free space down to each threshold, past it,
// and back.
func TestDiskFullAdmission(t *testing.T) {
	var avail atomic.Uint64
	avail.Store(1 << 40)
	poll := make(chan time.Time)
	o := Options{MinFreeBytes: 1000}
	o.hooks.diskPoll = poll
	o.hooks.diskUsage = func() (uint64, uint64, error) { return avail.Load(), 1 << 40, nil }
	s := openMemory(t, nil, o)
	for _, c := range []struct {
		avail      uint64
		submit, do error
	}{
		{1000, nil, nil},
		{999, ErrDiskFull, nil},
		{250, ErrDiskFull, nil},
		{249, ErrDiskFull, ErrDiskFull},
		{0, ErrDiskFull, ErrDiskFull},
		{999, ErrDiskFull, nil},
		{1000, nil, nil},
	} {
		avail.Store(c.avail)
		poll <- time.Time{}
		poll <- time.Time{} // taken when the first has been dealt with
		if err := s.Submit(&testOp{}); err != c.submit {
			t.Errorf("%d bytes free: Submit: %v", c.avail, err)
		}
		if err := s.Do(ctx, func(*Tx) error { return nil }); err != c.do {
			t.Errorf("%d bytes free: Do: %v", c.avail, err)
		}
		if full := s.Stats().DiskFull; full != (c.submit != nil) {
			t.Errorf("%d bytes free: Stats say %v", c.avail, full)
		}
	}
}

func TestDiskThresholds(t *testing.T) {
	const gib = 1 << 30
	for _, c := range []struct {
		min, avail, total uint64
		want              int32
	}{
		{0, 5 * gib / 10, 10 * gib, diskOK},
		{0, 5*gib/10 - 100, 10 * gib, diskLow},
		{0, 2 * gib, 1000 * gib, diskOK},
		{0, 2*gib - 1, 1000 * gib, diskLow},
		{0, gib/2 - 1, 1000 * gib, diskLast},
		{0, 0, 0, diskOK}, // not known
		{gib, gib, 1000 * gib, diskOK},
	} {
		s := &Store{opts: quiet(Options{MinFreeBytes: c.min})}
		s.log = s.opts.Logger
		s.opts.hooks.diskUsage = func() (uint64, uint64, error) { return c.avail, c.total, nil }
		if s.checkDisk(); s.diskFull.Load() != c.want {
			t.Errorf("%+v: %d", c, s.diskFull.Load())
		}
	}
}

// TestBallast: a write that finds the disk full takes the ballast and succeeds,
// and from then on operations are refused.
func TestBallast(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, quiet(Options{MinFreeBytes: 1, BallastBytes: 1 << 20}))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ballast := filepath.Join(dir, ballastName)
	if _, err := os.Stat(ballast); err != nil {
		t.Fatal(err)
	}
	full := errorfs.Wrap(s.fs, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if _, err := os.Stat(ballast); err == nil && op.Kind == errorfs.OpCreate {
			return syscall.ENOSPC
		}
		return nil
	}))
	f, err := s.withBallast(full).Create(filepath.Join(dir, "new"), "")
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if _, err := os.Stat(ballast); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the ballast is still there: %v", err)
	}
	if err := s.Do(ctx, func(*Tx) error { return nil }); err != ErrDiskFull {
		t.Errorf("%v", err)
	}
}
