package store

import (
	"fmt"
	"runtime/debug"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// Op is one atomic change. All that its Apply writes is in one batch, which is
// synced before Committed is called.
type Op interface {
	// Apply reads and writes through tx, which is valid during the call. It runs
	// on the committer goroutine, one operation at a time, in the order of
	// Submit. Its reads see all operations before it, those of the same batch
	// included. When it returns an error (or panics), nothing that it wrote
	// stays. It must not block.
	Apply(tx *Tx) error

	// Committed runs on the committer goroutine, in the order of Submit, when
	// the WAL sync of the operation's batch has returned. err is Apply's error,
	// or nil: then all that Apply wrote survives any crash (with relaxed durability:
	// of the process), and Store's readers see it. It must not block and must not call Do; it may call Submit.
	Committed(err error)
}

// Sized is implemented by operations that hold a payload: Size is roughly the
// bytes they keep alive while queued. Others count as 256 bytes.
type Sized interface{ Size() int }

const nominalOpSize = 256

// Submit queues op for the next batch. Any goroutine may call it; it never
// blocks and never allocates. The operations of one goroutine are committed in
// the order it submitted them. If it returns an error (ErrFull, ErrDiskFull,
// ErrCorrupt, ErrClosed), op was not queued and neither of its methods is called;
// otherwise Committed is called exactly once, unless the process ends first.
func (s *Store) Submit(op Op) error {
	if s.diskFull.Load() != diskOK {
		return ErrDiskFull
	}
	return s.push(op)
}

func (s *Store) push(op Op) error {
	if s.corrupt.Load() {
		return ErrCorrupt
	}
	size := int64(nominalOpSize)
	if sized, ok := op.(Sized); ok {
		size = int64(max(sized.Size(), 1))
	}
	err := s.queue.push(op, size)
	if err == ErrFull {
		s.stats.refused.Add(1)
	}
	return err
}

// commitLoop is the committer goroutine. It ends when the queue is closed and
// everything that was in it is committed.
func (s *Store) commitLoop() {
	defer close(s.committerDone)
	spare := make([]queued, 0, s.opts.QueueOps)
	for s.queue.wait() {
		s.pace()
		taken := s.queue.take(spare)
		for rest := taken; len(rest) > 0; {
			rest = rest[s.commitSome(rest):]
		}
		spare = taken
	}
}

// commitSome makes one batch of the first operations of ops and returns how
// many they were.
func (s *Store) commitSome(ops []queued) int {
	start := time.Now()
	s.tx.begin(s.opts.Now())
	n := 0
	for n < len(ops) && s.tx.size() < s.opts.BatchBytes {
		ops[n].err = s.applyOne(ops[n].op)
		n++
	}
	ops = ops[:n]
	if sabotageEarlyAck {
		s.finish(ops, nil)
		time.Sleep(sabotageDelay)
	}
	if sabotageSlow {
		time.Sleep(sabotageDelay)
	}
	err := s.tx.commit()
	s.stats.batch(n, time.Since(start))
	s.lastBatch, s.lastBatchOps = start, n
	if s.opts.hooks.applied != nil {
		s.opts.hooks.applied()
	}
	s.views.publish(s.db)
	if !sabotageEarlyAck {
		s.finish(ops, err)
	}
	return n
}

// pace lets operations gather: until BatchWindow after the beginning of the last
// batch, if operations shared that one. One that comes alone never waits.
func (s *Store) pace() {
	if s.opts.BatchWindow <= 0 || s.lastBatchOps < 2 {
		return
	}
	if until := s.lastBatch.Add(s.opts.BatchWindow); time.Now().Before(until) {
		s.queue.collect(until, int64(s.opts.BatchBytes))
	}
}

// applyOne runs one operation and takes back what it wrote if it fails.
func (s *Store) applyOne(op Op) (err error) {
	s.tx.beginOp()
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("panic in an operation", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("%w: %v", ErrPanic, p)
		}
		if err != nil {
			s.tx.rollback()
		}
	}()
	return op.Apply(&s.tx)
}

// finish reports a batch to its operations, in order.
func (s *Store) finish(ops []queued, batchErr error) {
	s.queue.done(ops)
	for i := range ops {
		err := ops[i].err
		if err == nil {
			err = batchErr
		}
		s.committed(ops[i].op, err)
	}
}

func (s *Store) committed(op Op, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("panic in Committed", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	op.Committed(err)
}

// writeOptions of every batch. With relaxed durability the log's files make a sync of
// this a later one.
func writeOptions() *pebble.WriteOptions {
	if sabotageNoSync {
		return pebble.NoSync
	}
	return pebble.Sync
}
