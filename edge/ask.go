package edge

import (
	"context"
	"runtime/debug"
	"sync"
)

// asks are functions that others want to be run on a loop. Any goroutine may add some.
type asks struct {
	mu   sync.Mutex
	todo []func()
}

func (a *asks) add(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.todo = append(a.todo, f)
}

func (a *asks) take() (todo []func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	todo, a.todo = a.todo, nil
	return todo
}

// ask has each loop run f on its own goroutine, between two inputs of its connections, and returns when all have. Those that do not come to it before ctx ends, because they are
// stuck or the server has ended, run it later or never: all is false then. f must be quick, and keep apart what it is called for.
func (s *Server) ask(ctx context.Context, f func(i int, l *loop)) (all bool) {
	done := make(chan struct{}, len(s.loops))
	s.asking.RLock()
	for i, l := range s.loops {
		if s.stopped {
			break
		}
		l.asks.add(func() {
			defer func() { done <- struct{}{} }()
			defer s.rescueAsk()
			f(i, l)
		})
		l.inbox.give(orderAsk)
	}
	s.asking.RUnlock()
	for range s.loops {
		select {
		case <-done:
		case <-ctx.Done():
			return false
		case <-s.closed:
			return false
		}
	}
	return true
}

// rescueAsk is deferred around what others want: it is not worth the process.
func (s *Server) rescueAsk() {
	if r := recover(); r != nil {
		s.count.panics.Add(1)
		s.log.Error("panic in what a loop was asked for", "panic", r, "stack", string(debug.Stack()))
	}
}

// answer runs what others want.
func (l *loop) answer() {
	for _, f := range l.asks.take() {
		f()
	}
}
