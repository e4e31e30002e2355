package edge

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/panjf2000/gnet/v2"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// maxRounds is how often a batch looks into the inbox before the loop turns to its sockets again.
const maxRounds = 8

// loop is one event loop: it owns connections, and the memory to serve one of them at a time. It is the event handler
// of a gnet client that has one event loop, and everything in it belongs to that goroutine, but for what is said to be shared.
type loop struct {
	gnet.BuiltinEventEngine
	server   *Server
	client   *gnet.Client
	enroller *enroller // shared
	waker    *waker
	poller   poller // of gnet, to stop reading
	inbox    inbox  // shared

	known     roll // the connections whose peers have logged in,
	strangers roll // and the others
	wheel     wheel
	doomed    []*conn // to be closed at the end of the batch
	dirty     []*conn // with output
	watched   []*conn // with output in gnet that something waits for
	hungry    []*conn // whose machines have more
	eating    []*conn // those of them that are asked now
	drain     drain

	now      time.Time // of this batch
	tickNow  uint32    // now in ticks since the server began
	scratch  codec.Scratch
	in       stream.Input
	out      stream.Output
	spare    spare
	letters  mail          // what was taken from the inbox
	handed   int           // so many of its items were handed out,
	drained  int           // and so many of those that have missed mail were told
	record   []byte        // lent to crypto/tls, empty
	opening  []byte        // of the wire, what TLS has not yet read
	sealing  []byte        // for the wire, what TLS or a link has sealed
	inner    []byte        // for what carries a link, what the link has sealed
	framed   []byte        // for TLS, the same in a WebSocket
	desk     link.Desk     // of all links
	plain    []byte        // what TLS has opened
	busy     bool          // in a batch
	called   bool          // it has woken itself, and not come for that yet
	ticking  atomic.Bool   // shared: ticks are needed
	hurried  atomic.Bool   // shared: and soon
	lag      atomic.Int64  // shared: the longest a tick has waited, ns
	received atomic.Uint64 // shared: bytes
	sent     atomic.Uint64 // shared: bytes

	tally   tally
	figures figures // shared
	asks    asks    // shared
}

// newLoop starts a loop.
func newLoop(s *Server) (*loop, error) {
	l := &loop{server: s, plain: make([]byte, 16<<10)}
	l.inbox.limit = s.config.InboxSize
	var err error
	// Level-triggered, always: edge-triggered, gnet v2.9.7 reads from descriptors that it has closed. The net package has set TCP_NODELAY already.
	l.client, err = gnet.NewClient(l, gnet.WithNumEventLoop(1), gnet.WithEdgeTriggeredIO(false), gnet.WithTCPNoDelay(gnet.TCPDelay), gnet.WithLogger(gnetLog{s}))
	if err != nil {
		return nil, fmt.Errorf("edge: %w", err)
	}
	if err = l.client.Start(); err != nil {
		return nil, fmt.Errorf("edge: start a loop: %w", err)
	}
	if l.waker, err = newWaker(l.client, l); err != nil {
		_ = l.client.Stop()
		return nil, err
	}
	l.poller = pollerOf(l.waker.far)
	l.inbox.wake = l.waker.wake
	l.enroller = newEnroller(l)
	return l, nil
}

// stop ends the loop and whatever connections it still has. Nothing may be posted or enrolled any more.
func (l *loop) stop() {
	_ = l.client.Stop()
	l.waker.close()
}

// OnOpen begins a connection. gnet calls it on the loop.
func (l *loop) OnOpen(gc gnet.Conn) ([]byte, gnet.Action) {
	if c, ok := gc.Context().(*conn); ok {
		l.enter()
		c.begin(gc)
		l.leave()
	}
	return nil, gnet.None
}

// OnTraffic takes what was read from a connection, or comes because the loop was woken.
func (l *loop) OnTraffic(gc gnet.Conn) gnet.Action {
	l.enter()
	p, _ := gc.Next(-1)
	if c, ok := gc.Context().(*conn); ok {
		l.received.Add(uint64(len(p)))
		c.took(len(p))
		c.handle(event{kind: eventBytes, bytes: p})
	} else {
		l.called = false
		l.inbox.bePatient()
	}
	l.leave()
	return gnet.None
}

// OnClose notes that a connection is gone. gnet calls it on the loop, also from within our own writes and closes.
func (l *loop) OnClose(gc gnet.Conn, err error) gnet.Action {
	c, ok := gc.Context().(*conn)
	if !ok {
		return gnet.None
	}
	inside := l.busy
	if !inside {
		l.enter()
	}
	c.lost(err)
	if !inside {
		l.leave()
	}
	return gnet.None
}

// enter begins a batch.
func (l *loop) enter() {
	l.busy = true
	l.inbox.busy()
	l.setNow(time.Now())
}

func (l *loop) setNow(now time.Time) {
	l.now, l.tickNow = now, l.server.ticks(now)
}

// leave ends a batch: it does what the batch has caused, until nothing is left.
func (l *loop) leave() {
	for round := 1; ; round++ {
		l.deliver()
		l.feed()
		l.flush()
		for len(l.doomed) > 0 {
			l.reap()
			l.flush()
		}
		if len(l.hungry) == 0 && l.inbox.rest() || round == maxRounds {
			break
		}
	}
	if (l.inbox.again || len(l.hungry) > 0) && !l.called { // the inbox believes that the loop is awake
		l.called = true
		l.inbox.wake()
	}
	l.needTicks()
	l.busy = false
}

// feed asks the machines that have more for some of it, behind all that has happened until now.
func (l *loop) feed() {
	l.eating, l.hungry = l.hungry, l.eating[:0]
	for _, c := range l.eating {
		c.feed()
	}
	clear(l.eating)
}

// deliver empties the inbox once.
func (l *loop) deliver() {
	m := &l.letters
	l.inbox.take(m)
	l.handed, l.drained = 0, 0
	if !m.ticked.IsZero() {
		l.onTick(m.ticked)
	}
	if m.orders != 0 {
		l.obey(m.orders)
	}
	for i := range m.items {
		l.handed = i + 1
		l.hand(&m.items[i])
	}
	for i, c := range m.missed {
		l.drained = i + 1
		c.handle(event{kind: eventDrained})
	}
}

// bury makes every later post for c fail, and returns what was accepted before and c has not had, see inbox.
func (l *loop) bury(c *conn) []stream.Input {
	left := mail{items: l.letters.items[l.handed:], missed: l.letters.missed[l.drained:]}
	return l.inbox.bury(c, left)
}

// hand gives one item to its connection.
func (l *loop) hand(it *item) {
	it.conn.handle(event{kind: eventItem, item: it})
	if it.mail.Frame != nil {
		it.mail.Frame.Release()
	}
}

// onTick lets time pass.
func (l *loop) onTick(posted time.Time) {
	l.setNow(time.Now())
	if lag := int64(l.now.Sub(posted)); lag > l.lag.Load() {
		l.lag.Store(lag)
	}
	l.tally.late(l.now.Sub(posted))
	for _, c := range l.wheel.advance(l.tickNow) {
		c.handle(event{kind: eventTimer})
	}
	l.spare.tick()
	l.look()
	l.goOnDraining()
}

// look finds watched connections whose output has gone.
func (l *loop) look() {
	n := 0
	for i := 0; i < len(l.watched); i++ { // looking may add
		c := l.watched[i]
		if c.watched = c.stillWatched(); c.watched {
			l.watched[n] = c
			n++
		}
	}
	clear(l.watched[n:])
	l.watched = l.watched[:n]
}

// needTicks says for the ticker whether the loop has to be ticked, and how fast.
func (l *loop) needTicks() {
	hurry := len(l.watched) > 0
	if l.hurried.Load() != hurry {
		l.hurried.Store(hurry)
	}
	if need := hurry || l.wheel.armed > 0 || l.drain.under || len(l.spare.buffers) > 0; l.ticking.Load() != need {
		l.ticking.Store(need)
	}
}

// flush writes to each connection that has output, once.
func (l *loop) flush() {
	for i := 0; i < len(l.dirty); i++ { // flushing may add
		c := l.dirty[i]
		c.dirty = false
		c.handle(event{kind: eventFlush})
	}
	clear(l.dirty)
	l.dirty = l.dirty[:0]
}

// reap closes what is doomed. A machine's Closed may doom more.
func (l *loop) reap() {
	for i := 0; i < len(l.doomed); i++ {
		l.doomed[i].bury()
	}
	clear(l.doomed)
	l.doomed = l.doomed[:0]
}
