package edge

import (
	"io"
	"math"

	"github.com/valyala/bytebufferpool"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// bucket is what a peer may still send. It is allowed to go below zero by one element.
type bucket int32

// take takes n out.
func (b *bucket) take(n int) { *b = bucket(max(int64(*b)-int64(n), math.MinInt32)) }

// receive takes bytes from the wire.
func (c *conn) receive(wire []byte) { c.receiveBy(c.transport, wire) }

// receiveUpper takes bytes that what lies below the upper transport has already let through.
func (c *conn) receiveUpper(p []byte) { c.receiveBy(c.upper(), p) }

func (c *conn) receiveBy(t transport, p []byte) {
	switch {
	case c.phase > phaseSecuring:
		return
	case t == nil:
		c.receivePlain(p)
		return
	}
	switch err := t.receive(c, p); {
	case err == nil:
	case err == io.EOF && c.phase == phaseOpen:
		c.peerEnded()
	default:
		c.doom(err)
	}
}

// peerEnded is an orderly end of a secure transport.
func (c *conn) peerEnded() {
	if c.held != nil {
		c.err, c.ended = io.EOF, true
		c.goOn()
		return
	}
	c.becomeClosing(io.EOF)
}

// receivePlain takes bytes of the stream: they are decoded at once, or held while the machine has to wait.
func (c *conn) receivePlain(p []byte) {
	if c.phase != phaseOpen {
		return
	}
	if c.held == nil {
		if rest := c.decode(p); len(rest) > 0 {
			c.hold(rest)
		}
		return
	}
	c.hold(p)
	c.goOn()
}

// mayDecode reports whether the machine may have its next element. The rate counts to the last, also when the peer has ended: to send much and go is no way
// to have it all at once.
func (c *conn) mayDecode() bool {
	return c.phase == phaseOpen && c.jobs == 0 && (!c.known || c.allowed())
}

// decode gives the elements in p to the machine, as long as it may have them, and returns what is left.
func (c *conn) decode(p []byte) (rest []byte) {
	c.loop.scratch.Hold(p)
	defer c.loop.scratch.Hold(nil)
	for len(p) > 0 && c.mayDecode() {
		n, ev, err := c.decoder.Decode(p, &c.loop.scratch)
		if err == nil {
			weight := c.weight(n)
			c.read(weight)
			err = c.charge(weight, ev)
		}
		if err != nil {
			c.malformed(err)
			return nil
		}
		c.midway = ev == codec.EventNone
		used := p[:n]
		p = p[n:]
		c.decoded(ev, p)
		if poisoning {
			poison(used, &c.loop.scratch)
		}
	}
	if c.phase != phaseOpen {
		return nil
	}
	c.rest()
	return p
}

// decoded gives one event to the machine. What follows it in the same read must be nothing, or white space, when TLS is to begin.
func (c *conn) decoded(ev codec.Event, rest []byte) {
	var kind stream.Kind
	switch ev {
	case codec.EventNone:
		return
	case codec.EventOpen:
		kind = stream.Header
	case codec.EventElement:
		kind = stream.Element
	case codec.EventClose:
		kind = stream.Footer
	}
	in := c.input(kind)
	if ev != codec.EventClose {
		in.Element = c.loop.scratch.Tree.Root()
	}
	c.run(in)
	if c.phase == phaseSecuring && len(trimSpace(rest)) > 0 {
		c.injected()
	}
}

// charge counts n bytes and an event against what the peer may send.
func (c *conn) charge(n int, ev codec.Event) error {
	c.bytes.take(n)
	if ev == codec.EventOpen || ev == codec.EventElement {
		c.elements.take(1)
	}
	switch {
	case c.known:
		return nil
	case c.bytes < 0:
		return errStrangerBytes
	case c.elements < 0:
		return errStrangerElements
	}
	return nil
}

// allowed reports whether the rate of a peer that has logged in allows it another element. When not, it arms the time
// when it will.
func (c *conn) allowed() bool {
	if c.bytes >= 0 && c.elements >= 0 {
		return true
	}
	cfg := &c.loop.server.config
	passed := c.loop.tickNow - c.refilled
	c.refilled = c.loop.tickNow
	c.bytes.refill(passed, cfg.ByteRate, cfg.ByteBurst)
	c.elements.refill(passed, cfg.StanzaRate, cfg.StanzaBurst)
	if c.bytes >= 0 && c.elements >= 0 {
		return true
	}
	if c.resume == 0 {
		c.loop.server.count.throttled.Add(1)
		c.resume = c.loop.tickNow + max(c.bytes.wait(cfg.ByteRate), c.elements.wait(cfg.StanzaRate))
		c.rearm()
	}
	return false
}

// ticksPerSecond is the number of ticks in a second.
const ticksPerSecond = 10

// refill puts in what ticks bring at rate per second, at most up to burst.
func (b *bucket) refill(ticks uint32, rate, burst int) {
	*b = bucket(min(int64(*b)+int64(ticks)*int64(rate)/ticksPerSecond, int64(burst)))
}

// wait returns the ticks until b is not below zero.
func (b *bucket) wait(rate int) uint32 {
	if *b >= 0 {
		return 0
	}
	return uint32((-int64(*b)*ticksPerSecond + int64(rate) - 1) / int64(rate))
}

// hold keeps p until the machine may have it. What comes too fast stops the reading, or the connection.
func (c *conn) hold(p []byte) {
	if c.held == nil {
		c.held = bytebufferpool.Get()
	}
	c.held.B = append(c.held.B, p...)
	switch cfg := &c.loop.server.config; {
	case !c.known && len(c.held.B) > int(c.bytes):
		c.malformed(errStrangerBytes)
	case len(c.held.B) > cfg.HoldLimit:
		c.loop.server.count.heldTooMuch.Add(1)
		c.doom(ErrHeldTooMuch)
	case len(c.held.B) > cfg.HoldMark:
		c.pause()
	}
}

// goOn decodes what is held, if the machine may have it.
func (c *conn) goOn() {
	if c.held != nil && c.mayDecode() {
		h := c.held
		c.held = nil
		rest := c.decode(h.B)
		if len(rest) > 0 {
			h.B = append(h.B[:0], rest...)
			c.held = h
		} else {
			bytebufferpool.Put(h)
		}
	}
	if c.paused && c.phase == phaseOpen && (c.held == nil || len(c.held.B) <= c.loop.server.config.HoldMark) {
		c.unpause()
	}
}

// dropHeld forgets what is held.
func (c *conn) dropHeld() {
	if c.held != nil {
		bytebufferpool.Put(c.held)
		c.held = nil
	}
}

// pause stops the loop from reading from the socket, where it can.
func (c *conn) pause() {
	if c.gc == nil {
		return
	}
	c.paused = c.loop.poller.pause(c.gc.Fd(), c.gc.OutboundBuffered() > 0)
}

// unpause lets the loop read again.
func (c *conn) unpause() {
	c.paused = false
	if c.gc != nil {
		c.loop.poller.resume(c.gc.Fd(), c.gc.OutboundBuffered() > 0)
	}
}
