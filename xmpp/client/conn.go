package client

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// Conn is a logged-in connection, made by Dial. Its methods may be called from any goroutine. It holds one goroutine, which reads; while
// there is something to write there is a second.
type Conn struct {
	m *Machine
	shell

	mu      sync.Mutex // of all below, of the Machine and of what the shell says
	out     *buffer    // written by the Machine, not by the connection
	queue   queue
	acked   chan string
	early   []string      // accepted in the login, or when acked was full
	changed chan struct{} // closed when something that is waited for may have changed; nil while nobody waits
	ended   bool
	passing bool // a goroutine passes early on to acked
}

// JID returns the full address that the server gave.
func (c *Conn) JID() jid.JID { return c.m.address }

// Err returns why the connection ended, nil while it has not.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		return nil
	}
	return c.m.err
}

// Wait waits for the end of the connection and returns its cause, or the error of ctx. Somebody must go on to Recv: the end comes behind the
// stanzas before it.
func (c *Conn) Wait(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.await(ctx, func() bool { return c.ended }); err != nil {
		return err
	}
	return c.m.err
}

// await waits until ready reports true or the connection has ended. The caller holds mu, and does again after. The error is that of ctx.
func (c *Conn) await(ctx context.Context, ready func() bool) error {
	for !ready() && !c.ended {
		if c.changed == nil {
			c.changed = make(chan struct{})
		}
		changed := c.changed
		c.mu.Unlock()
		select {
		case <-changed:
			c.mu.Lock()
		case <-ctx.Done():
			c.mu.Lock()
			return ctx.Err()
		}
	}
	return nil
}

// wake lets everybody who awaits look again. The caller holds mu.
func (c *Conn) wake() {
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
}

// Close ends the stream in order: it says what was received, closes our end, and waits for the server to close its own. What comes meanwhile is not kept. When ctx
// ends first, the connection is cut. Recv still gives what had come before.
func (c *Conn) Close(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return nil
	}
	c.do(func(_ time.Time, out *stream.Output) { c.m.Close(out) })
	c.wake()
	if err := c.await(ctx, func() bool { return false }); err != nil {
		c.cut()
		return fmt.Errorf("client: closing the stream: %w", err)
	}
	return nil
}

// Abort cuts the connection without a word, as a crash would: TCP is reset, what is not written is lost.
func (c *Conn) Abort() {
	c.mu.Lock()
	c.m.abort()
	c.wake()
	c.mu.Unlock()
	c.cut()
}

// The methods of Handler, called by the Machine under mu. They are on a type of their own to keep them out of Conn's method set.
type appOf struct{ c *Conn }

func (a appOf) Bound(jid.JID) {}

func (a appOf) Stanza(e codec.Element) {
	if a.c.m.err != nil {
		return // closing: nobody acks it, so the server keeps it
	}
	i := item{stanza: newStanza(e), before: a.c.m.before()}
	if e.Name() == atom.Message && a.c.m.cfg.Archive != nil {
		id, result := a.c.m.ArchiveID(e)
		i.archived, i.result = id, !result.IsZero() || a.c.m.archive.late
	}
	a.c.queue.push(i)
	a.c.wake()
}

func (a appOf) Acked(id []byte) {
	switch {
	case len(id) == 0:
	case a.c.acked != nil:
		a.c.accepted(string(id))
	case a.c.carries():
		a.c.early = append(a.c.early, string(id))
	}
	a.c.wake()
}

// carries reports whether an ack may be of what Config.Resumption has brought: of that the program hears also when it asks for the acks a little later. The caller holds mu.
func (c *Conn) carries() bool {
	r := c.m.cfg.Resumption
	return r != nil && len(c.early) < len(r.Sent)
}

func (a appOf) Handled(received uint32) uint32 { return a.c.queue.handled(received) }

func (a appOf) Ended(error) {
	a.c.ended = true
	a.c.wake()
}
