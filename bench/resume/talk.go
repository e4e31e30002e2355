package resume

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// pause is that between two messages.
const pause = 5 * time.Millisecond

// talk is one session that writes to another, and measures how long each message takes.
type talk struct {
	from, to *client.Conn
	cancel   context.CancelFunc
	work     sync.WaitGroup

	mu    sync.Mutex
	begun map[string]time.Time // messages on their way
	worst time.Duration
	n     int // messages that have come since longest
	err   error
}

// talk starts the two. They go on until end.
func (c *Config) talk(ctx context.Context) (t *talk, err error) {
	t = &talk{begun: map[string]time.Time{}}
	ctx, t.cancel = context.WithCancel(ctx)
	if t.from, err = c.login(ctx, c.Sessions+1, nil); err != nil {
		return nil, err
	}
	if t.to, err = c.login(ctx, c.Sessions+2, nil); err != nil {
		t.from.Abort()
		return nil, err
	}
	to := t.to.JID().Bare()
	t.work.Go(func() { t.note(ctx, t.send(ctx, to)) })
	t.work.Go(func() { t.note(ctx, t.receive(ctx)) })
	return t, nil
}

func (t *talk) end() {
	t.cancel()
	t.work.Wait()
	t.from.Abort()
	t.to.Abort()
}

// note keeps what ended one of the two before its time.
func (t *talk) note(ctx context.Context, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if ctx.Err() == nil && t.err == nil {
		t.err = err
	}
}

func (t *talk) failed() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

func (t *talk) send(ctx context.Context, to jid.JID) error {
	for n := 0; ; n++ {
		id := strconv.Itoa(n)
		t.mu.Lock()
		t.begun[id] = time.Now()
		t.mu.Unlock()
		if _, err := t.from.Message(ctx, to, "hello", client.ID(id)); err != nil {
			return err
		}
		if err := wait(ctx, pause); err != nil {
			return err
		}
	}
}

func (t *talk) receive(ctx context.Context) error {
	for {
		s, err := t.to.Recv(ctx)
		if err != nil {
			return err
		}
		if s.Element().Name() == atom.Message {
			t.came(s.ID())
		}
	}
}

func (t *talk) came(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if at, ok := t.begun[id]; ok {
		delete(t.begun, id)
		t.worst = max(t.worst, time.Since(at))
		t.n++
	}
}

// longest returns the longest wait since the last call, that of messages still on their way included, and how many messages have come.
func (t *talk) longest() (worst time.Duration, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	worst, n = t.worst, t.n
	for _, at := range t.begun {
		worst = max(worst, time.Since(at))
	}
	t.worst, t.n = 0, 0
	return worst, n
}
