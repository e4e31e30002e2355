package store

import "sync"

// queue holds what is submitted and not yet taken by the committer. Operations
// count against its limits until they are committed.
type queue struct {
	mu       sync.Mutex
	ops      []queued // capacity maxOps from the start: push never allocates
	nOps     int
	nBytes   int64
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

// take waits for operations and swaps them for spare, whose contents it drops.
// It returns nothing only when the queue is closed and empty. Committer only.
func (q *queue) take(spare []queued) []queued {
	clear(spare)
	for {
		q.mu.Lock()
		if len(q.ops) > 0 || q.closed {
			taken := q.ops
			q.ops = spare[:0]
			q.mu.Unlock()
			return taken
		}
		q.mu.Unlock()
		<-q.wake
	}
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
