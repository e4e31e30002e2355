package mobile

import (
	"crypto/rand"
	"errors"
	"math/big"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/client"
)

// clock is the app's, and goes on between its ticks.
type clock struct {
	at    int64 // ms, at the last tick
	since time.Time
}

func (k *clock) now() int64 { return k.at + time.Since(k.since).Milliseconds() }

// set sets it forward.
func (k *clock) set(now int64) { k.at, k.since = max(now, k.now()), time.Now() }

func newClock() clock { return clock{since: time.Now()} }

func newPolicy() policy { return policy{random: random} }

// random returns a number below n.
func random(n int64) int64 {
	i, err := rand.Int(rand.Reader, big.NewInt(n))
	if err != nil {
		return 0
	}
	return i.Int64()
}

// loginTime is how long a login may take that nobody waits for: on a network where the link has worked before a slow server has most of it.
const loginTime = 90 * time.Second

// Connect has the Client keep itself connected, until Suspend or Close: what it does for that is done in Tick. It goes on with the session that there was, if it can.
func (c *Client) Connect() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.policy.want(c.clock.now(), true)
}

// Tick does what is due: it logs in, asks the server whether the connection still lives, or gives it up. nowMillis is any clock of the app's that never goes back, and that
// goes on while the device sleeps (milliseconds since 1970 will do). Tick waits for nothing. It returns when it is to be called again, 0 for not before
// something happens. It is to be called, too, after Connect, NetworkChanged, AppForeground, AppBackground, and each Listener.Connection.
func (c *Client) Tick(nowMillis int64) (nextMillis int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clock.set(nowMillis)
	for {
		do, next := c.policy.tick(c.clock.at)
		if do == nothing {
			return next
		}
		c.perform(do)
	}
}

// NetworkChanged tells the name of the network that there is now ("" for none): the name of a Wi-Fi, or the operator's. The connection is made anew on another one. How long
// a connection may be silent is learnt for each.
func (c *Client) NetworkChanged(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.perform(c.policy.changes(c.clock.now(), name))
}

// AppForeground says that somebody looks at the app: a connection that was silent is tried, one that was lost is made at once. The server is told (XEP-0352).
func (c *Client) AppForeground() { c.look(true) }

// AppBackground says that nobody does.
func (c *Client) AppBackground() { c.look(false) }

func (c *Client) look(yes bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.perform(c.policy.looks(c.clock.now(), yes))
	if c.inactive != yes {
		return
	}
	c.inactive = !yes
	if c.online != nil {
		go c.online.sayActive(yes)
	}
}

// perform does what the policy wants. The caller holds mu.
func (c *Client) perform(do action) {
	switch {
	case do == connect:
		go func() { _ = c.logIn(loginTime.Milliseconds(), false) }() // the listener is told
	case c.online == nil:
	case do == ask:
		go c.online.ping()
	case do == drop:
		c.online.conn.Abort()
	}
}

// ping asks the server for an answer, whatever it is (XEP-0199 §4.2).
func (s *session) ping() {
	_, err := s.conn.IQ(s.ctx, func(b *codec.Builder) {
		b.Start(atom.NSClient, atom.IQ).Attr(atom.Type, "get").Start(atom.NSPing, atom.Ping)
	})
	var refused *client.StanzaError
	if err == nil || errors.As(err, &refused) {
		s.heard((*policy).answered)
	}
}

// heard tells the policy of something that came.
func (s *session) heard(what func(p *policy, now int64)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.online == s {
		what(&s.policy, s.clock.now())
	}
}

// sayActive tells the server whether somebody looks (XEP-0352 §4).
func (s *session) sayActive(yes bool) {
	name := atom.Inactive
	if yes {
		name = atom.Active
	}
	_ = s.conn.Send(s.ctx, func(b *codec.Builder) { b.Start(atom.NSCSI, name) })
}
