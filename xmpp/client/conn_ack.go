package client

import (
	"context"
	"time"

	"github.com/godwit-im/godwit/xmpp/stream"
)

// WaitAcked waits until the server has accepted the stanzas with these ids; without ids, everything sent so far. It asks the server at once. An id that was
// never sent counts as accepted. The error is ErrNoAcks, that of ctx, or the cause of the connection's end; see Unacked for what it left open.
func (c *Conn) WaitAcked(ctx context.Context, ids ...string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.m.Acks() {
		return ErrNoAcks
	}
	goal := c.m.acks.accepted + uint32(c.m.position(ids))
	settled := func() bool { return int32(c.m.acks.accepted-goal) >= 0 }
	if settled() {
		return nil
	}
	c.do(func(_ time.Time, out *stream.Output) { c.m.Ask(out) })
	if err := c.await(ctx, settled); err != nil {
		return err
	}
	if !settled() {
		return c.m.err
	}
	return nil
}

// Acked returns the channel that gets the ids of stanzas as the server accepts them, from this call on; before these come the ids of Config.Resumption that
// it has accepted since the login began. It must be read: when Config.Window of them are in it those that follow count with those not accepted, and Send waits when these are
// as many again. It is never closed.
func (c *Conn) Acked() <-chan string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.acked == nil {
		c.acked = make(chan string, max(c.m.cfg.Window, len(c.early)))
		for _, id := range c.early {
			c.acked <- id
		}
		c.early = nil
	}
	return c.acked
}

// Unacked returns the ids of the stanzas sent that the server has not accepted, in the order sent. After the end of the connection nobody knows
// whether it got them. Without acks there are none.
func (c *Conn) Unacked() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var ids []string
	c.m.EachUnacked(func(id []byte) { ids = append(ids, string(id)) })
	return ids
}

// Resumption returns what Dial needs, in Config.Resumption, to go on with the stream over another connection (XEP-0198 §5); nil when it cannot be resumed: the server
// does not allow it, or the stream was closed in order. It is of this moment: it is taken after the end of the connection, or after Abort. What Recv has
// not returned by then comes again on the new connection, and must not be taken from this one any more.
func (c *Conn) Resumption() *Resumption {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.m.Resumption()
}

// Known returns what to give the next Dial, in Config.Known: it holds the server to what it can, and has the token, if one was asked for. It is of the login, and does
// not change after. A device that the link has logged in by its key learns nothing: it is what Config.Known was, nil for nothing.
func (c *Conn) Known() *Known { return c.m.Known() }

// Resumed reports whether Dial took up the stream of Config.Resumption. Then the server has kept our presence and whatever else belongs to the session, and nothing of that is to
// be sent again (XEP-0198 §5). Else the session is a new one.
func (c *Conn) Resumed() bool { return c.m.Resumed() }

// Settled returns how many of Config.Resumption.Sent the server said, in Dial, to have, in their order. Acked tells their ids. A server that does not know the stream
// any more may say nothing.
func (c *Conn) Settled() (n int, known bool) { return c.m.Settled() }
