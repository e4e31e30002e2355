package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// appendEach appends messages first to first+n-1 in operations of their own, each committed when it returns.
func appendEach(t testing.TB, s *Store, first, n int) {
	t.Helper()
	for i := range n {
		text := fmt.Sprintf("%06d", first+i)
		do(t, s, func(tx *Tx) error {
			_, _, err := tx.Append(message(text, text))
			return err
		})
	}
}

// prefix returns how many of the messages of appendEach an archive has: all from the first on, or else there is a hole.
func prefix(t testing.TB, s *Store) (n int) {
	t.Helper()
	err := s.Archive(juliet, 0, 0, func(_ uint64, e Entry) bool {
		if want := fmt.Sprintf("%06d", n); string(e.Stanza) != want {
			t.Errorf("%q is where %q was", e.Stanza, want)
			return false
		}
		n++
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// powerCut is what a power cut leaves: what was synced, and percent of the rest, at random.
func powerCut(m *Memory, percent int, seed uint64) *Memory {
	return &Memory{fs: m.fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: rand.New(rand.NewPCG(seed, 0))})}
}

// TestRelaxedInterval: in virtual time, what was committed is on disk when the interval has passed, and not before.
func TestRelaxedInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, interval := range []time.Duration{0, 50 * time.Millisecond} {
			m := NewMemory()
			s := openMemory(t, m, Options{Durability: Relaxed, SyncInterval: interval})
			if interval == 0 {
				interval = time.Second
			}
			time.Sleep(interval) // what Open wrote
			synctest.Wait()
			for round := range 3 {
				appendEach(t, s, 10*round, 10)
				time.Sleep(interval - time.Nanosecond)
				synctest.Wait()
				early := openMemory(t, powerCut(m, 0, 0), Options{})
				if n := prefix(t, early); n != 10*round {
					t.Errorf("before the interval has passed %d messages are on disk, in round %d", n, round)
				}
				early.Close()
				time.Sleep(time.Nanosecond)
				synctest.Wait()
				late := openMemory(t, powerCut(m, 0, 0), Options{})
				if n := prefix(t, late); n != 10*round+10 {
					t.Errorf("after the interval %d messages are on disk, in round %d", n, round)
				}
				late.Close()
			}
			s.Close()
		}
	})
}

// TestRelaxedClose: an orderly end leaves nothing unsynced, and no mark.
func TestRelaxedClose(t *testing.T) {
	m := NewMemory()
	o := Options{Durability: Relaxed, SyncInterval: time.Hour}
	o.hooks.noFlush = true
	s := openMemory(t, m, o)
	appendEach(t, s, 0, 100)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	after := powerCut(m, 0, 0)
	if marked(after) {
		t.Error("the mark is still there")
	}
	if n := prefix(t, openMemory(t, after, Options{})); n != 100 {
		t.Errorf("%d of 100 messages", n)
	}
}

func marked(m *Memory) bool {
	_, err := m.fs.Stat(m.fs.PathJoin(memoryDir, relaxedName))
	return err == nil
}

// TestRelaxedProcessCrash: what is left in the system's memory is enough.
func TestRelaxedProcessCrash(t *testing.T) {
	m := NewMemory()
	s := openMemory(t, m, Options{Durability: Relaxed, SyncInterval: time.Hour, MemTableBytes: 256 << 10})
	for n := 0; n < 3000; n += 500 {
		appendEach(t, s, n, 500)
		after := openMemory(t, powerCut(m, 100, 0), Options{})
		if have := prefix(t, after); have != n+500 {
			t.Errorf("%d of %d messages", have, n+500)
		}
		after.Close()
	}
}

// TestRelaxedBackup: a backup is on disk when Backup returns, whatever the durability, and opens strictly.
func TestRelaxedBackup(t *testing.T) {
	m := NewMemory()
	s := openMemory(t, m, Options{Durability: Relaxed, SyncInterval: time.Hour})
	appendEach(t, s, 0, 100)
	if err := s.Backup("copy"); err != nil {
		t.Fatal(err)
	}
	o := quiet(Options{})
	o.hooks.fs = powerCut(m, 0, 0).fs
	copied, err := Open("copy", o)
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if n := prefix(t, copied); n != 100 {
		t.Errorf("%d of 100 messages", n)
	}
}

// TestRelaxedPowerCut: of what was not synced, a power cut leaves pages here and there. What the store makes of it is all up to one message. It would not
// know without the mark: then Pebble finds, in what came later, notes that what is missing was synced.
func TestRelaxedPowerCut(t *testing.T) {
	m := NewMemory()
	s := openMemory(t, m, Options{Durability: Relaxed, SyncInterval: time.Hour, MemTableBytes: 256 << 10})
	lost, refused := 0, 0
	const all, step, seeds = 2400, 200, 5
	for n := 0; n < all; n += step {
		appendEach(t, s, n, step)
		for seed := range uint64(seeds) {
			percent := rand.New(rand.NewPCG(uint64(n), seed)).IntN(101)
			durability := Strict
			if (n/step+int(seed))%2 == 0 {
				durability = Relaxed
			}
			disk := powerCut(m, percent, seed)
			after := openMemory(t, disk, Options{Durability: durability})
			have := prefix(t, after)
			if have < n+step {
				lost++
			}
			if marked(disk) != (durability == Relaxed) {
				t.Errorf("durability is %s, and there is a mark: %v", durability, marked(disk))
			}
			appendEach(t, after, have, 10)
			after.Close()
			if have+10 != prefix(t, openMemory(t, disk, Options{})) {
				t.Error("it does not go on from there")
			}

			naive := powerCut(m, percent, seed)
			if err := naive.fs.Remove(naive.fs.PathJoin(memoryDir, relaxedName)); err != nil {
				t.Fatal(err)
			}
			if s, err := OpenMemory(naive, quiet(Options{})); err != nil {
				refused++
			} else {
				s.Close()
			}
		}
		if t.Failed() {
			t.Fatalf("after %d messages", n+step)
		}
	}
	t.Logf("%d power cuts, %d lost something, %d would not have opened", all/step*seeds, lost, refused)
	if lost == 0 || refused == 0 {
		t.Error("this proves nothing")
	}
}

// TestRelaxedCrash: the power fails at a random moment, while several send and logs are synced; what is left are all operations up to one, in the order of
// their commits, and not fewer than had been synced for sure.
func TestRelaxedCrash(t *testing.T) {
	for life := range (*crashLives + 1) / 2 {
		w := newCrashWorld(*crashSeed + life)
		for crash := range crashesPerLife {
			if err := w.liveRelaxed(); err != nil {
				t.Fatalf("life seed %d, crash %d: VIOLATION: %v", *crashSeed+life, crash, err)
			}
		}
	}
}

// liveRelaxed is liveAndCrash with relaxed durability: what was acknowledged in this life may be missing from one operation on.
func (w *crashWorld) liveRelaxed() error {
	before := len(w.acked)
	o := quiet(Options{MemTableBytes: 256 << 10, QueueOps: 32, Durability: Relaxed, SyncInterval: time.Duration(1 + w.rng.IntN(2_000_000))})
	s, err := OpenMemory(w.memory, o)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	var old [crashSenders]uint64
	for i := range old {
		if old[i], err = s.ArchiveLast(crashAccount(i)); err != nil {
			return err
		}
	}
	done, stop := make(chan error, 1024), make(chan struct{})
	var senders sync.WaitGroup
	for i := range crashSenders {
		senders.Go(func() { w.send(s, i, done, stop) })
	}
	for range w.rng.IntN(200) {
		if err := <-done; err != nil {
			return fmt.Errorf("commit: %w", err)
		}
	}
	after := w.memory.Crash(w.rng.Uint64())
	close(stop)
	go func() {
		for range done {
		}
	}()
	senders.Wait()
	if err := s.Close(); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	close(done)
	w.memory = after
	// A message that was sent again, and was there already, is not one of this life.
	again := func(op *crashOp) bool { return op.seqs[0] <= old[crashIndex(op.from)] }
	w.acked = append(w.acked[:before], slices.DeleteFunc(w.acked[before:], again)...)
	kept, err := w.kept(before)
	if err != nil {
		return err
	}
	w.acked = w.acked[:kept:kept]
	return w.check()
}

// kept returns how many of the operations are there: those of the lives before, and those of this one up to the first that is missing.
func (w *crashWorld) kept(before int) (int, error) {
	s, err := OpenMemory(w.memory, quiet(Options{Durability: Relaxed}))
	if err != nil {
		return 0, fmt.Errorf("open after the crash: %w", err)
	}
	defer s.Close()
	var archives [crashSenders]map[string]uint64
	for i := range archives {
		if archives[i], err = w.checkArchive(s, i); err != nil {
			return 0, err
		}
	}
	there := func(op *crashOp) bool {
		return archives[crashIndex(op.from)][op.payload] == op.seqs[0] && archives[crashIndex(op.to)][op.payload] == op.seqs[1]
	}
	kept := before
	for kept < len(w.acked) && there(w.acked[kept]) {
		kept++
	}
	for _, op := range w.acked[kept:] {
		if there(op) {
			return 0, fmt.Errorf("%q is there, and %q, which came before, is not", op.payload, w.acked[kept].payload)
		}
	}
	return kept, nil
}

// TestRelaxedSyncFails: then the process ends, as it does in strict mode.
func TestRelaxedSyncFails(t *testing.T) {
	var armed atomic.Bool
	fatal := make(chan string, 1)
	m := NewMemory()
	o := quiet(Options{Durability: Relaxed, SyncInterval: time.Millisecond})
	o.hooks.fatal = func(msg string) { fatal <- msg; select {} }
	o.hooks.fs = errorfs.Wrap(m.fs, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if armed.Load() && strings.HasSuffix(op.Path, ".log") && op.Kind == errorfs.OpFileSyncData {
			return errorfs.ErrInjected
		}
		return nil
	}))
	s, err := OpenMemory(m, o) // is not closed: its log stands still
	if err != nil {
		t.Fatal(err)
	}
	armed.Store(true)
	appendEach(t, s, 0, 1)
	if msg := <-fatal; !strings.Contains(msg, "syncing the log") {
		t.Errorf("%q", msg)
	}
}

func TestDurabilityHasTwoValues(t *testing.T) {
	if _, err := OpenMemory(NewMemory(), quiet(Options{Durability: "none"})); !errors.Is(err, ErrInvalid) {
		t.Errorf("%v", err)
	}
}

// TestRelaxedSecret: a secret is there for good when it is given, for what is made of it is kept elsewhere.
func TestRelaxedSecret(t *testing.T) {
	m := NewMemory()
	s := openMemory(t, m, Options{Durability: Relaxed, SyncInterval: time.Hour})
	secret, err := s.Secret("name")
	if err != nil {
		t.Fatal(err)
	}
	after := openMemory(t, powerCut(m, 0, 0), Options{})
	if got, err := after.Secret("name"); err != nil || !slices.Equal(got, secret) {
		t.Errorf("%x, %v after a power cut; it was %x", got, err, secret)
	}
}
