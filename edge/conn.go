package edge

import (
	"errors"
	"io"
	"runtime/debug"
	"time"

	"github.com/panjf2000/gnet/v2"
	"github.com/valyala/bytebufferpool"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// phase is where a connection is in its life.
type phase uint8

const (
	phaseNew       phase = iota // a PROXY header or a first handshake is under way: there is no machine
	phaseOpen                   // the machine runs
	phaseSecuring               // STARTTLS is under way: the machine waits
	phaseClosing                // the machine is gone, the last output is leaving
	phaseLingering              // everything is sent, and our end-of-file: the peer's is awaited
	phaseDoomed                 // on the loop's list of what to bury, or buried
)

// more says whether a machine has output that can wait.
type more uint8

const (
	moreNone   more = iota
	moreWaits       // it has some, and output is in front of that
	moreListed      // it has some, and is on the loop's list of those to be asked
)

// transport turns bytes of the wire into bytes of the stream and back. A plain connection has none.
type transport interface {
	// receive takes bytes from the wire, hands what they hold to c, and returns an error that ends the connection; io.EOF is an orderly end.
	receive(c *conn, wire []byte) error
	// seal appends plain to dst in the form of the wire.
	seal(c *conn, dst, plain []byte) ([]byte, error)
	// end appends what the transport says at an orderly end.
	end(c *conn, dst []byte) []byte
	// abandon ends whatever still runs for the transport.
	abandon()
}

// conn is one connection. It belongs to its loop, but for Post. TestSize fixes its size: there are very many of it, and most are idle.
type conn struct {
	loop      *loop
	gc        gnet.Conn // nil when the socket is closed
	listener  *listener
	machine   stream.Machine // nil before Opened and after Closed
	decoder   codec.Decoder  // there as long as machine
	transport transport
	err       error                      // why it ends
	out       *bytebufferpool.ByteBuffer // output of this batch, nil when there is none
	held      *bytebufferpool.ByteBuffer // input that waits to be decoded, nil when there is none

	next, prev               *conn // all connections of the loop
	laterTimer, earlierTimer *conn // the wheel

	id      uint64
	address string  // of the peer, when a PROXY header gave it
	addr    addrKey // what the limits per address count it under, 0: nothing

	due      uint32 // tick it is in the wheel for, 0: none. So for the others:
	timer    uint32 // of the machine
	deadline uint32 // of the phase
	loginBy  uint32 // for a peer that has not logged in
	resume   uint32 // when the peer may be read again

	bytes    bucket // allowance for the peer: while it is a stranger in all, then per second
	elements bucket
	refilled uint32 // tick of the last refill; while it is a stranger, that when its job began

	heard          uint32 // tick of the last bytes from the wire, 0: none
	since          uint32 // tick of its beginning
	received, sent uint64 // bytes of the wire

	jobs      uint16 // that run for the machine
	phase     phase
	known     bool // the peer has logged in
	ended     bool // the peer has ended, but what it sent is not all decoded
	midway    bool // the decoder has a part of an element, or has seen white space
	dirty     bool // on the loop's list
	watched   bool // on the loop's list
	more      more // of the machine's output can wait
	congested bool // the peer reads slowly
	paused    bool // the loop does not read from the socket
	begun     bool // gnet has taken it: set once, and read by the enroller afterwards
	missed    bool // guarded by the inbox: mail was refused
	gone      bool // guarded by the inbox: no more posts

	listed      uint8 // the Transport that it is counted under, plus 1; 0: it is not counted
	listedKnown bool  // and whether as one that has logged in

	posted uint16 // guarded by the inbox: its batch when something was posted last
}

// eventKind says what happens to a connection.
type eventKind uint8

const (
	eventBytes   eventKind = iota // were received
	eventItem                     // came through the inbox
	eventTimer                    // is due
	eventFlush                    // output is to be written
	eventDrained                  // there is room for mail again
	eventRoom                     // there is nothing to write
	eventShutdown
)

type event struct {
	kind  eventKind
	bytes []byte
	item  *item
}

// handle lets one event happen. This is where a panic ends: it costs the connection that it happened in, and no other.
func (c *conn) handle(e event) {
	defer c.rescue()
	if c.phase == phaseDoomed {
		c.handleLate(e)
		return
	}
	switch e.kind {
	case eventBytes:
		c.receive(e.bytes)
	case eventItem:
		c.take(e.item)
	case eventTimer:
		c.expire()
	case eventFlush:
		c.flush()
	case eventDrained:
		c.step(stream.Drained)
	case eventRoom:
		c.step(stream.Room)
	case eventShutdown:
		c.shutdown()
	}
	if c.out != nil && e.kind != eventFlush {
		c.soil() // also when this said nothing: what was held back may go now
	}
	if c.ended && c.held == nil && c.jobs == 0 {
		c.afterEnd()
	}
}

// handleLate lets the machine of a connection that is about to be buried have the mail that was accepted for it, in its order, and hear of what was refused: the mail of the time
// since comes behind that, see endMachine.
func (c *conn) handleLate(e event) {
	switch {
	case c.machine == nil:
	case e.kind == eventItem && e.item.kind == itemMail:
		in := c.input(stream.Delivery)
		in.Mail = e.item.mail
		c.finalStep(c.machine, in)
	case e.kind == eventDrained:
		c.finalStep(c.machine, c.input(stream.Drained))
	}
}

// afterEnd ends the connection when all that the peer has sent before its end is done with. A peer that has only ended its
// half of TLS still gets its answers.
func (c *conn) afterEnd() {
	if c.gc == nil {
		c.doom(c.err)
	} else {
		c.becomeClosing(c.err)
	}
}

// rescue is deferred around everything that runs for a connection.
func (c *conn) rescue() {
	r := recover()
	if r == nil {
		return
	}
	s := c.loop.server
	s.count.panics.Add(1)
	s.log.Error("panic in a handler, connection closed", "cid", c.id, "panic", r, "stack", string(debug.Stack()))
	c.doom(ErrPanic)
}

// begin starts the life of a connection whose socket is now the loop's.
func (c *conn) begin(gc gnet.Conn) {
	c.gc, c.begun = gc, true
	c.loop.add(c)
	c.loop.makeRoom()
	if c.loop.drain.asked {
		c.doom(ErrShutdown)
	}
	if c.phase == phaseDoomed {
		return
	}
	defer c.rescue()
	if c.listener.ProxyProtocol {
		c.transport = &proxyHeader{}
		c.setDeadline(c.loop.server.config.ProxyTimeout)
		return
	}
	c.start(nil)
}

// start begins what the listener's kind wants first; rest are bytes that came behind a PROXY header.
func (c *conn) start(rest []byte) {
	switch c.listener.Kind {
	case C2S:
		c.transport = nil
		c.open(nil)
	case C2STLS, Link:
		if c.listener.Link == nil {
			c.beginTLS()
		} else {
			c.sniff()
		}
	}
	if len(rest) > 0 {
		c.receive(rest)
	}
}

// open makes the machine and tells it who is there.
func (c *conn) open(security *stream.Security) {
	c.enlist()
	c.decoder = c.coding().decoder(c.loop.server.config.StrangerLimits)
	c.machine = c.listener.NewMachine()
	c.phase = phaseOpen
	c.bytes, c.elements = bucket(c.loop.server.config.StrangerBytes), bucket(c.loop.server.config.StrangerElements)
	c.loginBy = c.tickAfter(c.loop.server.config.LoginTimeout)
	c.deadline = c.loginBy
	c.rearm()
	in := c.input(stream.Opened)
	in.Security, in.Mailbox, in.Peer = security, c, c.peer()
	c.run(in)
}

// peer describes the connection.
func (c *conn) peer() stream.Peer {
	address := c.address
	if c.address = ""; address == "" {
		address = c.gc.RemoteAddr().String()
	}
	return stream.Peer{ID: c.id, Address: address, Link: c.link()}
}

// link reports whether c is of the link.
func (c *conn) link() bool {
	_, ok := c.upper().(*linkConn)
	return ok
}

// coding returns how c's stream is encoded.
func (c *conn) coding() *coding {
	if c.link() {
		return &c.listener.linkCoding
	}
	return &c.listener.coding
}

// take lets an item from the inbox happen.
func (c *conn) take(it *item) {
	switch it.kind {
	case itemMail:
		in := c.input(stream.Delivery)
		in.Mail = it.mail
		c.run(in)
	case itemResult, itemStranger:
		c.jobs--
		if c.jobs == 0 && !c.known && c.phase == phaseOpen {
			c.allow(c.loop.tickNow - c.refilled)
		}
		in := c.input(stream.Result)
		in.Result = it.mail.Note
		c.run(in)
		c.goOn()
	case itemPanicked:
		c.doom(ErrPanic)
	case itemWire:
		if c.phase == phaseNew || c.phase == phaseSecuring {
			c.writeWire(it.mail.Note.([]byte))
		}
	case itemSecured:
		c.tlsDone(it.mail.Note.(*secured))
	case itemLink:
		if h, ok := c.upper().(*linkHandshake); ok {
			h.stepped(c, it.mail.Note.(*linkStep))
		}
	case itemFailed:
		c.becomeClosing(it.mail.Note.(error)) // the alert shall arrive
	}
}

// shutdown tells the machine that the server goes down. Without a machine the connection just ends.
func (c *conn) shutdown() {
	switch c.phase {
	case phaseOpen:
		c.step(stream.Shutdown)
	case phaseNew, phaseSecuring:
		c.doom(ErrShutdown)
	}
}

// lost is called when gnet has closed the socket.
func (c *conn) lost(err error) {
	c.gc = nil
	if errors.Is(err, io.EOF) {
		err = io.EOF
		if c.phase == phaseOpen && c.held != nil {
			c.err, c.ended = err, true // what the peer has sent before it ended counts
			c.handle(event{kind: eventTimer})
			return
		}
	}
	c.doom(err)
}

// Post implements stream.Mailbox.
func (c *conn) Post(m stream.Mail) bool {
	if c.loop.inbox.post(item{conn: c, kind: itemMail, mail: m}) {
		return true
	}
	if m.Frame != nil {
		m.Frame.Release()
	}
	return false
}

// tickAfter returns the tick that is d from now, rounded up.
func (c *conn) tickAfter(d time.Duration) uint32 {
	return c.loop.server.ticks(c.loop.now.Add(min(d, maxTimer)).Add(tick - 1))
}

// setDeadline bounds the phase.
func (c *conn) setDeadline(d time.Duration) {
	c.deadline = c.tickAfter(d)
	c.rearm()
}

// rearm puts c into the wheel for the earliest of its times.
func (c *conn) rearm() {
	due := c.timer
	for _, t := range [...]uint32{c.deadline, c.resume} {
		if t != 0 && (due == 0 || t < due) {
			due = t
		}
	}
	c.loop.wheel.arm(c, due, c.loop.tickNow)
}

// expire does what is due.
func (c *conn) expire() {
	now := c.loop.tickNow
	if c.resume != 0 && c.resume <= now || c.ended {
		c.resume = 0
		c.goOn()
	}
	if c.timer != 0 && c.timer <= now {
		c.timer = 0
		c.step(stream.Tick)
	}
	if c.deadline != 0 && c.deadline <= now {
		c.deadline = 0
		c.tooLate()
	}
	if c.phase != phaseDoomed {
		c.rearm()
	}
}

// tooLate ends a phase that has lasted too long.
func (c *conn) tooLate() {
	switch c.phase {
	case phaseOpen:
		if !c.known && c.jobs == 0 { // its time goes on when the job is done
			c.loop.server.count.late.Add(1)
			c.malformed(errLoginTimeout)
		}
	default:
		if next := c.handshakeLook(); next > 0 {
			c.setDeadline(next)
			return
		}
		c.loop.server.count.late.Add(1)
		c.doom(ErrTimeout)
	}
}

// handshakeLook returns when to look again whether the peer is late with the handshake that is under way; 0 when it is late, or none is under way.
func (c *conn) handshakeLook() time.Duration {
	if c.phase != phaseNew && c.phase != phaseSecuring {
		return 0
	}
	switch t := c.upper().(type) {
	case *tlsConn:
		return t.handshake.look(c)
	case *linkHandshake:
		return t.allowance.look(c.loop.now)
	}
	return 0
}

// allow gives a peer that has not logged in so many ticks more to do it, those in which it had to wait for the server.
func (c *conn) allow(ticks uint32) {
	c.loginBy += ticks
	c.deadline = c.loginBy
	c.rearm()
}
