package resume

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// Others is how many accounts Run needs besides those of the sessions: one that writes to them, and two that talk.
const Others = 3

// Config says what to measure. All fields are required but for LoggedIn and Progress.
type Config struct {
	Sessions int                       // how many lose their connection
	Parallel int                       // how many log in at once
	Back     int                       // how many come back at once
	Quiet    time.Duration             // how long the two are listened to before the storm
	Client   func(i int) client.Config // of session i; those from Sessions on are the Others
	// Talk runs the function Talk for the last two of the Others, in another process.
	Talk     func(ctx context.Context, asked io.Reader, out io.Writer) error
	LoggedIn func(i int, c *client.Conn)   // called when session i has logged in, from any goroutine
	Progress func(format string, a ...any) // told now and then
}

// Result is the outcome of a run. Times are from the moment when the first may come back.
type Result struct {
	Sessions  int
	Resumed   time.Duration // until the last stream was resumed
	CaughtUp  time.Duration // until the last message that had waited had come
	Retries   int           // attempts that failed, and were made again
	QuietWait time.Duration // the longest wait of a message between the two before the storm
	StormWait time.Duration // … and in it
	Messages  int           // how many of them were measured in the storm
}

// Run measures. The sessions end with it. It is an error when a stream cannot be resumed.
func Run(ctx context.Context, c Config) (r Result, err error) {
	if c.Progress == nil {
		c.Progress = func(string, ...any) {}
	}
	if c.LoggedIn == nil {
		c.LoggedIn = func(int, *client.Conn) {}
	}
	r.Sessions = c.Sessions
	writer, err := c.login(ctx, c.Sessions, nil)
	if err != nil {
		return r, err
	}
	defer writer.Abort()
	two, err := c.talk(ctx)
	if err != nil {
		return r, err
	}
	defer two.end()
	tokens, err := c.dropped(ctx, writer)
	if err != nil {
		return r, err
	}
	c.Progress("%d sessions have lost their connections; listening to the others for %v", c.Sessions, c.Quiet)
	if _, err := two.longest(); err != nil {
		return r, err
	}
	if err := wait(ctx, c.Quiet); err != nil {
		return r, err
	}
	quiet, err := two.longest()
	if err != nil {
		return r, err
	}
	c.Progress("they come back")
	err = c.storm(ctx, tokens, &r)
	storm, failed := two.longest()
	r.QuietWait, r.StormWait, r.Messages = quiet.Longest, storm.Longest, storm.Messages
	return r, errors.Join(err, failed)
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// login logs session i in, or resumes its stream.
func (c *Config) login(ctx context.Context, i int, token *client.Resumption) (*client.Conn, error) {
	cfg := c.Client(i)
	cfg.Resumption = token
	conn, err := login(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("session %d: %w", i, err)
	}
	c.LoggedIn(i, conn)
	return conn, nil
}

// login logs in and says that we are there, or resumes a stream.
func login(ctx context.Context, cfg client.Config) (*client.Conn, error) {
	cfg.Resume = true
	conn, err := client.Dial(ctx, cfg)
	switch {
	case err != nil:
		return nil, err
	case cfg.Resumption == nil:
		if err = conn.Presence(ctx); err == nil {
			err = conn.WaitAcked(ctx)
		}
	case !conn.Resumed():
		err = errNotResumed
	}
	if err != nil {
		conn.Abort()
		return nil, err
	}
	return conn, nil
}

var errNotResumed = errors.New("the stream was not resumed")

// each calls f for every session, so many at once, until one fails.
func (c *Config) each(ctx context.Context, atOnce int, f func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(atOnce, c.Sessions) {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= c.Sessions {
					return
				}
				if err := f(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// dropped logs all sessions in, cuts their connections at once, and has a message sent to each.
func (c *Config) dropped(ctx context.Context, writer *client.Conn) ([]*client.Resumption, error) {
	conns, addresses := make([]*client.Conn, c.Sessions), make([]jid.JID, c.Sessions)
	defer func() {
		for _, conn := range conns {
			if conn != nil {
				conn.Abort()
			}
		}
	}()
	err := c.each(ctx, c.Parallel, func(ctx context.Context, i int) (err error) {
		if conns[i], err = c.login(ctx, i, nil); err == nil {
			addresses[i] = conns[i].JID().Bare()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	c.Progress("%d sessions are logged in", c.Sessions)
	tokens := make([]*client.Resumption, c.Sessions)
	for _, conn := range conns {
		conn.Abort()
	}
	for i, conn := range conns {
		if tokens[i] = conn.Resumption(); tokens[i] == nil {
			return nil, errors.New("the server lets no stream be resumed")
		}
	}
	for _, to := range addresses {
		if _, err := writer.Message(ctx, to, waited); err != nil {
			return nil, err
		}
	}
	return tokens, writer.WaitAcked(ctx)
}

// waited is the message that waits for each.
const waited = "while you were away"

// storm lets all come back.
func (c *Config) storm(ctx context.Context, tokens []*client.Resumption, r *Result) error {
	conns := make([]*client.Conn, len(tokens))
	defer func() {
		for _, conn := range conns {
			if conn != nil {
				conn.Abort()
			}
		}
	}()
	var resumed, caughtUp, retries atomic.Int64
	start := time.Now()
	err := c.each(ctx, c.Back, func(ctx context.Context, i int) (err error) {
		if conns[i], err = c.comeBack(ctx, i, tokens[i], &retries); err != nil {
			return err
		}
		latest(&resumed, time.Since(start))
		for {
			s, err := conns[i].Recv(ctx)
			if err != nil {
				return fmt.Errorf("session %d: %w", i, err)
			}
			if s.Element().Name() == atom.Message && s.Body() == waited {
				latest(&caughtUp, time.Since(start))
				return nil
			}
		}
	})
	r.Resumed, r.CaughtUp, r.Retries = time.Duration(resumed.Load()), time.Duration(caughtUp.Load()), int(retries.Load())
	return err
}

// comeBack resumes the stream of session i. Like a phone, it tries again a little later when the server, which has all of them at its door, lets the connection fail.
func (c *Config) comeBack(ctx context.Context, i int, token *client.Resumption, retries *atomic.Int64) (conn *client.Conn, err error) {
	for pause := time.Second; ; pause = min(2*pause, longestPause) {
		conn, err = c.login(ctx, i, token)
		if err == nil || ctx.Err() != nil || errors.Is(err, errNotResumed) {
			return conn, err
		}
		if retries.Add(1) == 1 {
			c.Progress("the first that has to try again: %v", err)
		}
		if err := wait(ctx, rand.N(pause)); err != nil {
			return nil, err
		}
	}
}

// longestPause is that before another attempt to come back.
const longestPause = 8 * time.Second

// latest raises v to d.
func latest(v *atomic.Int64, d time.Duration) {
	for old := v.Load(); old < int64(d) && !v.CompareAndSwap(old, int64(d)); {
		old = v.Load()
	}
}
