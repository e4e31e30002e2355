package store

import (
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Pebble has no good answer to a full disk: a log write that fails ends the
// process. So operations are refused before it comes to that, and a ballast
// file is given up when it does all the same.

// The states of Store.diskFull.
const (
	diskOK   = iota
	diskLow  // Submit is refused
	diskLast // Do is refused too
)

const (
	diskPollInterval = time.Second
	ballastName      = "BALLAST"
	minFreeMost      = 2 << 30
	minFreePercent   = 5
)

// watchDisk looks at the free space every second until Close.
func (s *Store) watchDisk() {
	defer close(s.diskDone)
	poll := s.opts.hooks.diskPoll
	if poll == nil {
		t := time.NewTicker(diskPollInterval)
		defer t.Stop()
		poll = t.C
	}
	for {
		select {
		case <-s.stop:
			return
		case <-poll:
			s.checkDisk()
		}
	}
}

// MinFree returns the free space in bytes that a disk of total bytes has to
// have, by MinFreeBytes. What a store needs to go on does not grow with the
// disk: a twentieth of a large one would refuse mail with room for years.
func (o *Options) MinFree(total uint64) uint64 {
	if o.MinFreeBytes != 0 {
		return o.MinFreeBytes
	}
	return min(total/100*minFreePercent, minFreeMost)
}

// checkDisk sets diskFull. Where free space cannot be told, nothing is refused.
func (s *Store) checkDisk() {
	avail, total, err := s.diskUsage()
	if err != nil || total == 0 {
		return
	}
	floor := s.opts.MinFree(total)
	now := int32(diskOK)
	switch {
	case avail < floor/4:
		now = diskLast
	case avail < floor:
		now = diskLow
	}
	if before := s.diskFull.Swap(now); before != now {
		s.log.Warn("disk space", "available", avail, "needed", floor, "accepting", now == diskOK)
	}
}

func (s *Store) diskUsage() (avail, total uint64, err error) {
	if s.opts.hooks.diskUsage != nil {
		return s.opts.hooks.diskUsage()
	}
	u, err := s.fs.GetDiskUsage(s.dir)
	return u.AvailBytes, u.TotalBytes, err
}

// withBallast returns fs such that a write that finds no space removes the
// ballast file and is tried again.
func (s *Store) withBallast(fs vfs.FS) vfs.FS {
	return vfs.OnDiskFull(fs, func() {
		s.diskFull.Store(diskLast)
		err := fs.Remove(fs.PathJoin(s.dir, ballastName))
		s.log.Error("disk is full, ballast given up", "err", err)
	})
}

// makeBallast sets the ballast aside when it is missing and there is room.
func (s *Store) makeBallast() {
	name := s.fs.PathJoin(s.dir, ballastName)
	if s.opts.BallastBytes <= 0 || s.opts.hooks.fs != nil || s.diskFull.Load() != diskOK {
		return
	}
	if _, err := s.fs.Stat(name); err == nil {
		return
	}
	f, err := s.fs.Create(name, vfs.WriteCategoryUnspecified)
	if err == nil {
		err = f.Preallocate(0, s.opts.BallastBytes)
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}
	if err != nil {
		s.log.Warn("no ballast", "err", err)
	}
}
