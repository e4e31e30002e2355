package store

import (
	"context"
	"sync/atomic"
)

// Do runs f on the committer and waits until what it wrote is durable. It is for
// commands, tests and worker jobs; Op's rules hold for f. f returning an error
// means that nothing was written, and is what Do returns. When ctx ends first,
// Do returns its error and f will not run, or, when f is running or has run
// already, Do waits for the outcome. It must not be called from Apply or
// Committed. Errors of Submit are returned as they are.
func (s *Store) Do(ctx context.Context, f func(tx *Tx) error) error {
	if s.diskFull.Load() == diskLast {
		return ErrDiskFull
	}
	op := &doOp{f: f, done: make(chan error, 1)}
	if err := s.push(op); err != nil {
		return err
	}
	select {
	case err := <-op.done:
		return err
	case <-ctx.Done():
		if op.claimed.CompareAndSwap(false, true) {
			return ctx.Err()
		}
		return <-op.done
	}
}

type doOp struct {
	f       func(tx *Tx) error
	claimed atomic.Bool // by Apply, or by the caller who gave up
	done    chan error
}

func (op *doOp) Apply(tx *Tx) error {
	if !op.claimed.CompareAndSwap(false, true) {
		return context.Canceled
	}
	return op.f(tx)
}

func (op *doOp) Committed(err error) { op.done <- err }
