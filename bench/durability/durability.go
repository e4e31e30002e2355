package durability

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/client"
)

// Config says what to measure. All fields are required but for LoggedIn and Progress.
type Config struct {
	Pairs    int                           // of sessions: 2n writes to 2n+1
	Timed    int                           // how many messages are timed
	Rate     float64                       // how many of these are sent in a second, by all pairs together
	Messages int                           // how many are sent as fast as they can
	Window   int                           // how many of these each pair may have without an ack
	Client   func(i int) client.Config     // of session i
	LoggedIn func(i int, c *client.Conn)   // called when session i has logged in, from any goroutine
	Progress func(format string, a ...any) // told now and then
}

// Result is the outcome of a run.
type Result struct {
	PerSecond float64 // messages acked and delivered, as fast as they can
	Ack       Latency // from the call that sends a message to the server's ack
	Delivery  Latency // … to its delivery
	Late      int     // messages that were sent over 100 ms after their time: more than a few say that the rate was too high
}

// Latency is how long something takes.
type Latency struct{ P50, P99 time.Duration }

// latency sorts all.
func latency(all []time.Duration) Latency {
	slices.Sort(all)
	return Latency{all[len(all)/2], all[len(all)*99/100]}
}

// Run measures. The sessions end with it.
func Run(ctx context.Context, c Config) (r Result, err error) {
	if c.Progress == nil {
		c.Progress = func(string, ...any) {}
	}
	if c.LoggedIn == nil {
		c.LoggedIn = func(int, *client.Conn) {}
	}
	if c.Pairs < 1 || c.Timed < c.Pairs || c.Messages < c.Pairs || c.Window < 1 || c.Rate <= 0 {
		return r, fmt.Errorf("%d pairs, %d and %d messages, window %d, rate %g: at least one of each, and a message for each pair", c.Pairs, c.Timed, c.Messages, c.Window, c.Rate)
	}
	if err := c.with(ctx, 1, c.Timed, func(ctx context.Context, pairs []pair) error { return c.timed(ctx, pairs, &r) }); err != nil {
		return r, err
	}
	c.Progress("acks after %v, at most %v", r.Ack.P50, r.Ack.P99)
	err = c.with(ctx, max(c.Window/4, 1), c.Window, func(ctx context.Context, pairs []pair) error { return c.fast(ctx, pairs, &r) })
	c.Progress("%.0f messages a second", r.PerSecond)
	return r, err
}

// pair is two sessions.
type pair struct{ from, to *client.Conn }

// with logs the pairs in for f.
func (c *Config) with(ctx context.Context, ackEvery, window int, f func(ctx context.Context, pairs []pair) error) error {
	conns := make([]*client.Conn, 2*c.Pairs)
	defer func() {
		for _, conn := range conns {
			if conn != nil {
				conn.Abort()
			}
		}
	}()
	const parallel = 8
	err := together(ctx, parallel, func(ctx context.Context, worker int) (err error) {
		for i := worker; i < len(conns) && err == nil; i += parallel {
			conns[i], err = c.login(ctx, i, ackEvery, window)
		}
		return err
	})
	if err != nil {
		return err
	}
	pairs := make([]pair, c.Pairs)
	for i := range pairs {
		pairs[i] = pair{conns[2*i], conns[2*i+1]}
	}
	if err := f(ctx, pairs); err != nil {
		return err
	}
	for _, conn := range conns {
		if err := conn.Close(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) login(ctx context.Context, i, ackEvery, window int) (*client.Conn, error) {
	cfg := c.Client(i)
	cfg.SM, cfg.AckEvery, cfg.Window = true, ackEvery, max(window, 2) // presence is one
	conn, err := client.Dial(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("session %d: %w", i, err)
	}
	c.LoggedIn(i, conn)
	if err = conn.Presence(ctx); err == nil {
		err = conn.WaitAcked(ctx)
	}
	if err != nil {
		conn.Abort()
		return nil, fmt.Errorf("session %d: %w", i, err)
	}
	return conn, nil
}

// together calls f n times at once, until one fails.
func together(ctx context.Context, n int, f func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if err := f(ctx, i); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// share is how many of n messages pair i has.
func (c *Config) share(n, i int) int { return (n + c.Pairs - 1 - i) / c.Pairs }

// body is that of all messages.
const body = "What's in a name? That which we call a rose by any other name would smell as sweet."

// message returns the next message.
func message(ctx context.Context, conn *client.Conn) (*client.Stanza, error) {
	for {
		s, err := conn.Recv(ctx)
		if err != nil {
			return nil, err
		}
		if s.Element().Name() == atom.Message && s.Body() == body {
			return s, nil
		}
	}
}

// fast lets all pairs write as fast as they can.
func (c *Config) fast(ctx context.Context, pairs []pair, r *Result) error {
	start := time.Now()
	err := together(ctx, 2*len(pairs), func(ctx context.Context, i int) error {
		p, n := pairs[i/2], c.share(c.Messages, i/2)
		if i%2 == 1 {
			for range n {
				if _, err := message(ctx, p.to); err != nil {
					return err
				}
			}
			return nil
		}
		to := p.to.JID().Bare()
		for range n {
			if _, err := p.from.Message(ctx, to, body); err != nil {
				return err
			}
		}
		return p.from.WaitAcked(ctx)
	})
	r.PerSecond = float64(c.Messages) / time.Since(start).Seconds()
	return err
}
