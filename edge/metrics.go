package edge

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/godwit-im/godwit/xmpp/stream"
)

// Metrics are all figures of a Server.
type Metrics struct {
	Stats
	Transports [Transports]TransportMetrics // by Transport
	Loops      []LoopMetrics
	Machines   stream.Count // of all loops together

	Jobs, Searches, Logins, Handshakes LaneMetrics
}

// TransportMetrics are the figures of one transport. What is in bytes counts from the beginning.
type TransportMetrics struct {
	Connections int // open now
	Sessions    int // of these, logged in

	BytesReceived, BytesSent   uint64 // of the network
	StreamReceived, StreamSent uint64 // of the streams: before compression and encryption, or after their opposites
}

// LoopMetrics are the figures of one loop.
type LoopMetrics struct {
	Responding  bool // it has answered: otherwise what follows is of the last time, but for Inbox and Patient
	Connections int
	Inbox       int // items that wait for the loop
	Patient     int // of handshakes and logins, which let the others go first
	Lag         Lag
	LagMax      time.Duration // since the Metrics before
}

// LaneMetrics are the figures of a lane, which does slow work.
type LaneMetrics struct {
	Running int // goroutines at work
	Waiting int // for one of them
}

// figures are what a loop has told last. Any goroutine may read them under the lock.
type figures struct {
	mu         sync.Mutex
	loop       LoopMetrics
	transports [Transports]TransportMetrics
	machines   stream.Count
}

// Metrics returns the figures. Each loop is asked for its own; of those that have not answered when ctx ends, the figures are those that they had the last time.
func (s *Server) Metrics(ctx context.Context) (m Metrics) {
	answered := make([]atomic.Bool, len(s.loops))
	s.ask(ctx, func(i int, l *loop) {
		l.tell()
		answered[i].Store(true)
	})
	for i, l := range s.loops {
		m.add(&l.figures)
		at := &m.Loops[i]
		at.Responding = answered[i].Load()
		at.Inbox, at.Patient = l.inbox.len()
	}
	m.Stats = s.Stats()
	m.Jobs, m.Searches, m.Logins, m.Handshakes = s.jobs.metrics(), s.search.metrics(), s.logins.metrics(), s.hands.metrics()
	return m
}

// tell brings the figures of a loop up to date. It runs on the loop.
func (l *loop) tell() {
	f, t := &l.figures, &l.tally
	f.mu.Lock()
	defer f.mu.Unlock()
	f.loop = LoopMetrics{Connections: l.open(), Lag: t.lag, LagMax: t.lagged}
	t.lagged = 0
	for i := range f.transports {
		f.transports[i] = TransportMetrics{
			Connections: t.conns[i].open, Sessions: t.conns[i].known,
			BytesReceived: t.wire[i].received, BytesSent: t.wire[i].sent,
			StreamReceived: t.stream[i].received, StreamSent: t.stream[i].sent,
		}
	}
	f.machines = t.machine.Clone()
}

// add adds the figures of a loop.
func (m *Metrics) add(f *figures) {
	f.mu.Lock()
	defer f.mu.Unlock()
	m.Loops = append(m.Loops, f.loop)
	for i, from := range f.transports {
		to := &m.Transports[i]
		to.Connections += from.Connections
		to.Sessions += from.Sessions
		to.BytesReceived += from.BytesReceived
		to.BytesSent += from.BytesSent
		to.StreamReceived += from.StreamReceived
		to.StreamSent += from.StreamSent
	}
	m.Machines.Add(&f.machines)
}

// len returns how many items wait, and how many patient ones.
func (in *inbox) len() (items, patient int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	return len(in.items), len(in.patient) - in.head
}

func (l *lane) metrics() LaneMetrics {
	l.mu.Lock()
	defer l.mu.Unlock()
	return LaneMetrics{l.running, len(l.waiting) - l.head}
}

// Connection is what is known of an open connection.
type Connection struct {
	ID             uint64 // stream.Peer.ID
	Transport      Transport
	Since          time.Time
	Heard          time.Time // when bytes came last, to a tenth of a second; Since when none have
	Received, Sent uint64    // bytes of the network
}

// Look calls f for each connection that has a machine, on the loop that both belong to, so that f may look at the machine as if between two Steps; it must be quick. Several loops
// call it at once. It reports whether every loop has come to it before ctx ended: if not, f may still be called.
func (s *Server) Look(ctx context.Context, f func(c Connection, m stream.Machine)) (all bool) {
	return s.ask(ctx, func(_ int, l *loop) {
		for c := range l.all() {
			if c.machine != nil {
				f(c.describe(), c.machine)
			}
		}
	})
}

// describe returns what is known of c. Called by the loop.
func (c *conn) describe() Connection {
	s := c.loop.server
	at := func(t uint32) time.Time { return s.began.Add(time.Duration(t-1) * tick) }
	return Connection{
		ID: c.id, Transport: c.way(), Since: at(c.since), Heard: at(max(c.since, c.heard)),
		Received: c.received, Sent: c.sent,
	}
}
