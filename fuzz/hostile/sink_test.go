package hostile

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stanza"
)

// sink is the account that the corpus writes to, online with two resources: over XML and over the link. It keeps what came.
type sink struct {
	conns [2]*client.Conn
	wg    sync.WaitGroup

	mu     sync.Mutex
	more   sync.Cond
	from   map[string]*[2][]*client.Stanza // by the sender's full JID
	ended  error
	barred int
}

// sinkAt are the ports of the sink's resources.
var sinkAt = [2]port{direct, linked}

// newSink logs the sink in.
func newSink(ctx context.Context, w *world) (*sink, error) {
	s := &sink{from: make(map[string]*[2][]*client.Stanza)}
	s.more.L = &s.mu
	for i, via := range sinkAt {
		c, err := client.Dial(ctx, w.config(via, "a", via.String()))
		if err != nil {
			return nil, err
		}
		if err := c.Presence(ctx); err != nil {
			return nil, err
		}
		s.conns[i] = c
		s.wg.Go(func() { s.receive(c, i) })
	}
	var err error
	w.control, err = w.member(plain, "control", "control")
	w.sink = s
	return s, err
}

// config is that of a client that behaves.
func (w *world) config(via port, account, resource string) client.Config {
	return client.Config{
		JID: jid.MustParse(account + "@" + domain), Password: password, Resource: resource,
		Mode: [ports]client.Mode{plain: client.Plain, starttls: client.StartTLS, direct: client.DirectTLS, linked: client.Link}[via], Address: w.addr[via], TLS: clientTLS,
	}
}

func (s *sink) receive(c *client.Conn, i int) {
	for {
		m, err := c.Recv(context.Background())
		s.mu.Lock()
		if err != nil {
			s.ended = fmt.Errorf("sink %v: %w", sinkAt[i], err)
			s.more.Broadcast()
			s.mu.Unlock()
			return
		}
		if m.Kind() == stanza.Message {
			from := m.From().String()
			if s.from[from] == nil {
				s.from[from] = new([2][]*client.Stanza)
			}
			s.from[from][i] = append(s.from[from][i], m)
			s.more.Broadcast()
		}
		s.mu.Unlock()
	}
}

// barrier returns when everything that the server had taken for the sink before has come.
func (w *world) barrier() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.sink
	s.mu.Lock()
	s.barred++
	n := s.barred
	s.mu.Unlock()
	w.control.raw.SetDeadline(time.Now().Add(patience))
	if err := w.control.send(func(b *codec.Builder) {
		b.Start(atom.NSClient, atom.Message).Attr(atom.To, "a@"+domain).Attr(atom.ID, strconv.Itoa(n))
		b.Start(atom.NSClient, atom.Body).Text("barrier")
	}); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for late := time.AfterFunc(patience, func() { s.fail(fmt.Errorf("barrier %d does not come", n)) }); ; s.more.Wait() {
		if s.ended != nil {
			return s.ended
		}
		if got := s.from[w.control.jid]; got != nil && len(got[0]) >= n && len(got[1]) >= n {
			late.Stop()
			return nil
		}
	}
}

func (s *sink) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = err
	s.more.Broadcast()
}

// take returns what came from a full JID, and forgets it. The two resources must have got the same.
func (s *sink) take(from string) ([]*client.Stanza, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := s.from[from]
	delete(s.from, from)
	if got == nil {
		return nil, nil
	}
	if len(got[0]) != len(got[1]) {
		return nil, fmt.Errorf("%d messages arrived over XML, %d over the link", len(got[0]), len(got[1]))
	}
	for i := range got[0] {
		if x, c := got[0][i].String(), got[1][i].String(); x != c {
			return nil, fmt.Errorf("over XML %s, over the link %s", x, c)
		}
	}
	return got[0], nil
}

// left returns who else has sent something.
func (s *sink) left(but string) (who []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for from := range s.from {
		if from != but {
			who = append(who, from)
		}
	}
	return who
}

func (s *sink) close() {
	for _, c := range s.conns {
		c.Abort()
	}
	s.wg.Wait()
}
