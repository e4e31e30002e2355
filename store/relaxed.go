package store

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2/record"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/wal"
)

// The values of Options.Durability.
const (
	Strict  = "strict"
	Relaxed = "relaxed"
)

// With relaxed durability everything stays as it is but for one thing: the log's
// files say that they are synced when they are written, and are synced at most
// Options.SyncInterval later. A log that is ended is synced before the next
// begins, so that only the newest can lack something.
//
// Pebble notes in the log how far it was synced, and takes a log that is damaged
// before such a place for a disk that lost what it had. After a power cut these
// notes may be wrong here. So a store that is open with relaxed durability has a
// file named relaxedName beside its logs; it goes with an orderly Close. Where
// Open finds it, it ends the newest log at the first place that is not whole
// (endLog): that is where the power cut took back what came later.

const (
	relaxedName = "RELAXED"
	cutName     = "RELAXED.cut" // the log being rewritten
)

// relaxedFS makes log files that sync later.
type relaxedFS struct {
	vfs.FS
	interval time.Duration
	fatal    func(format string, args ...any) // does not return
}

// Unwrap implements vfs.FS.
func (fs *relaxedFS) Unwrap() vfs.FS { return fs.FS }

// Create implements vfs.FS.
func (fs *relaxedFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.Create(name, c)
	return fs.wrap(name, f, err)
}

// ReuseForWrite implements vfs.FS.
func (fs *relaxedFS) ReuseForWrite(old, name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.ReuseForWrite(old, name, c)
	return fs.wrap(name, f, err)
}

func (fs *relaxedFS) wrap(name string, f vfs.File, err error) (vfs.File, error) {
	if err != nil || !strings.HasSuffix(name, ".log") {
		return f, err
	}
	l := &relaxedLog{File: f, fs: fs}
	l.timer = time.AfterFunc(fs.interval, l.settle)
	return l, nil
}

// relaxedLog is a log file whose Sync only sees to it that it will be synced.
type relaxedLog struct {
	vfs.File
	fs *relaxedFS

	mu    sync.Mutex
	dirty bool // Sync was called since the last real one began; the timer runs
	timer *time.Timer

	syncing sync.Mutex // held during a real sync; before mu
	closed  bool       // guarded by syncing
}

// Sync implements vfs.File.
func (l *relaxedLog) Sync() error { return l.SyncData() }

// SyncData implements vfs.File.
func (l *relaxedLog) SyncData() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.dirty {
		l.dirty = true
		l.timer.Reset(l.fs.interval)
	}
	return nil
}

// settle is the timer's: it syncs what Sync was called for.
func (l *relaxedLog) settle() {
	l.syncing.Lock()
	defer l.syncing.Unlock()
	l.mu.Lock()
	needed := l.dirty && !l.closed
	l.dirty = false // before the sync: what is written during it needs another
	l.mu.Unlock()
	if !needed {
		return
	}
	if err := l.File.SyncData(); err != nil {
		l.fs.fatal("syncing the log: %v", err) // as in strict mode: nothing can be promised any more
	}
}

// Close implements vfs.File. It syncs what is left.
func (l *relaxedLog) Close() error {
	l.syncing.Lock()
	defer l.syncing.Unlock()
	l.closed = true
	l.timer.Stop()
	return errors.Join(l.File.SyncData(), l.File.Close())
}

func (s *Store) relaxed() bool { return s.opts.Durability == Relaxed }

// Life tells what was written since the store was opened from what was there before: it is another number each time, never 0. With strict durability it is always 0, for there it is
// no matter. With relaxed durability a crash takes back the end of what Committed has been called for, and what is left may be of a time before what others have seen.
// Any goroutine.
func (s *Store) Life() uint64 { return s.life }

func newLife() uint64 {
	var b [8]byte
	rand.Read(b[:])
	return binary.LittleEndian.Uint64(b[:]) | 1
}

// relax wraps the file system, if durability is relaxed.
func (s *Store) relax() error {
	switch s.opts.Durability {
	case Strict:
	case Relaxed:
		s.life = newLife()
		s.fs = &relaxedFS{FS: s.fs, interval: s.opts.SyncInterval, fatal: pebbleLogger{s}.Fatalf}
		s.log.Warn("durability is relaxed: a crash of the machine may lose the last messages that were acknowledged", "interval", s.opts.SyncInterval)
	default:
		return invalidf("durability %q: there are %q and %q", s.opts.Durability, Strict, Relaxed)
	}
	return nil
}

// beginRelaxed repairs what a crash with relaxed durability left, and notes which
// durability is in force from now on. Before Pebble opens.
func (s *Store) beginRelaxed() error {
	name := s.fs.PathJoin(s.dir, relaxedName)
	_, err := s.fs.Stat(name)
	found := err == nil
	if found {
		if err := s.endLog(); err != nil {
			return fmt.Errorf("ending the log after a crash with relaxed durability: %w", err)
		}
	}
	switch {
	case found && !s.relaxed():
		return s.endRelaxed()
	case !found && s.relaxed():
		f, err := s.fs.Create(name, vfs.WriteCategoryUnspecified)
		if err != nil {
			return err
		}
		return errors.Join(f.Sync(), f.Close(), s.syncDir())
	}
	return nil
}

// endRelaxed notes that all is synced.
func (s *Store) endRelaxed() error {
	return errors.Join(s.fs.Remove(s.fs.PathJoin(s.dir, relaxedName)), s.syncDir())
}

func (s *Store) syncDir() error {
	d, err := s.fs.OpenDir(s.dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// endLog makes the newest log end with the last of the records that are whole one
// after the other, and syncs it.
func (s *Store) endLog() error {
	logs, err := wal.Scan(wal.Dir{FS: s.fs, Dirname: s.dir})
	if err != nil || len(logs) == 0 {
		return err
	}
	newest := logs[0]
	for _, l := range logs {
		if l.Num > newest.Num {
			newest = l
		}
	}
	_, name := newest.SegmentLocation(0)
	end, err := wholeRecords(newest)
	if err != nil {
		return err
	}
	s.log.Info("ending the log where a crash has cut it", "log", name, "bytes", end)
	cut := s.fs.PathJoin(s.dir, cutName)
	if err := s.copyPrefix(cut, name, end); err != nil {
		return err
	}
	return errors.Join(s.fs.Rename(cut, name), s.syncDir())
}

// wholeRecords returns where the last record ends before which all are whole.
func wholeRecords(log wal.LogicalLog) (end int64, err error) {
	r := log.OpenForRead()
	defer func() { err = errors.Join(err, r.Close()) }()
	for {
		_, at, err := r.NextRecord()
		switch {
		case err == nil:
		case errors.Is(err, io.EOF) || record.IsInvalidRecord(err):
			return at.Physical, nil
		default:
			return 0, err
		}
	}
}

// copyPrefix makes and syncs the file to, of the first n bytes of from.
func (s *Store) copyPrefix(to, from string, n int64) error {
	src, err := s.fs.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := s.fs.Create(to, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = io.CopyN(dst, src, n)
	return errors.Join(err, dst.Sync(), dst.Close())
}
