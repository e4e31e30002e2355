package store

import (
	"sync"
	"time"
)

// queue holds what is submitted and not yet taken by the committer. Operations
// count against its limits until they are committed.
type queue struct {
	mu       sync.Mutex
	ops      []queued // capacity maxOps from the start: push never allocates
	nOps     int
	nBytes   int64
	newBytes int64 // of ops
	maxOps   int
	maxBytes int64
	closed   bool
	wake     chan struct{} // capacity 1: there is something new
}

type queued struct {
	op   Op
	size int64
	err  error // Apply's, set by the committer
}

func newQueue(maxOps int, maxBytes int64) *queue {
	return &queue{
		ops:      make([]queued, 0, maxOps),
		maxOps:   maxOps,
		maxBytes: maxBytes,
		wake:     make(chan struct{}, 1),
	}
}

// push appends op or says why not. An operation larger than maxBytes is
// accepted when nothing else is waiting. Any goroutine.
func (q *queue) push(op Op, size int64) error {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return ErrClosed
	}
	if q.nOps >= q.maxOps || q.nOps > 0 && q.nBytes+size > q.maxBytes {
		q.mu.Unlock()
		return ErrFull
	}
	q.nOps++
	q.nBytes += size
	q.newBytes += size
	q.ops = append(q.ops, queued{op: op, size: size})
	q.mu.Unlock()
	q.signal()
	return nil
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// wait blocks until something is queued, and returns false when nothing is and
// the queue is closed. Committer only.
func (q *queue) wait() bool {
	for {
		ops, _, closed := q.waiting()
		if ops > 0 || closed {
			return ops > 0
		}
		<-q.wake
	}
}

// collect waits until the deadline, or until enough bytes are queued, or until
// the queue is closed. Committer only.
func (q *queue) collect(deadline time.Time, enough int64) {
	timeout := time.NewTimer(time.Until(deadline))
	defer timeout.Stop()
	for {
		if _, bytes, closed := q.waiting(); bytes >= enough || closed {
			return
		}
		select {
		case <-q.wake:
		case <-timeout.C:
			return
		}
	}
}

// waiting returns what is queued and not taken.
func (q *queue) waiting() (ops int, bytes int64, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.ops), q.newBytes, q.closed
}

// take swaps what is queued for spare, whose contents it drops. Committer only.
func (q *queue) take(spare []queued) []queued {
	clear(spare)
	q.mu.Lock()
	defer q.mu.Unlock()
	taken := q.ops
	q.ops, q.newBytes = spare[:0], 0
	return taken
}

// done gives back the room of committed operations. Committer only.
func (q *queue) done(ops []queued) {
	var bytes int64
	for i := range ops {
		bytes += ops[i].size
	}
	q.mu.Lock()
	q.nOps -= len(ops)
	q.nBytes -= bytes
	q.mu.Unlock()
}

// close refuses all further operations.
func (q *queue) close() (first bool) {
	q.mu.Lock()
	first = !q.closed
	q.closed = true
	q.mu.Unlock()
	q.signal()
	return first
}

func (q *queue) len() (ops int, bytes int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.nOps, q.nBytes
}
