package store

import (
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// A view is the store as of the last synced batch. Pebble shows a batch to
// readers before its sync has returned; somebody who read such a message and
// handed it to a client would hand out what a power cut may still take back. So
// readers outside the committer read from a view: a snapshot that the committer
// replaces after each sync and before it calls Committed.
type view struct {
	snap *pebble.Snapshot
	refs int // guarded by views.mu; the current view has one for being current
}

type views struct {
	mu      sync.Mutex
	idle    sync.Cond // L is mu; signalled when live falls to 0
	current *view
	live    int   // views whose snapshot is open
	free    *view // one to reuse, so that a batch allocates none
}

func (v *views) init() { v.idle.L = &v.mu }

// publish makes what is in db now the view. Committer only.
func (v *views) publish(db *pebble.DB) {
	snap := db.NewSnapshot()
	v.mu.Lock()
	old, next := v.current, v.free
	v.free = nil
	if next == nil {
		next = new(view)
	}
	next.snap, next.refs = snap, 1
	v.current = next
	v.live++
	v.mu.Unlock()
	v.release(old)
}

// acquire returns the current view, nil when the store is closed.
func (v *views) acquire() *view {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.current != nil {
		v.current.refs++
	}
	return v.current
}

func (v *views) release(old *view) {
	if old == nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if old.refs--; old.refs > 0 {
		return
	}
	old.snap.Close()
	old.snap, v.free = nil, old
	if v.live--; v.live == 0 {
		v.idle.Broadcast()
	}
}

// close retires the current view and waits until nobody reads any, which Pebble
// requires before it is closed.
func (v *views) close() {
	v.mu.Lock()
	old := v.current
	v.current = nil
	v.mu.Unlock()
	v.release(old)
	v.mu.Lock()
	defer v.mu.Unlock()
	for v.live > 0 {
		v.idle.Wait()
	}
}

// syncedSource reads the current view. It is the source of *Store.
type syncedSource struct{ s *Store }

func (r syncedSource) with(f func(viewSource) error) error {
	v := r.s.views.acquire()
	if v == nil {
		return ErrClosed
	}
	defer r.s.views.release(v)
	return f(viewSource{r.s, v.snap})
}

// pebble implements source for nobody: readers that hold an iterator do so in oneView.
func (r syncedSource) pebble(byte) (*Store, pebble.Reader, error) {
	panic("store: an iterator outside a view")
}

func (r syncedSource) get(key []byte) (val []byte, ok bool, err error) {
	err = r.with(func(v viewSource) error {
		val, ok, err = v.get(key)
		return err
	})
	return val, ok, err
}

func (r syncedSource) scan(lower, upper []byte, backward bool, f visit) error {
	return r.with(func(v viewSource) error { return v.scan(lower, upper, backward, f) })
}

// viewSource reads one view.
type viewSource struct {
	s    *Store
	snap *pebble.Snapshot
}

func (v viewSource) pebble(byte) (*Store, pebble.Reader, error) { return v.s, v.snap, nil }

func (v viewSource) get(key []byte) ([]byte, bool, error) { return v.s.readOne(v.snap, key) }

// An iterator pins memtables and files, so a long scan takes a new one from
// time to time. The view stays the same.
const (
	maxIterKeys = 4096
	maxIterTime = 250 * time.Millisecond
)

func (v viewSource) scan(lower, upper []byte, backward bool, f visit) error {
	for {
		next, err := v.s.scanSome(v.snap, lower, upper, backward, maxIterKeys, f)
		switch {
		case err != nil || next == nil:
			return err
		case backward:
			upper = next
		default:
			lower = next
		}
	}
}
