package mobile

import (
	"context"
	"errors"
	"sync"

	"github.com/godwit-im/godwit/xmpp/client"
)

// Client is an account on a device. Its methods may be called from any goroutine.
type Client struct {
	cfg      client.Config // of every connection, but for what is in saved
	listener Listener
	calls    sync.Mutex // held while the listener is called
	out      *outgoing

	mu       sync.Mutex // of all below
	saved    saved
	online   *session           // nil: there is none
	attempt  context.CancelFunc // ends the login that is under way, nil: there is none
	ended    bool               // Close was called
	presence presence           // that others are to see
	policy   policy
	clock    clock
	inactive bool // nobody looks at the app
}

// NewClient returns a Client that is offline. state is what Listener.Save was given last, nil for the first time. outbox keeps what was sent until the server has it; it
// is the Client's alone.
func NewClient(config *Config, state []byte, listener Listener, outbox Outbox) (*Client, error) {
	if config == nil || listener == nil || outbox == nil {
		return nil, errors.New("mobile: a client needs a configuration, a listener and an outbox")
	}
	cfg, err := config.ready()
	if err != nil {
		return nil, err
	}
	c := &Client{cfg: cfg, listener: listener, policy: newPolicy(), clock: newClock()}
	if err := c.saved.read(state); err != nil {
		return nil, err
	}
	c.policy.recall(c.saved.Beats)
	if c.out, err = openOutgoing(outbox); err != nil {
		return nil, err
	}
	return c, nil
}

// State returns what to keep, as Listener.Save is given it.
func (c *Client) State() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.saved.Beats = c.policy.learnt()
	return c.saved.write()
}

// IsOnline reports whether there is a connection, as far as is known.
func (c *Client) IsOnline() bool { return c.session() != nil }

// session returns the connection, nil while there is none.
func (c *Client) session() *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.online
}

// tell calls the listener.
func (c *Client) tell(f func(l Listener)) {
	c.calls.Lock()
	defer c.calls.Unlock()
	f(c.listener)
}

// tellState tells of the connection, and what is to be kept.
func (c *Client) tellState(state int, err error, fatal bool) {
	reason := ""
	if err != nil {
		reason = err.Error()
	}
	c.tell(func(l Listener) { l.Connection(state, reason, fatal) })
}

func (c *Client) save() {
	c.tell(func(l Listener) { l.Save(c.State()) })
}

var (
	errOffline = errors.New("mobile: there is no connection")
	errOnline  = errors.New("mobile: there is a connection, or one is being made")
	errClosed  = errors.New("mobile: the client is closed")
)
