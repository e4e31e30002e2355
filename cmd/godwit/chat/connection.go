package chat

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/client"
)

// answerTimeout is how long it may take until the server accepts something, when something waits for it.
const answerTimeout = 30 * time.Second

// errSilent is the end of a connection that we have ended because nothing comes any more.
var errSilent = errors.New("the server does not answer")

// stay uses one connection after the other, until ctx or the last of them ends.
func (s *Session) stay(ctx context.Context) {
	conn, kept := s.Conn, (*client.Resumption)(nil)
	for {
		err := s.use(ctx, conn, kept != nil)
		if err == nil {
			return
		}
		if s.Dial != nil && passing(err) {
			kept = conn.Resumption()
			conn, err = s.again(ctx, err, kept)
		}
		if ctx.Err() != nil {
			s.out.isDown()
			return
		}
		if err != nil {
			s.tell(ctx, Event{Event: ended, err: err})
			return
		}
	}
}

// use uses a connection until it ends, and returns why; nil when ctx has ended first, and the connection has not. carries says that the connection has what was written
// to the one before and not accepted.
func (s *Session) use(ctx context.Context, conn *client.Conn, carries bool) error {
	s.tell(ctx, Event{Event: Connected, Time: time.Now(), Me: conn.JID().String(), Resumed: conn.Resumed()})
	acked, gone := conn.Acked(), make(chan struct{})
	var work sync.WaitGroup
	work.Go(func() { s.watchAcks(ctx, acked, gone) })
	work.Go(func() { s.watchSilence(conn, gone) })
	work.Go(func() { s.begin(ctx, conn, carries) })
	err := s.receive(ctx, conn)
	if err != nil {
		s.out.isDown()
	}
	close(gone)
	work.Wait()
	if s.silent.Swap(false) {
		return errSilent
	}
	return err
}

// begin says that we are here, unless the server has kept that, and sends what waits. Errors end the connection, and receive tells of that.
func (s *Session) begin(ctx context.Context, conn *client.Conn, carries bool) {
	defer s.opened()
	s.out.order.Lock()
	defer s.out.order.Unlock()
	waiting, presence := s.out.up(conn, time.Now())
	if !conn.Resumed() {
		_ = conn.Presence(ctx, presence...)
	}
	for _, m := range waiting {
		if !carries || !m.tried {
			s.post(ctx, conn, m)
		} else if _, known := conn.Settled(); !known {
			s.tellAgain(ctx, m)
		}
	}
}

// tellAgain tells that a message is sent once more, as nobody knows whether it arrived.
func (s *Session) tellAgain(ctx context.Context, m *outgoing) {
	s.tell(ctx, Event{Event: Again, Time: time.Now(), ID: m.id, To: m.to.String(), Body: m.body})
}

// post sends a message. When the connection ends, the next one gets it. The caller holds out.order.
func (s *Session) post(ctx context.Context, conn *client.Conn, m *outgoing) {
	if m.tried {
		s.tellAgain(ctx, m)
	}
	options, body := []client.Option{client.ID(m.id)}, m.body
	if s.Lang != "" {
		body = ""
		options = append(options, client.With(func(b *codec.Builder) {
			b.Start(atom.NSClient, atom.Body).Lang(s.Lang).Text(m.body).End()
		}))
	}
	if _, err := conn.Message(ctx, m.to, body, options...); err == nil {
		s.out.wrote(m, time.Now())
	} else if conn.Err() == nil {
		s.tell(ctx, Event{Event: Refused, Time: time.Now(), ID: m.id, Text: err.Error()})
	}
}

// receive tells of stanzas until the connection ends, which is the error, or ctx does.
func (s *Session) receive(ctx context.Context, conn *client.Conn) error {
	for {
		st, err := conn.Recv(ctx)
		switch {
		case err != nil && ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
		if e := received(conn, st, time.Now()); !s.seen.again(e.StanzaID) {
			s.tell(ctx, e)
		}
	}
}

// watchAcks tells of what the server has accepted, until gone is closed and nothing is left.
func (s *Session) watchAcks(ctx context.Context, acked <-chan string, gone <-chan struct{}) {
	tell := func(id string) { s.tell(ctx, Event{Event: Accepted, Time: time.Now(), ID: id}) }
	for {
		select {
		case id := <-acked:
			tell(id)
			continue
		case <-gone:
		}
		for {
			select {
			case id := <-acked:
				tell(id)
				continue
			default:
			}
			return
		}
	}
}

// watchSilence ends a connection whose server accepts nothing any more: TCP alone would take a quarter of an hour to notice.
func (s *Session) watchSilence(conn *client.Conn, gone <-chan struct{}) {
	look := time.NewTicker(s.Answer / 4)
	defer look.Stop()
	for {
		select {
		case <-gone:
			return
		case now := <-look.C:
			if s.out.stalled(now, s.Answer) {
				s.silent.Store(true)
				conn.Abort()
				return
			}
		}
	}
}
