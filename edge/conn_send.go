package edge

import (
	"github.com/valyala/bytebufferpool"
)

// flush writes the output of a batch in one write. gnet may close the connection from within.
func (c *conn) flush() {
	if c.phase == phaseSecuring {
		return // what the machine says meanwhile leaves under TLS
	}
	if c.corked() {
		return
	}
	p := c.out
	c.out = nil
	if p == nil && c.phase != phaseClosing {
		return
	}
	if c.gc != nil {
		c.writePlain(p)
	}
	if p != nil {
		c.loop.spare.put(p)
	}
	if c.phase == phaseClosing {
		c.drained()
	}
}

// writePlain seals p, and what the transport says at the end, and writes it.
func (c *conn) writePlain(p *bytebufferpool.ByteBuffer) {
	if c.transport == nil {
		if p != nil {
			c.writeWire(p.B)
		}
		return
	}
	wire, err := c.loop.sealing[:0], error(nil)
	if p != nil {
		wire, err = c.transport.seal(c, wire, p.B)
	}
	if c.phase == phaseClosing {
		wire = c.transport.end(c, wire)
	}
	if err != nil {
		c.doom(err)
		return
	}
	c.writeWire(wire)
	if c.loop.sealing = wire; cap(wire) > 1<<20 {
		c.loop.sealing = nil
	}
}

// writeWire writes p as it is, and looks at what gnet could not send.
func (c *conn) writeWire(p []byte) {
	if len(p) == 0 || c.gc == nil {
		return
	}
	n, err := c.gc.Write(p) // an error has closed the connection: OnClose was called
	c.loop.sent.Add(uint64(n))
	c.gave(n)
	if err != nil || c.gc == nil {
		return
	}
	c.weigh()
	if c.paused { // gnet reads and writes when it has to wait for room
		c.pause()
	}
}

// weigh looks at how much is unsent.
func (c *conn) weigh() {
	cfg := &c.loop.server.config
	switch unsent := c.gc.OutboundBuffered(); {
	case unsent > cfg.HardMark:
		c.loop.server.count.slowReaders.Add(1)
		c.doom(ErrSlowReader)
	case unsent > cfg.SoftMark && !c.congested:
		c.congested = true
		c.watch()
	}
}

// watch has the loop look at the unsent output of c with every tick.
func (c *conn) watch() {
	if !c.watched {
		c.watched = true
		c.loop.watched = append(c.loop.watched, c)
	}
}

// stillWatched looks at the unsent output of c, tells the machine when half the mark is reached, and reports
// whether it is worth looking again.
func (c *conn) stillWatched() bool {
	if c.gc == nil || c.phase == phaseDoomed {
		return false
	}
	if c.phase == phaseClosing {
		c.drained()
		return c.phase == phaseClosing
	}
	if c.congested && c.gc.OutboundBuffered() <= c.loop.server.config.SoftMark/2 {
		c.congested = false
		c.handle(event{kind: eventDrained})
	}
	if c.more == moreWaits {
		c.queueUp()
	}
	return c.congested
}

// queueUp has the loop ask the machine for more.
func (c *conn) queueUp() {
	c.more = moreListed
	c.loop.hungry = append(c.loop.hungry, c)
}

// feed asks the machine for more, if all that it has written before has left; otherwise the loop looks again soon.
func (c *conn) feed() {
	c.more = moreNone
	switch {
	case c.gc == nil || c.phase != phaseOpen:
	case c.congested || c.gc.OutboundBuffered() > 0 || c.corked():
		c.more = moreWaits
		c.watch()
	default:
		c.handle(event{kind: eventRoom})
	}
}
