package idle

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/godwit-im/godwit/xmpp/client"
)

// Config says what to measure. All fields are required but for Progress.
type Config struct {
	PID      int                           // of the server
	Sessions int                           // how many log in
	Parallel int                           // how many log in at once
	Settle   time.Duration                 // how long memory must not have fallen to count as settled
	Client   func(i int) client.Config     // of session i
	Progress func(format string, a ...any) // told now and then
}

// Result is the outcome of a run.
type Result struct {
	Sessions   int
	Before     int64         // resident bytes of the server without sessions
	After      int64         // with all of them, idle
	PerSession int64         // bytes
	LoginTime  time.Duration // for all
	CPU        time.Duration // of the server for one session, login included
}

// Run measures. The sessions end with it.
func Run(ctx context.Context, c Config) (r Result, err error) {
	if c.Progress == nil {
		c.Progress = func(string, ...any) {}
	}
	if r.Before, err = settled(ctx, c.PID, c.Settle); err != nil {
		return r, err
	}
	c.Progress("without sessions: %d KiB resident", r.Before>>10)
	cpu, err := cpuTime(c.PID)
	if err != nil {
		return r, err
	}
	start := time.Now()
	conns, err := c.connect(ctx)
	defer closeAll(conns)
	if err != nil {
		return r, err
	}
	r.Sessions, r.LoginTime = len(conns), time.Since(start)
	used, err := cpuTime(c.PID)
	if err != nil {
		return r, err
	}
	r.CPU = (used - cpu) / time.Duration(r.Sessions)
	c.Progress("%d sessions after %.1f s; waiting for memory to settle", r.Sessions, r.LoginTime.Seconds())
	if r.After, err = settled(ctx, c.PID, c.Settle); err != nil {
		return r, err
	}
	for i, conn := range conns {
		if err := conn.Err(); err != nil {
			return r, fmt.Errorf("session %d ended while idle: %w", i, err)
		}
	}
	r.PerSession = (r.After - r.Before) / int64(r.Sessions)
	return r, nil
}

// connect logs all sessions in and lets them send presence.
func (c *Config) connect(ctx context.Context) ([]*client.Conn, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	conns := make([]*client.Conn, c.Sessions)
	next := make(chan int)
	var wg sync.WaitGroup
	for range c.Parallel {
		wg.Go(func() {
			for i := range next {
				conn, err := c.login(ctx, i)
				if err != nil {
					cancel(fmt.Errorf("session %d: %w", i, err))
					return
				}
				conns[i] = conn
			}
		})
	}
	for i := range conns {
		select {
		case next <- i:
		case <-ctx.Done():
		}
		if i > 0 && i%1000 == 0 {
			c.Progress("%d sessions", i)
		}
	}
	close(next)
	wg.Wait()
	return conns, context.Cause(ctx)
}

func (c *Config) login(ctx context.Context, i int) (*client.Conn, error) {
	conn, err := client.Dial(ctx, c.Client(i))
	if err != nil {
		return nil, err
	}
	return conn, conn.Presence(ctx)
}

func closeAll(conns []*client.Conn) {
	for _, c := range conns {
		if c != nil {
			c.Abort()
		}
	}
}
