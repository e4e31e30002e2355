package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// testOp is an operation made of functions.
type testOp struct {
	apply     func(tx *Tx) error
	committed func(err error)
	size      int
}

func (op *testOp) Apply(tx *Tx) error {
	if op.apply == nil {
		return nil
	}
	return op.apply(tx)
}

func (op *testOp) Committed(err error) {
	if op.committed != nil {
		op.committed(err)
	}
}

func (op *testOp) Size() int { return op.size }

// block stops the committer until the returned function is called.
func block(t testing.TB, s *Store) (release func()) {
	t.Helper()
	entered, leave := make(chan struct{}), make(chan struct{})
	err := s.Submit(&testOp{apply: func(*Tx) error { close(entered); <-leave; return nil }})
	if err != nil {
		t.Fatal(err)
	}
	<-entered
	return func() { close(leave) }
}

// TestQueueLimits fills the queue to each limit and one past it.
func TestQueueLimits(t *testing.T) {
	for _, c := range []struct {
		name string
		o    Options
		size int
		room int // operations, the one being committed included
	}{
		{"operations", Options{QueueOps: 5}, 1, 5},
		{"bytes", Options{QueueBytes: 1000}, 100, 10},
		{"bytes, not whole", Options{QueueBytes: 999}, 100, 9},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openMemory(t, nil, c.o)
			for range 2 { // it must recover
				var all sync.WaitGroup
				all.Add(c.room)
				submit := func(apply func(*Tx) error) error {
					return s.Submit(&testOp{size: c.size, apply: apply, committed: func(error) { all.Done() }})
				}
				entered, leave := make(chan struct{}), make(chan struct{})
				if err := submit(func(*Tx) error { close(entered); <-leave; return nil }); err != nil {
					t.Fatal(err)
				}
				<-entered
				for i := range c.room - 1 {
					if err := submit(nil); err != nil {
						t.Fatalf("operation %d: %v", i+2, err)
					}
				}
				refused := s.Stats().Refused
				if err := submit(nil); err != ErrFull {
					t.Fatalf("operation %d: %v", c.room+1, err)
				}
				if st := s.Stats(); st.QueueOps != c.room || st.QueueBytes != int64(c.room*c.size) || st.Refused != refused+1 {
					t.Errorf("%+v", st)
				}
				close(leave)
				all.Wait()
			}
		})
	}
}

// TestOneLargeOperation is larger than the queue, which is empty.
func TestOneLargeOperation(t *testing.T) {
	s := openMemory(t, nil, Options{QueueBytes: 1000})
	done := make(chan error, 1)
	if err := s.Submit(&testOp{size: 5000, committed: func(err error) { done <- err }}); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// TestRollback: an operation that fails, or panics, after it has written leaves
// nothing, and its neighbours in the batch are as if it had not been.
func TestRollback(t *testing.T) {
	failures := map[string]func() error{
		"error": func() error { return errors.New("no") },
		"panic": func() error { panic("no") },
	}
	for name, fail := range failures {
		t.Run(name, func(t *testing.T) {
			with, without := openMemory(t, nil, Options{}), openMemory(t, nil, Options{})
			play := func(s *Store, bad bool) map[string]string {
				release := block(t, s) // so that all is one batch
				steps := []func(tx *Tx) error{
					func(tx *Tx) error { return fill(tx, juliet, romeo, 1) },
					func(tx *Tx) error {
						if !bad {
							return nil
						}
						err := errors.Join(fill(tx, juliet, romeo, 1), fill(tx, romeo, juliet, 2), fill(tx, contact(1), romeo, 3))
						if err == nil {
							_, err = tx.DeleteRosterItem(juliet, romeo)
						}
						if err = errors.Join(err, tx.DeleteAccount(juliet)); err != nil {
							t.Error(err)
						}
						if _, _, err := tx.Append(message("x", "y")); err != nil {
							t.Error(err)
						}
						return fail()
					},
					func(tx *Tx) error { return fill(tx, romeo, juliet, 2) },
					func(tx *Tx) error { _, _, err := tx.Append(message("x", "y")); return err },
					func(tx *Tx) error { return tx.SetCursor(juliet, "tablet", 2) },
				}
				errs := make(chan error, len(steps))
				for _, step := range steps {
					if err := s.Submit(&testOp{apply: step, committed: func(err error) { errs <- err }}); err != nil {
						t.Fatal(err)
					}
				}
				release()
				for i := range steps {
					if err := <-errs; (err != nil) != (bad && i == 1) {
						t.Errorf("step %d: %v", i, err)
					}
				}
				return dump(t, s)
			}
			got, want := play(with, true), play(without, false)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("with it    %q\nwithout it %q", got, want)
			}
			if r, err := with.Verify(ctx, nil); err != nil || r.Faults != 0 {
				t.Errorf("verify: %v, %v", r.First, err)
			}
		})
	}
}

// TestOrder: operations of one goroutine are applied and committed in order, and
// one sees what those before it wrote, in the same batch or not.
func TestOrder(t *testing.T) {
	s := openMemory(t, nil, Options{BatchBytes: 1000})
	const n = 500
	var applied, committed int
	done := make(chan struct{})
	for i := range n {
		op := &testOp{
			apply: func(tx *Tx) error {
				val, _, err := tx.SpaceGet("count", juliet, nil)
				if string(val) != fmt.Sprint(i) && i > 0 || applied != i {
					t.Errorf("operation %d is applied as %d and reads %q", i, applied, val)
				}
				applied++
				return errors.Join(err, tx.SpacePut("count", juliet, nil, fmt.Appendf(nil, "%d", i+1)))
			},
			committed: func(err error) {
				if err != nil || committed != i {
					t.Errorf("operation %d is committed as %d, %v", i, committed, err)
				}
				if committed++; committed == n {
					close(done)
				}
			},
		}
		if err := s.Submit(op); err != nil {
			t.Fatal(err)
		}
	}
	<-done
	if st := s.Stats(); st.Batches < 2 || st.Ops != n {
		t.Errorf("%d batches, %d operations", st.Batches, st.Ops)
	}
}

// TestViewIsSynced: a reader sees a batch when its sync has returned, and not
// before; whoever is told Committed sees it.
func TestViewIsSynced(t *testing.T) {
	var s *Store
	last := func() uint64 {
		seq, err := s.ArchiveLast(juliet)
		if err != nil {
			t.Error(err)
		}
		return seq
	}
	var o Options
	var applied []uint64
	o.hooks.applied = func() { applied = append(applied, last()) }
	s = openMemory(t, nil, o)
	seen := make(chan uint64, 1)
	for range 3 {
		err := s.Submit(&testOp{
			apply:     func(tx *Tx) error { _, _, err := tx.Append(message("x", "")); return err },
			committed: func(error) { seen <- last() },
		})
		if err != nil {
			t.Fatal(err)
		}
		seen := <-seen
		if before := applied[len(applied)-1]; before != seen-1 {
			t.Errorf("entry %d: a reader before the end of the commit sees %d", seen, before)
		}
	}
}

// TestCloseCommitsTheQueue: what Submit took is committed, what it refuses is not.
func TestCloseCommitsTheQueue(t *testing.T) {
	m := NewMemory()
	s := openMemory(t, m, Options{})
	release := block(t, s)
	const n = 100
	committed := 0
	for range n {
		err := s.Submit(&testOp{
			apply:     func(tx *Tx) error { _, _, err := tx.Append(message("x", "")); return err },
			committed: func(error) { committed++ },
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	for s.Submit(&testOp{}) != ErrClosed {
		runtime.Gosched() // until Close has begun
	}
	release()
	if err := <-closed; err != nil || committed < n {
		t.Errorf("%d committed, %v", committed, err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
	if _, err := s.ArchiveLast(juliet); err != ErrClosed {
		t.Errorf("read after Close: %v", err)
	}
	if err := s.Do(ctx, func(*Tx) error { return nil }); err != ErrClosed {
		t.Errorf("write after Close: %v", err)
	}
	if last, err := openMemory(t, m, Options{}).ArchiveLast(juliet); last != n || err != nil {
		t.Errorf("the archive ends at %d, %v", last, err)
	}
}

func TestDoGivesUp(t *testing.T) {
	s := openMemory(t, nil, Options{})
	release := block(t, s)
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	ran := false
	if err := s.Do(canceled, func(*Tx) error { ran = true; return nil }); err != context.Canceled {
		t.Errorf("%v", err)
	}
	release()
	do(t, s, func(*Tx) error { return nil })
	if ran {
		t.Error("it ran afterwards")
	}
}

// TestBatchWindow: in virtual time, operations that follow a shared batch are
// gathered until the window ends; a lone one is not kept waiting.
func TestBatchWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openMemory(t, nil, Options{BatchWindow: 10 * time.Millisecond})
		start := time.Now()
		do(t, s, func(*Tx) error { return nil })
		if d := time.Since(start); d != 0 {
			t.Errorf("a lone operation waited %v", d)
		}
		release := block(t, s)
		committed := make(chan time.Time, 4)
		submit := func() {
			if err := s.Submit(&testOp{committed: func(error) { committed <- time.Now() }}); err != nil {
				t.Fatal(err)
			}
		}
		submit()
		submit()
		release()
		<-committed
		first := <-committed
		time.Sleep(time.Millisecond)
		submit()
		time.Sleep(time.Millisecond)
		submit()
		if a, b := <-committed, <-committed; a != b || a.Sub(first) != 10*time.Millisecond {
			t.Errorf("committed after %v and %v", a.Sub(first), b.Sub(first))
		}
		s.Close()
	})
}

func TestSubmitDoesNotAllocate(t *testing.T) {
	s := openMemory(t, nil, Options{QueueOps: 4096})
	op := &testOp{size: 1}
	release := block(t, s)
	defer release()
	if n := testing.AllocsPerRun(1000, func() {
		if err := s.Submit(op); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
