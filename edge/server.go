package edge

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/godwit-im/godwit/codec/compress"
)

// Server is a set of listeners and the loops that serve what they accept. Its methods may be called from any goroutine.
type Server struct {
	config    Config
	log       *slog.Logger
	admission *admission
	loops     []*loop
	ticker    *ticker
	jobs      *lane // what machines give to Do for peers that have logged in
	search    *lane // what they give to Search
	logins    *lane // the same as jobs, for those who come and go
	hands     *lane // handshakes
	cpus      cpus  // of the handshakes
	began     time.Time
	inflate   compress.Limits
	ids       atomic.Uint64
	turn      atomic.Uint32
	count     counters
	strangers atomic.Int64 // open connections that have not logged in
	lastWarn  atomic.Int64 // of seldom, Unix seconds

	mu        sync.Mutex
	acceptors []*acceptor
	stopping  bool // no more listeners
	closed    chan struct{}

	asking  sync.RWMutex // held while loops are woken from outside, so that none is gone by then
	stopped bool         // no loop may be woken any more
}

// New starts a Server without listeners.
func New(config Config) (*Server, error) {
	config = config.withDefaults()
	s := &Server{
		config: config, log: config.Logger, admission: newAdmission(&config),
		jobs:    newLane(config.Workers, config.WorkerQueue).courteous(),
		logins:  newLane(config.LoginWorkers, config.WorkerQueue),
		search:  newLane(config.Searchers, config.WorkerQueue).courteous(),
		hands:   newLane(config.Handshakes, config.HandshakeQueue), // courteous only while they have one of cpus
		cpus:    make(cpus, config.HandshakeCPUs),
		inflate: compress.Limits{Ratio: config.InflateRatio, Burst: config.InflateBurst},
		began:   time.Now(), closed: make(chan struct{}),
	}
	for range config.Loops {
		l, err := newLoop(s)
		if err != nil {
			s.stopLoops()
			return nil, err
		}
		l.out.Count = &l.tally.machine
		s.loops = append(s.loops, l)
	}
	s.ticker = newTicker(s)
	return s, nil
}

// Listen opens a port and serves it. It returns the address, which tells the port where the Listener left it open.
func (s *Server) Listen(l Listener) (net.Addr, error) {
	ln, err := newListener(l)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return nil, errors.New("edge: listen on a server that is stopped")
	}
	socket, err := listen(l.Address, &s.config)
	if err != nil {
		return nil, fmt.Errorf("edge: %w", err)
	}
	s.serve(ln, socket)
	s.log.Info("listening", "kind", l.Kind.String(), "address", socket.Addr().String())
	return socket.Addr(), nil
}

// serve starts an acceptor.
func (s *Server) serve(ln *listener, socket net.Listener) {
	a := &acceptor{server: s, listener: ln, socket: socket, done: make(chan struct{})}
	s.acceptors = append(s.acceptors, a)
	go a.run()
}

// stopListening ends all acceptors, and returns when the loops have all that was accepted. It reports false when
// that was done before.
func (s *Server) stopListening() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return false
	}
	s.stopping = true
	for _, a := range s.acceptors {
		a.close()
	}
	for _, l := range s.loops {
		l.enroller.close()
	}
	return true
}

// Close ends everything at once: connections are closed without a word. Machines get their Closed, jobs run to
// their end. It returns when no goroutine of the Server is left.
func (s *Server) Close() error {
	if s.stopListening() {
		s.finish()
	}
	<-s.closed
	return nil
}

// finish closes what connections there are and stops the loops.
func (s *Server) finish() {
	for _, l := range s.loops {
		l.inbox.give(orderClose)
	}
	s.awaitEmpty(nil)
	s.hands.wait()
	s.logins.wait()
	s.jobs.wait()
	s.search.wait()
	s.asking.Lock()
	s.stopped = true
	s.asking.Unlock()
	s.ticker.stop()
	s.stopLoops()
	close(s.closed)
}

func (s *Server) stopLoops() {
	for _, l := range s.loops {
		l.stop()
	}
}

// awaitEmpty returns true when no connection is left, false when done is closed before.
func (s *Server) awaitEmpty(done <-chan struct{}) bool {
	t := time.NewTicker(5 * time.Millisecond)
	defer t.Stop()
	for s.admission.connections() > 0 {
		select {
		case <-t.C:
		case <-done:
			return false
		}
	}
	return true
}

// nextLoop returns the loops in turn.
func (s *Server) nextLoop() *loop {
	return s.loops[s.turn.Add(1)%uint32(len(s.loops))]
}

// ticks returns t in ticks since a tick before the server began: never 0, which means no time.
func (s *Server) ticks(t time.Time) uint32 {
	return uint32(max(0, t.Sub(s.began))/tick) + 1
}

// leave is called for each connection that is gone.
func (s *Server) leave(c *conn) {
	s.admission.leave(c.addr)
	s.count.ended.Add(1)
}

// acceptFailed counts and, once a second, logs an error of accept.
func (s *Server) acceptFailed(l *listener, err error, pause time.Duration) {
	s.count.acceptErrors.Add(1)
	if s.seldom() {
		s.log.Warn("accept failed, will try again", "kind", l.Kind.String(), "error", err, "pause", pause)
	}
}

// seldom is true once a second: for warnings that a flood of connections would repeat.
func (s *Server) seldom() bool {
	now := time.Now().Unix()
	last := s.lastWarn.Load()
	return last != now && s.lastWarn.CompareAndSwap(last, now)
}
