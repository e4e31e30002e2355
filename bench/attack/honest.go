package attack

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/client"
)

// Felt is what the honest users felt for some time. Latencies are in milliseconds.
type Felt struct {
	Messages               int64   // that have come
	P50, P99, Max          float64 // how long they took
	Late                   int     // messages that have not come 10 s after the end
	Logins, Refused        int     // of the one who comes and goes
	LoginP50, LoginMax     float64
	Closed                 int    // sessions of honest users that ended
	Why                    string // the first of them
	MemoryMost, MemoryThen int64  // of the server, bytes: the most, and when the attackers had gone
}

// The honest users: pairs, each with a message every so often. The one who logs in does so once a loginEvery.
const (
	pairs      = 8
	every      = 20 * time.Millisecond
	loginEvery = 250 * time.Millisecond
	patience   = 10 * time.Second
	honest     = 2*pairs + 1 // accounts
)

// users are the honest users.
type users struct {
	c     *Config
	conns [2 * pairs]*client.Conn
	work  sync.WaitGroup

	mu   sync.Mutex
	felt Felt
	mail *hdrhistogram.Histogram // microseconds
	came *hdrhistogram.Histogram // logins
	open map[string]time.Time    // messages on their way, and when they were to be sent
	done bool                    // what ends now ends in order
}

// login logs the pairs in.
func login(ctx context.Context, c *Config) (*users, error) {
	u := &users{c: c, open: map[string]time.Time{}}
	u.forget()
	for i := range u.conns {
		conn, err := client.Dial(ctx, c.Client(i))
		if err == nil {
			u.conns[i] = conn
			err = conn.Presence(ctx)
		}
		if err != nil {
			u.end()
			return nil, fmt.Errorf("honest user %d: %w", i, err)
		}
		u.work.Go(func() { u.receive(ctx, conn) })
	}
	return u, nil
}

func (u *users) end() {
	u.mu.Lock()
	u.done = true
	u.mu.Unlock()
	for _, c := range u.conns {
		if c != nil {
			c.Abort()
		}
	}
	u.work.Wait()
}

// forget begins anew.
func (u *users) forget() {
	u.felt = Felt{}
	u.mail, u.came = hdrhistogram.New(1, 60_000_000, 3), hdrhistogram.New(1, 60_000_000, 3)
}

// watch returns what the users feel for so long, and what they felt who waited longer.
func (u *users) watch(ctx context.Context, d time.Duration) Felt {
	u.mu.Lock()
	u.forget()
	u.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	var work sync.WaitGroup
	for i := range pairs {
		work.Go(func() { u.send(ctx, i) })
	}
	work.Go(func() { u.comeAndGo(ctx) })
	work.Go(func() { u.weigh(ctx) })
	work.Wait()
	for end := time.Now().Add(patience); u.waiting() > 0 && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	f := u.felt
	f.Late = len(u.open)
	clear(u.open)
	ms := func(h *hdrhistogram.Histogram, q float64) float64 { return float64(h.ValueAtQuantile(q)) / 1000 }
	f.Messages, f.P50, f.P99, f.Max = u.mail.TotalCount(), ms(u.mail, 50), ms(u.mail, 99), float64(u.mail.Max())/1000
	f.LoginP50, f.LoginMax = ms(u.came, 50), float64(u.came.Max())/1000
	f.MemoryThen, _ = u.c.Memory()
	return f
}

func (u *users) waiting() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.open)
}

// send sends the messages of a pair. They are due at fixed times, whatever the server does.
func (u *users) send(ctx context.Context, pair int) {
	from, to := u.conns[2*pair], u.conns[2*pair+1].JID()
	due := time.Now().Add(every * time.Duration(pair) / pairs)
	for n := 0; pause(ctx, time.Until(due)); n++ {
		id := strconv.Itoa(pair) + "-" + strconv.FormatInt(due.UnixNano(), 36)
		u.mu.Lock()
		u.open[id] = due
		u.mu.Unlock()
		if _, err := from.Message(ctx, to, "Honest users write messages of some length.", client.ID(id)); err != nil {
			if ctx.Err() != nil { // it was not sent
				u.mu.Lock()
				delete(u.open, id)
				u.mu.Unlock()
			}
			return
		}
		due = due.Add(every)
	}
}

func (u *users) receive(ctx context.Context, conn *client.Conn) {
	for {
		s, err := conn.Recv(ctx)
		u.mu.Lock()
		if err != nil {
			if !u.done && ctx.Err() == nil {
				u.felt.Closed++
				if u.felt.Why == "" {
					u.felt.Why = err.Error()
				}
			}
			u.mu.Unlock()
			return
		}
		if due, ok := u.open[s.ID()]; ok && s.Element().Name() == atom.Message {
			delete(u.open, s.ID())
			_ = u.mail.RecordValue(int64(time.Since(due) / time.Microsecond))
		}
		u.mu.Unlock()
	}
}

// comeAndGo logs in again and again.
func (u *users) comeAndGo(ctx context.Context) {
	due := time.Now()
	for pause(ctx, time.Until(due)) {
		err := u.comeOnce(ctx)
		if end, ok := ctx.Deadline(); ctx.Err() != nil || ok && !time.Now().Before(end) {
			return // it was cut off
		}
		u.mu.Lock()
		if err != nil {
			u.felt.Refused++
		} else {
			u.felt.Logins++
			_ = u.came.RecordValue(int64(time.Since(due) / time.Microsecond))
		}
		u.mu.Unlock()
		if due = due.Add(loginEvery); due.Before(time.Now()) {
			due = time.Now() // a login took longer: the next one is not late for that
		}
	}
}

func (u *users) comeOnce(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := client.Dial(ctx, u.c.Client(2*pairs))
	if err != nil {
		return err
	}
	defer conn.Abort()
	return conn.Presence(ctx)
}

// weigh looks at the server's memory.
func (u *users) weigh(ctx context.Context) {
	for pause(ctx, 200*time.Millisecond) {
		if m, err := u.c.Memory(); err == nil {
			u.mu.Lock()
			u.felt.MemoryMost = max(u.felt.MemoryMost, m)
			u.mu.Unlock()
		}
	}
}

// pause waits, and reports false when ctx has ended.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

var errNoAttack = errors.New("there is no such attack")
