package mobile

import (
	"context"
	"errors"
	"time"

	"github.com/godwit-im/godwit/xmpp/client"
)

// session is a connection with its goroutines: one receives, one hears what the server has accepted, one sends what is in the outbox.
type session struct {
	*Client
	conn *client.Conn
	ctx  context.Context // ends with the connection
	end  context.CancelFunc
	over chan struct{} // closed when the end was told

	begins bool // the app has nothing of the archive yet
}

// Login logs in once and begins a new session, whatever there was before; it waits until that has succeeded or failed. What is in the outbox is sent.
func (c *Client) Login(timeoutMillis int64) error { return c.logIn(timeoutMillis, true) }

// Resume logs in once and goes on with the session that there was, where it was lost or suspended, if the server still has it; else it begins a new one. It waits until that has
// succeeded or failed.
func (c *Client) Resume(timeoutMillis int64) error { return c.logIn(timeoutMillis, false) }

func (c *Client) logIn(timeoutMillis int64, anew bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(timeoutMillis)*time.Millisecond)
	defer cancel()
	cfg, err := c.begin(cancel, anew)
	if err != nil {
		return err
	}
	c.tellState(Connecting, nil, false)
	conn, err := client.Dial(ctx, cfg)
	if cfg.Resumption != nil && broken(err) {
		cfg.Resumption = nil
		conn, err = client.Dial(ctx, cfg)
	}
	err = c.loggedIn(conn, err)
	if err == nil && errors.Is(ctx.Err(), context.Canceled) {
		conn.Abort() // it was suspended in the last moment
	}
	return err
}

// begin notes that a login is under way, and returns with what.
func (c *Client) begin(cancel context.CancelFunc, anew bool) (client.Config, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.ended:
		return client.Config{}, errClosed
	case c.online != nil || c.attempt != nil:
		return client.Config{}, errOnline
	}
	if anew {
		c.saved.Resumption = nil
	}
	cfg := c.cfg
	cfg.AgentID, cfg.Known, cfg.Resumption = c.saved.AgentID, c.saved.Known, c.saved.Resumption
	place := c.saved.Place
	cfg.Archive = &place
	cfg.Link, _ = c.saved.link() // checked when it was read
	cfg.Network = c.policy.network
	c.attempt = cancel
	c.policy.begins()
	return cfg, nil
}

// loggedIn takes the outcome of a login.
func (c *Client) loggedIn(conn *client.Conn, err error) error {
	c.mu.Lock()
	c.attempt = nil
	if err == nil && c.ended {
		conn.Abort()
		err = errClosed
	}
	fatal := !passing(err)
	if err != nil {
		c.policy.failed(c.clock.now(), fatal)
	} else {
		c.policy.online(c.clock.now())
		c.saved.learn(conn)
		c.online = &session{Client: c, conn: conn, over: make(chan struct{}), begins: c.saved.Place == client.Place{}}
		c.online.ctx, c.online.end = context.WithCancel(context.Background())
	}
	s := c.online
	c.mu.Unlock()
	if err != nil {
		c.tellState(Offline, err, fatal)
		return err
	}
	s.start()
	return nil
}

// broken reports whether a login has failed so as one does that goes on with a stream out of a state that is too old: where the counts of XEP-0198 cannot be true.
func broken(err error) bool {
	var said *client.StreamError
	return errors.Is(err, client.ErrProtocol) || errors.As(err, &said) && !client.Temporary(err)
}

// passing reports whether a later login may succeed where one has failed so.
func passing(err error) bool {
	return client.Temporary(err) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// start starts the goroutines of a session.
func (s *session) start() {
	s.tellState(Online, nil, false)
	s.save()
	s.mu.Lock()
	inactive, introduced := s.inactive, s.saved.Introduced
	s.mu.Unlock()
	if inactive {
		s.sayActive(false)
	}
	acked := s.conn.Acked()
	s.out.rewind(s.conn.Unacked())
	go s.hear(acked)
	go s.send()
	go s.receive()
	if !introduced {
		go s.introduce()
	}
}

// receive takes what comes until the connection ends.
func (s *session) receive() {
	for {
		stanza, err := s.conn.Recv(s.ctx)
		if err != nil {
			s.lost(err)
			return
		}
		s.heard((*policy).hears)
		s.take(stanza)
		s.moved()
	}
}

// moved has the place in the archive saved when all that came was taken.
func (s *session) moved() {
	place := *s.conn.Place()
	s.mu.Lock()
	changed := place != s.saved.Place
	s.saved.Place = place
	s.mu.Unlock()
	if changed && s.conn.Waiting() == 0 {
		s.save()
	}
}

// lost is the end of a session.
func (s *session) lost(err error) {
	s.end()
	fatal := !passing(err) && !errors.Is(err, client.ErrClosed)
	s.mu.Lock()
	s.online = nil
	s.policy.lost(s.clock.now(), fatal)
	s.saved.Place, s.saved.Resumption = *s.conn.Place(), s.conn.Resumption()
	s.mu.Unlock()
	s.save()
	s.tellState(Offline, err, fatal)
	close(s.over)
}

// hear takes the server's word for what it has accepted.
func (s *session) hear(acked <-chan string) {
	for {
		select {
		case id := <-acked:
			s.heard((*policy).hears)
			s.accepted(id)
		case <-s.ctx.Done():
			for len(acked) > 0 {
				s.accepted(<-acked)
			}
			return
		}
	}
}

// send sends what is in the outbox, in its order.
func (s *session) send() {
	for {
		for m := s.out.next(); m != nil && s.ctx.Err() == nil; m = s.out.next() {
			if s.conn.SendXML(s.ctx, m.xml(time.Now())) != nil {
				return // the connection has ended, and everything is sent again
			}
		}
		select {
		case <-s.out.more:
		case <-s.ctx.Done():
			return
		}
	}
}

// lastWords is how long Suspend waits for the server to accept what is in the outbox.
const lastWords = 3 * time.Second

// Suspend ends the connection, and lets the server keep the session: Resume goes on with it. It waits until the server has what is in the outbox, for three seconds at most, and
// the state is saved.
func (c *Client) Suspend() {
	s := c.quit(false)
	if s == nil {
		return
	}
	ctx, cancel := context.WithTimeout(s.ctx, lastWords)
	defer cancel()
	s.out.wait(ctx)
	s.conn.Abort()
	<-s.over
}

// Close ends the session in order, and the Client for good. It waits, for not longer than that.
func (c *Client) Close(timeoutMillis int64) {
	s := c.quit(true)
	if s == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(timeoutMillis)*time.Millisecond)
	defer cancel()
	s.out.wait(ctx)
	_ = s.conn.Close(ctx) // else it is cut
	<-s.over
}

// quit ends a login that is under way, and returns the session if there is one.
func (c *Client) quit(forGood bool) *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = c.ended || forGood
	c.policy.want(c.clock.now(), false)
	if c.attempt != nil {
		c.attempt()
	}
	return c.online
}

func nowMillis() int64 { return time.Now().UnixMilli() }

// millis returns t in ms since 1970, and now when it is not known.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return nowMillis()
	}
	return t.UnixMilli()
}
