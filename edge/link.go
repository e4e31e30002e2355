package edge

import (
	"errors"
	"math"

	"github.com/valyala/bytebufferpool"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// linkHandshakeMax bounds what a peer may send before its Noise handshake is done.
const linkHandshakeMax = 16 << 10

// linkHandshake is the transport of a link until it is made. Each step is work for the lane; between the steps nothing runs.
type linkHandshake struct {
	noise   *link.Handshake
	got     []byte // not yet consumed
	given   int    // bytes that the step under way, or the last one, has been given
	running bool

	allowance allowance
}

// linkStep is what a step has found.
type linkStep struct {
	n    int
	out  []byte
	done bool
	err  error
}

// beginLink starts a link on a new connection.
func (c *conn) beginLink() {
	timeout := c.loop.server.config.HandshakeTimeout
	c.setUpper(&linkHandshake{noise: link.NewServer(c.listener.Link), allowance: newAllowance(timeout, c.loop.now)})
	c.setDeadline(c.handshakeLook())
}

// receive implements transport.
func (h *linkHandshake) receive(c *conn, wire []byte) error {
	h.got = append(h.got, wire...)
	if len(h.got) > linkHandshakeMax {
		return handshakeError(ErrHeldTooMuch)
	}
	return h.advance(c)
}

// advance starts a step when there are bytes that the last one has not seen.
func (h *linkHandshake) advance(c *conn) error {
	if h.running || len(h.got) <= h.given {
		return nil
	}
	s, noise, in := c.loop.server, h.noise, h.got[:len(h.got):len(h.got)]
	ok := s.hands.run(func() {
		defer s.rescueJob(c)
		s.cpus.take()
		defer s.cpus.giveBack()
		r := new(linkStep)
		r.n, r.out, r.done, r.err = noise.Step(in)
		c.loop.inbox.post(item{conn: c, kind: itemLink, mail: stream.Mail{Note: r}})
	})
	if !ok {
		s.count.overloaded.Add(1)
		return ErrOverloaded
	}
	h.running, h.given = true, len(h.got)
	h.allowance.ours(c.loop.now)
	return nil
}

// stepped goes on after a step.
func (h *linkHandshake) stepped(c *conn, r *linkStep) {
	h.running = false
	h.allowance.theirs(c.loop.now)
	if r.n > 0 {
		h.got, h.given = h.got[r.n:], 0 // what is left has not been looked at for the next message
	}
	c.writeUpper(r.out)
	switch {
	case c.phase != phaseNew:
	case r.err != nil:
		c.loop.server.count.handshakesFailed.Add(1)
		c.becomeClosing(handshakeError(r.err))
	case r.done:
		cfg := &c.loop.server.config
		t := &linkConn{session: h.noise.Session()}
		t.limit(cfg.StrangerLimits)
		c.deadline = 0
		_ = setNotSent(c.gc.Fd(), cfg.NotSent) // without it, only more waits in the kernel
		c.becomeSecure(&secured{transport: t, security: t.security(), rest: h.got})
	default:
		if err := h.advance(c); err != nil {
			c.doom(err)
		}
	}
}

func (h *linkHandshake) seal(_ *conn, dst, _ []byte) ([]byte, error) { return dst, nil }
func (h *linkHandshake) end(_ *conn, dst []byte) []byte              { return dst }
func (h *linkHandshake) abandon()                                    {}

// linkConn is a link that is made. It belongs to the loop.
type linkConn struct {
	session *link.Session
	part    *bytebufferpool.ByteBuffer // of a frame, nil when there is none
	most    int32                      // for Desk.Most
	flying  bool                       // what the client has said with the handshake is still being answered
}

// frameRoom is what a frame may hold besides its last item, which may be the largest that is taken: a sender begins another one before (LINK.md §6).
const frameRoom = 128 << 10

// limit bounds what the peer may say at once.
func (t *linkConn) limit(l *codec.Limits) {
	if t.most = 0; l.Bytes > 0 {
		t.most = int32(min(frameRoom+l.Bytes, math.MaxInt32))
	}
}

// corked reports whether the answers shall wait for each other, so that one frame has them all: those to the first flight of a link, until the client goes on to talk or they are many. What can
// wait is behind them.
func (c *conn) corked() bool {
	t, ok := c.upper().(*linkConn)
	if !ok || !t.flying {
		return false
	}
	if c.phase != phaseOpen || c.jobs == 0 && c.held == nil || c.out != nil && len(c.out.B) > c.loop.server.config.SoftMark {
		t.land(c)
	}
	return t.flying
}

// land ends the first flight.
func (t *linkConn) land(c *conn) {
	t.flying = false
	if c.more == moreWaits {
		c.queueUp()
	}
	if c.out != nil {
		c.soil()
	}
}

// receive implements transport: whole frames are opened where they lie, a part of one is kept.
func (t *linkConn) receive(c *conn, wire []byte) error {
	if t.part == nil {
		rest, err := t.open(c, wire)
		if len(rest) > 0 && err == nil {
			t.part = bytebufferpool.Get()
			t.part.B = append(t.part.B, rest...)
		}
		return err
	}
	t.part.B = append(t.part.B, wire...)
	rest, err := t.open(c, t.part.B)
	if len(rest) == 0 || err != nil {
		t.drop()
	} else {
		t.part.B = append(t.part.B[:0], rest...)
	}
	return err
}

// open opens the whole frames in p and returns the rest. Before the first comes what the client has said with the handshake.
func (t *linkConn) open(c *conn, p []byte) (rest []byte, err error) {
	c.loop.desk.Most = 0 // it came in one message of the handshake, from a device that is known
	early, err := t.session.EarlyItems(&c.loop.desk)
	if err != nil {
		return nil, t.refuse(c, err)
	}
	if len(early) > 0 {
		t.flying = true
		c.receivePlain(early)
	}
	for len(p) > 0 && c.phase == phaseOpen {
		c.loop.desk.Most = int(t.most)
		n, items, err := t.session.OpenItems(p, &c.loop.desk)
		if err != nil {
			return nil, t.refuse(c, err)
		}
		if n == 0 {
			return p, nil
		}
		p = p[n:]
		if len(items) > 0 {
			if t.flying {
				t.land(c)
			}
			c.receivePlain(items)
		} else if err := c.charge(n, codec.EventNone); err != nil { // a keepalive, or a part: nothing to do, but it counts
			return nil, err
		}
	}
	return nil, nil
}

// refuse tells a peer that says too much at once why it is sent away, and returns what else ends the connection.
func (t *linkConn) refuse(c *conn, err error) error {
	if !errors.Is(err, link.ErrTooLong) {
		return err
	}
	c.malformed(errFrame)
	return nil
}

// seal implements transport.
func (t *linkConn) seal(c *conn, dst, plain []byte) ([]byte, error) {
	return t.session.AppendItems(dst, plain, &c.loop.desk), nil
}

func (t *linkConn) end(_ *conn, dst []byte) []byte { return dst }

// abandon implements transport.
func (t *linkConn) abandon() {
	t.drop()
	t.session.Abandon()
}

// drop forgets the part of a frame.
func (t *linkConn) drop() {
	if t.part != nil {
		bytebufferpool.Put(t.part)
		t.part = nil
	}
}

// security says what the link is worth. The key of who relays for others is none of theirs, and they cannot bind to a channel that they have not got.
func (t *linkConn) security() *stream.Security {
	if t.session.Relayed() {
		return &stream.Security{Protocol: "Noise", ServerName: t.session.Domain()}
	}
	return &stream.Security{
		Protocol:   "Noise",
		ServerName: t.session.Domain(),
		Bindings:   t.binding,
		PeerKey:    t.session.PeerStatic(),
		Proven:     t.session.Pattern() == link.IK,
	}
}

// binding returns the data of a channel binding. Any goroutine may call it.
func (t *linkConn) binding(name string) []byte {
	if name == "noise-handshake" {
		return t.session.HandshakeHash()
	}
	return nil
}
