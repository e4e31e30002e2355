package edge

import (
	"runtime/debug"
	"time"

	"github.com/godwit-im/godwit/xmpp/stream"
)

// maxTimer is the longest time a timer is armed for: ticks are 32 bits wide.
const maxTimer = 5 * 365 * 24 * time.Hour

// input returns the loop's Input, empty but for its kind and the time.
func (c *conn) input(kind stream.Kind) *stream.Input {
	in := &c.loop.in
	*in = stream.Input{Kind: kind, Now: c.loop.now}
	return in
}

// step is run for an input that is only a kind.
func (c *conn) step(kind stream.Kind) { c.run(c.input(kind)) }

// run gives in to the machine, and does what the machine has decided.
func (c *conn) run(in *stream.Input) {
	if c.machine == nil {
		return
	}
	out := c.output()
	out.Congested = c.congested
	c.machine.Step(in, out)
	c.obey(out)
}

// output returns the loop's Output, empty.
func (c *conn) output() *stream.Output {
	out := &c.loop.out
	if cap(out.Buf) > 1<<20 {
		out.Buf = nil
	}
	out.Reset()
	out.Encoder, out.Scratch = c.encoder(), &c.loop.scratch
	return out
}

// obey does what a machine has decided: first its bytes are put behind those that wait to be written, then the flags count.
func (c *conn) obey(out *stream.Output) {
	c.wrote(len(out.Buf))
	c.append(out.Buf)
	if out.Limits != nil {
		c.decoder.SetLimits(out.Limits)
		if t, ok := c.upper().(*linkConn); ok {
			t.limit(out.Limits)
		}
	}
	if out.Known && !c.known {
		c.becomeKnown()
	}
	if out.Method != "" {
		c.compress(out.Method)
	}
	if out.Restarted {
		c.decoder.Restart()
	}
	if out.TimerSet {
		c.setTimer(out.Timer)
	}
	for _, job := range out.Jobs {
		c.do(job, out.Searching)
	}
	if out.More && c.more == moreNone {
		c.queueUp()
	}
	switch {
	case out.Closing:
		c.becomeClosing(nil)
	case out.TLS:
		c.becomeSecuring()
	}
}

// append puts p behind the output that waits to be written.
func (c *conn) append(p []byte) {
	if len(p) == 0 || c.gc == nil {
		return
	}
	if c.out == nil {
		c.out = c.loop.spare.get()
	}
	c.out.B = append(c.out.B, p...)
	c.soil()
	if len(c.out.B) > c.loop.server.config.SoftMark {
		c.flush()
	}
}

// soil has the loop flush c at the end of the batch.
func (c *conn) soil() {
	if !c.dirty {
		c.dirty = true
		c.loop.dirty = append(c.loop.dirty, c)
	}
}

// setTimer asks for a Tick at t.
func (c *conn) setTimer(t time.Time) {
	if c.timer = 0; !t.IsZero() {
		c.timer = max(1, c.tickAfter(t.Sub(c.loop.now)))
	}
	c.rearm()
}

// becomeKnown ends the time as a stranger.
func (c *conn) becomeKnown() {
	cfg := &c.loop.server.config
	c.loop.introduce(c)
	c.bytes, c.elements = bucket(cfg.ByteBurst), bucket(cfg.StanzaBurst)
	c.refilled = c.loop.tickNow
	c.loginBy, c.deadline = 0, 0
	c.rearm()
}

// do runs job on a lane for jobs; its result comes back through the inbox. That of a peer which has logged in always finds a place, as what the peer has said counts as handled: nothing more is decoded
// until the job is done, so there are hardly more of them than connections.
func (c *conn) do(job func() any, searching bool) {
	s, box, kind := c.loop.server, &c.loop.inbox, itemResult
	if !c.known {
		kind = itemStranger
	}
	work := func() {
		defer s.rescueJob(c)
		result := job()
		box.post(item{conn: c, kind: kind, mail: stream.Mail{Note: result}})
	}
	switch {
	case c.known && searching:
		s.search.force(work)
	case c.known:
		s.jobs.force(work)
	case !s.logins.run(work):
		s.count.overloaded.Add(1)
		c.doom(ErrOverloaded)
		return
	}
	if c.jobs++; c.jobs == 1 && !c.known {
		c.refilled = c.loop.tickNow
	}
}

// rescueJob is deferred around work for c on other goroutines.
func (s *Server) rescueJob(c *conn) {
	if r := recover(); r != nil {
		s.count.panics.Add(1)
		s.log.Error("panic in a job, connection closed", "cid", c.id, "panic", r, "stack", string(debug.Stack()))
		c.loop.inbox.post(item{conn: c, kind: itemPanicked})
	}
}

// malformed tells the machine that the peer's bytes are of no use, and closes.
func (c *conn) malformed(err error) {
	c.dropHeld()
	in := c.input(stream.Malformed)
	in.Err = err
	c.run(in)
	c.becomeClosing(err) // if the machine has not closed
}

// endMachine gives the machine its last input.
func (c *conn) endMachine(err error) {
	m, d := c.machine, c.decoder
	last := c.loop.bury(c)
	c.machine, c.decoder = nil, nil
	if d != nil {
		defer d.Close()
	}
	for _, late := range last {
		if m != nil {
			in := c.input(late.Kind)
			in.Mail = late.Mail
			c.finalStep(m, in)
		}
		if late.Mail.Frame != nil {
			late.Mail.Frame.Release()
		}
	}
	if m == nil {
		return
	}
	in := c.input(stream.Closed)
	in.Err = err
	c.finalStep(m, in)
}

// finalStep is a Step of a machine that can say nothing any more.
func (c *conn) finalStep(m stream.Machine, in *stream.Input) {
	out := c.output()
	m.Step(in, out)
	for _, job := range out.Jobs {
		c.loop.server.logins.force(func() {
			defer c.loop.server.rescueJob(c)
			job()
		})
	}
}
