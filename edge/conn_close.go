package edge

// becomeClosing ends the machine, and the connection once its output has left. err is nil when the machine has asked for it.
func (c *conn) becomeClosing(err error) {
	if c.phase >= phaseClosing {
		return
	}
	c.phase, c.err = phaseClosing, err
	c.timer, c.resume, c.loginBy = 0, 0, 0
	c.dropHeld()
	c.endMachine(err)
	if c.paused {
		c.unpause() // to see the peer's end
	}
	c.setDeadline(c.loop.server.config.CloseTimeout)
	c.soil()
}

// drained is called when a closing connection may have nothing unsent any more: then it says so to the peer. To close at
// once could destroy what has just been sent, as a reset does when the peer's bytes are still unread.
func (c *conn) drained() {
	switch {
	case c.gc == nil:
		c.doom(c.err)
	case c.gc.OutboundBuffered() > 0:
		c.watch()
	default:
		c.becomeLingering()
	}
}

// becomeLingering sends our end-of-file and waits for the peer's.
func (c *conn) becomeLingering() {
	c.phase = phaseLingering
	if err := shutdownWrite(c.gc.Fd()); err != nil {
		c.doom(err)
		return
	}
	c.setDeadline(c.loop.server.config.LingerTimeout)
}

// doom has the loop bury c at the end of the batch. The first reason counts.
func (c *conn) doom(err error) {
	if c.phase == phaseDoomed {
		return
	}
	if c.phase < phaseClosing {
		c.err = err
	}
	c.phase = phaseDoomed
	c.loop.doomed = append(c.loop.doomed, c)
}

// bury closes the socket, gives the machine its Closed, and gives everything back.
func (c *conn) bury() {
	l := c.loop
	if gc := c.gc; gc != nil {
		c.gc = nil
		_ = gc.EventLoop().Close(gc) // calls OnClose, which finds c doomed
	}
	l.wheel.disarm(c)
	l.remove(c)
	if c.transport != nil {
		c.transport.abandon()
	}
	c.dropHeld()
	if c.out != nil {
		c.loop.spare.put(c.out)
		c.out = nil
	}
	c.endSafely()
	l.server.leave(c)
}

// endSafely ends the machine, which may panic once more.
func (c *conn) endSafely() {
	defer c.rescue()
	c.endMachine(c.err)
}
