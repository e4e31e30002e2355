package hostile

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stanza"
)

// bystanders are two clients who chat, one over TLS and one over the link, each message an answer to the one before: none may be
// missing, doubled or out of order, and neither connection may end.
type bystanders struct {
	conns  [2]*client.Conn
	wg     sync.WaitGroup
	cancel context.CancelFunc

	mu      sync.Mutex
	rounds  int
	slowest time.Duration
	err     error
}

// newBystanders starts the chat.
func newBystanders(ctx context.Context, w *world) (*bystanders, error) {
	b := new(bystanders)
	names := [2]string{"bob", "carol"}
	for i, via := range [2]port{starttls, linked} {
		cfg := w.config(via, names[i], "chat")
		cfg.SM = true
		c, err := client.Dial(ctx, cfg)
		if err != nil {
			return nil, err
		}
		if err := c.Presence(ctx); err != nil {
			return nil, err
		}
		// Its echo: what comes before that to the full JID would come once more.
		if _, err := c.Recv(ctx); err != nil {
			return nil, err
		}
		b.conns[i] = c
	}
	ctx, b.cancel = context.WithCancel(ctx)
	b.wg.Go(func() { b.note(b.chat(ctx, b.conns[0], b.conns[1].JID(), true)) })
	b.wg.Go(func() { b.note(b.chat(ctx, b.conns[1], b.conns[0].JID(), false)) })
	return b, nil
}

// chat sends the numbers from 1 on, each when the other's has come.
func (b *bystanders) chat(ctx context.Context, c *client.Conn, to jid.JID, first bool) error {
	for n := 1; ; n++ {
		began := time.Now()
		if first {
			if _, err := c.Message(ctx, to, strconv.Itoa(n)); err != nil {
				return err
			}
		}
		if err := receive(ctx, c, n); err != nil {
			return err
		}
		if !first {
			if _, err := c.Message(ctx, to, strconv.Itoa(n)); err != nil {
				return err
			}
			continue
		}
		b.mu.Lock()
		b.rounds, b.slowest = n, max(b.slowest, time.Since(began))
		b.mu.Unlock()
		select { // people think before they write
		case <-time.After(2 * time.Millisecond):
		case <-ctx.Done():
			return nil
		}
	}
}

// receive takes the next message, which must be n.
func receive(ctx context.Context, c *client.Conn, n int) error {
	for {
		s, err := c.Recv(ctx)
		if err != nil {
			return err
		}
		if s.Kind() != stanza.Message {
			continue
		}
		if s.Body() != strconv.Itoa(n) {
			return fmt.Errorf("bystander expects message %d and gets %s", n, s)
		}
		return nil
	}
}

func (b *bystanders) note(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil && b.err == nil {
		b.err = err
	}
}

// close ends the chat and returns how it went.
func (b *bystanders) close() (rounds int, slowest time.Duration, err error) {
	b.mu.Lock()
	err = b.err
	b.mu.Unlock()
	for _, c := range b.conns {
		if cerr := c.Err(); err == nil && cerr != nil {
			err = cerr
		}
	}
	b.cancel()
	b.wg.Wait()
	for _, c := range b.conns {
		c.Abort()
	}
	return b.rounds, b.slowest, err
}
