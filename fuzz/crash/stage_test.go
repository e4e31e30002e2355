package crash

import (
	"bytes"
	"strings"
	"sync"
	"sync/atomic"
)

// stage is what an actor is at.
type stage int32

const (
	away stage = iota
	connecting
	opening
	authenticating
	authenticating2
	binding
	enabling
	resuming
	takingOver
	online
	behind
	stages
)

func (s stage) String() string {
	return [...]string{
		"without a connection", "connecting", "opening the stream", "in SASL", "in SASL2, with all that comes inline", "binding a resource", "enabling acks",
		"resuming a stream", "resuming one whose connection is open", "online", "online, and not caught up with the archive",
	}[s]
}

func (a *actor) enter(s stage) {
	a.at.Store(int32(s))
	a.steps.Add(1)
}

// stage returns what the actor is at.
func (a *actor) stage() stage {
	s := stage(a.at.Load())
	if s == online && a.seen.Load() < a.head.Load() {
		return behind
	}
	return s
}

// raise makes v at least n.
func raise(v *atomic.Uint64, n uint64) {
	for old := v.Load(); old < n && !v.CompareAndSwap(old, n); old = v.Load() {
	}
}

// lower makes v at most n: relaxed durability may have lost what it was.
func lower(v *atomic.Uint64, n uint64) {
	for old := v.Load(); old > n && !v.CompareAndSwap(old, n); old = v.Load() {
	}
}

// watcher reads the transcript of a connection, and keeps its end.
type watcher struct {
	actor *actor
	open  bool // the connection before is

	mu   sync.Mutex
	last [40][]byte // a ring
	next int
}

// Write implements io.Writer.
func (w *watcher) Write(line []byte) (int, error) {
	w.keep(line)
	said, mine := bytes.CutPrefix(line, []byte("C: <"))
	if s := stage(w.actor.at.Load()); !mine || s == online || s == away {
		return len(line), nil
	}
	for _, c := range []struct {
		begin string
		stage stage
	}{
		{"?xml", opening}, {"stream:", opening}, {"authenticate ", authenticating2}, {"auth ", authenticating}, {"iq ", binding}, {"enable ", enabling}, {"resume ", resuming},
	} {
		if bytes.HasPrefix(said, []byte(c.begin)) {
			if c.stage == resuming && w.open {
				c.stage = takingOver
			}
			w.actor.enter(c.stage)
			break
		}
	}
	return len(line), nil
}

func (w *watcher) keep(line []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := &w.last[w.next%len(w.last)]
	*at = append((*at)[:0], line[:min(len(line), 160)]...)
	w.next++
}

// String returns the end of the transcript.
func (w *watcher) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var b strings.Builder
	for i := range w.last {
		if line := w.last[(w.next+i)%len(w.last)]; len(line) > 0 {
			b.Write(bytes.TrimSpace(line))
			b.WriteByte('\n')
		}
	}
	return b.String()
}
