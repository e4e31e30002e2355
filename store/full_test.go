package store

import (
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestFullDisk fills a disk of 64 MiB: operations are refused before it is full, none that was committed is lost, also in a crash just then, deleting is possible,
// and with more room all goes on.
func TestFullDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("it writes 100 MiB")
	}
	m := NewMemory()
	m.SetSize(64 << 20)
	f := newFullDisk()
	o := Options{MinFreeBytes: 16 << 20, MemTableBytes: 2 << 20, CacheBytes: 1 << 20, Logger: f.logger()}
	s := openMemory(t, m, o)
	f.fill(t, s)
	if avail, _, err := s.diskUsage(); err != nil || avail < 4<<20 || avail >= 16<<20 {
		t.Errorf("refused with %d bytes left, %v", avail, err)
	}
	f.check(t, s)

	left := m.Crash(82) // with nothing that was not synced
	again := openMemory(t, left, o)
	f.check(t, again)
	f.fill(t, again) // a little has been freed
	f.deletes(t, again)

	committed := len(f.texts)
	left.SetSize(96 << 20)
	f.accepted(t, again)
	f.fill(t, again)
	f.check(t, again)
	if more := len(f.texts) - committed; more < 32<<20/fullBytes/2 {
		t.Errorf("with 32 MiB more there is room for %d more messages", more)
	}
	t.Logf("%d messages of %d bytes were committed, %d of them before there was more room", len(f.texts), fullBytes, committed)
}

var fullDir = flag.String("full.dir", "", "a folder on a disk of its own, of 64 MiB: the test TestFullDiskReally fills it")

// TestFullDiskReally is TestFullDisk on a real disk, with its ballast; half of it is filled by somebody else, who frees it in the end. The store looks at the free space every millisecond,
// as the disk is as small as a real one becomes in a second.
//
//	mount -t tmpfs -o size=64m tmpfs /mnt && go test ./store -run TestFullDiskReally -v -full.dir /mnt
func TestFullDiskReally(t *testing.T) {
	if *fullDir == "" {
		t.Skip("-full.dir is not given")
	}
	dir, other := filepath.Join(*fullDir, "store"), filepath.Join(*fullDir, "other")
	if err := os.WriteFile(other, make([]byte, 24<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	poll := time.NewTicker(time.Millisecond)
	defer poll.Stop()
	f := newFullDisk()
	o := Options{MinFreeBytes: 12 << 20, MemTableBytes: 2 << 20, CacheBytes: 1 << 20, BallastBytes: 4 << 20, Logger: f.logger()}
	o.hooks.diskPoll = poll.C
	for _, freed := range []bool{false, true} {
		s, err := Open(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		f.check(t, s)
		f.fill(t, s)
		f.check(t, s)
		before := len(f.texts)
		if freed {
			if err := os.Remove(other); err != nil {
				t.Fatal(err)
			}
			f.accepted(t, s)
			f.fill(t, s)
			f.check(t, s)
		}
		t.Logf("%d messages of %d bytes were committed, %d of them before there was more room", len(f.texts), fullBytes, before)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// fullBytes is how long a message is; it cannot be compressed.
const fullBytes = 16 << 10

type fullDisk struct {
	rng   *rand.ChaCha8
	texts []string      // committed
	said  chan struct{} // the store has said something: how much of the disk is free, in the first place
}

func newFullDisk() *fullDisk {
	return &fullDisk{rng: rand.NewChaCha8([32]byte{}), said: make(chan struct{}, 1)}
}

// Write implements io.Writer, for what the store says.
func (f *fullDisk) Write(p []byte) (int, error) {
	select {
	case f.said <- struct{}{}:
	default:
	}
	return len(p), nil
}

// logger is for the options of a store.
func (f *fullDisk) logger() *slog.Logger { return slog.New(slog.NewTextHandler(f, nil)) }

// append returns the text of a message that was committed.
func (f *fullDisk) append(s *Store) (text string, err error) {
	p := make([]byte, fullBytes)
	f.rng.Read(p)
	op := &testOp{apply: func(tx *Tx) error {
		_, _, err := tx.Append(message(string(p), fmt.Sprintf("%x", p[:8])))
		return err
	}}
	done := make(chan error, 1)
	op.committed = func(err error) { done <- err }
	if err := s.Submit(op); err != nil {
		return "", err
	}
	return string(p), <-done
}

// fill appends until that is refused, and still is when what the store works at in the background, which takes room for a while, is done.
func (f *fullDisk) fill(t *testing.T, s *Store) {
	for range 96 << 20 / fullBytes {
		text, err := f.append(s)
		switch {
		case err == nil:
			f.texts = append(f.texts, text)
		case !errors.Is(err, ErrDiskFull):
			t.Fatal(err)
		case !f.roomWithin(s, 3*diskPollInterval):
			return
		}
	}
	t.Fatal("nothing is refused")
}

// deletes wants the store to take a deletion. A compaction may have the room that is kept for it, for a moment.
func (f *fullDisk) deletes(t *testing.T, s *Store) {
	late := time.After(10 * time.Second)
	for {
		err := s.Do(t.Context(), func(tx *Tx) error { return tx.SpacePut("x", romeo, nil, nil) })
		if err == nil {
			return
		}
		if !errors.Is(err, ErrDiskFull) {
			t.Fatal(err)
		}
		select {
		case <-f.said:
		case <-late:
			t.Fatal(err)
		}
	}
}

// accepted waits until the store has noticed that there is room.
func (f *fullDisk) accepted(t *testing.T, s *Store) {
	if !f.roomWithin(s, 10*time.Second) {
		t.Fatal("the store does not notice that there is room")
	}
}

// roomWithin reports whether the store takes messages again before that time is over.
func (f *fullDisk) roomWithin(s *Store, patience time.Duration) bool {
	late := time.After(patience)
	for s.Stats().DiskFull {
		select {
		case <-f.said:
		case <-late:
			return false
		}
	}
	return true
}

// check compares the archive with what was committed.
func (f *fullDisk) check(t *testing.T, s *Store) {
	t.Helper()
	i := 0
	err := s.Archive(juliet, 0, 0, func(seq uint64, e Entry) bool {
		if i >= len(f.texts) || f.texts[i] != string(e.Stanza) {
			t.Errorf("entry %d is not what was committed", seq)
			return false
		}
		i++
		return true
	})
	if err != nil || i != len(f.texts) {
		t.Errorf("%d of %d are there, %v", i, len(f.texts), err)
	}
}
