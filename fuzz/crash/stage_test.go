package crash

import (
	"bytes"
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

func (a *actor) enter(s stage) { a.at.Store(int32(s)) }

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

// watcher reads the transcript of a login.
type watcher struct {
	actor *actor
	open  bool // the connection before is
}

// Write implements io.Writer.
func (w *watcher) Write(line []byte) (int, error) {
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
