package attack

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/godwit-im/godwit/xmpp/client"
)

// Accounts is how many accounts the server must have: first those of the honest users, then those of the attackers.
const Accounts = honest + villains

// Config says what is attacked.
type Config struct {
	Client   func(account int) client.Config // of an honest user
	Memory   func() (int64, error)           // of the server, bytes
	Peace    time.Duration                   // how long the users are watched without an attack, before each
	Duration time.Duration                   // of an attack
	// Play plays an attack, in a process of its own, until asked ends; then it writes what was done to out. See Play.
	Play     func(ctx context.Context, attack string, asked io.Reader, out io.Writer) error
	Progress func(format string, a ...any) // is told a line when an attack has ended
}

// Result is what an attack did.
type Result struct {
	Attack        string
	Peace, During Felt
	Ratio         float64 // of the p99 of messages
	Done          Done
}

// Run plays attacks in turn.
func Run(ctx context.Context, c Config, attacks []string) (all []Result, err error) {
	u, err := login(ctx, &c)
	if err != nil {
		return nil, err
	}
	defer u.end()
	u.watch(ctx, c.Peace) // what is slow the first time is nobody's fault
	for _, name := range attacks {
		r := Result{Attack: name, Peace: u.watch(ctx, c.Peace)}
		if err := c.during(ctx, name, func() { r.During = u.watch(ctx, c.Duration) }, &r.Done); err != nil {
			return all, fmt.Errorf("%s: %w", name, err)
		}
		if r.Peace.P99 > 0 {
			r.Ratio = r.During.P99 / r.Peace.P99
		}
		r.During.MemoryThen, _ = c.Memory()
		c.Progress("%s: p99 %.2f ms, %.2f before (× %.1f); %d logins, %d refused; %d closed; %v", name, r.During.P99, r.Peace.P99, r.Ratio,
			r.During.Logins, r.During.Refused, r.During.Closed, r.Done)
		all = append(all, r)
		if err := ctx.Err(); err != nil {
			return all, err
		}
	}
	return all, nil
}

// during calls f while an attack is played.
func (c *Config) during(ctx context.Context, name string, f func(), done *Done) error {
	asked, ask := io.Pipe()
	answer, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := c.Play(ctx, name, asked, out)
		if err == nil {
			err = io.EOF
		}
		asked.CloseWithError(err)
		out.CloseWithError(err)
		ended <- err
	}()
	answers := json.NewDecoder(answer)
	var ready Done
	if err := answers.Decode(&ready); err != nil { // it is under way
		return err
	}
	f()
	ask.Close()
	if err := answers.Decode(done); err != nil {
		return err
	}
	if err := <-ended; err != io.EOF {
		return err
	}
	return nil
}
