package edge

import (
	"sync"
	"time"
)

// stalled is how long a tick may wait in an inbox before it is worth a line in the log.
const stalled = 5 * time.Second

// ticker is the clock of all loops: one goroutine that posts a tick to each loop that has timers armed.
type ticker struct {
	server *Server
	end    chan struct{}
	once   sync.Once
	done   chan struct{}
}

func newTicker(s *Server) *ticker {
	t := &ticker{server: s, end: make(chan struct{}), done: make(chan struct{})}
	go t.run()
	return t
}

func (t *ticker) run() {
	defer close(t.done)
	timer := time.NewTimer(tick)
	defer timer.Stop()
	for {
		select {
		case <-t.end:
			return
		case now := <-timer.C:
			timer.Reset(t.tick(now))
		}
	}
}

// tick posts to the loops that need it, and returns the time to the next.
func (t *ticker) tick(now time.Time) time.Duration {
	next := tick
	for i, l := range t.server.loops {
		if !l.ticking.Load() {
			continue
		}
		if l.hurried.Load() {
			next = hurriedTick
		}
		if waited := l.inbox.tick(now); waited >= stalled && waited < stalled+2*tick {
			t.server.log.Error("an event loop does not respond", "loop", i, "waited", waited)
		}
	}
	return next
}

func (t *ticker) stop() {
	t.once.Do(func() { close(t.end) })
	<-t.done
}
