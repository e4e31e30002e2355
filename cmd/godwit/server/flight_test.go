package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// counted is a connection that counts its bytes and its flights: how often it was written to after something was read.
type counted struct {
	net.Conn
	sent, got atomic.Int64
	flights   atomic.Int32
	heard     atomic.Bool
}

func (c *counted) Write(p []byte) (int, error) {
	if c.heard.Swap(false) || c.sent.Load() == 0 {
		c.flights.Add(1)
	}
	n, err := c.Conn.Write(p)
	c.sent.Add(int64(n))
	return n, err
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.got.Add(int64(n))
	c.heard.Store(true)
	return n, err
}

// TestFirstFlight: a device that comes back on the link after a restart of the server has its stream again, and what has waited, with the answer to its first message;
// what it had sent and the server has not is handled once. So it is over each transport, behind a routing token and padded, and also when another transport was tried in vain.
func TestFirstFlight(t *testing.T) {
	for over, more := range map[client.Transport]int32{client.OverTCP: 0, client.OverTLS: 1, client.OverWebSocket: 2} {
		t.Run(over.String(), func(t *testing.T) { firstFlight(t, over, more) })
	}
}

// firstFlight takes the flights that a transport needs besides.
func firstFlight(t *testing.T, over client.Transport, more int32) {
	settings := settings(t)
	settings.Link.Route, settings.Link.Padding = "node-1", "padme"
	s, _ := startServer(t, settings)
	addAlice(t, s)
	write(t, s, "first")
	var conn *counted
	cfg := client.Config{
		JID: jid.MustParse("alice@localhost"), Password: "secret", Resource: "phone", Mode: client.Link, TLS: &tls.Config{RootCAs: roots(t, s)}, Resume: true,
		Transports: []client.Transport{over}, Padding: link.PaddingPadme,
		Connect: func(ctx context.Context, address string) (net.Conn, error) {
			raw, err := new(net.Dialer).DialContext(ctx, "tcp", address)
			conn = &counted{Conn: raw}
			return conn, err
		},
	}
	for round := range 5 {
		cfg.Address = s.Addr(2).String()
		if round == 4 { // the first attempt is heard and not answered, as far as the client can tell
			cfg.Transports, cfg.TransportTimeout, cfg.Network = []client.Transport{over, over}, time.Second, "another"
			real, tried := cfg.Connect, false
			cfg.Connect = func(ctx context.Context, address string) (net.Conn, error) {
				c, err := real(ctx, address)
				if !tried && err == nil {
					tried = true
					return deaf{c}, nil
				}
				return c, err
			}
			if over != client.OverTCP {
				break // it would not come as far as the link
			}
		}
		c, err := client.Dial(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if c.Resumed() != (round > 0) || string(c.LinkKeys().Route) != "node-1" {
			t.Fatalf("round %d: resumed is %v, the route %q", round, c.Resumed(), c.LinkKeys().Route)
		}
		if round == 0 {
			if err := c.Presence(t.Context()); err != nil {
				t.Fatal(err)
			}
		} else if n := conn.flights.Load() - more; n > 2 || n > 1 && round == 1 { // the second acks what came with the answer
			t.Errorf("round %d: %d flights until the stream was there", round, n)
		} else {
			t.Logf("round %d: %d flights, %d bytes up, %d down", round, n, conn.sent.Load(), conn.got.Load())
		}
		for want := map[int]string{0: "first"}[round]; want != ""; {
			got, err := c.Recv(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got.Body() == want {
				want = ""
			}
		}
		if round == 1 || round == 3 { // it is lost, with the ack of it: the server may have it or not
			if _, err := c.Message(t.Context(), jid.MustParse("alice@localhost"), fmt.Sprint("to myself ", round)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(20 * time.Millisecond)
		}
		c.Abort()
		cfg.Password, cfg.Resumption, cfg.Link = "", c.Resumption(), c.LinkKeys()
		if err := s.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		s, _ = startServer(t, settings)
	}
	if n := countMessages(t, s, "to myself"); n != 2 {
		t.Errorf("%d of 2 messages in the archive", n)
	}
}

// TestWhatTheFirstFlightBringsIsAcked: a message that got lost with its connection comes with the first flight of the next, and the client hears that the server has it, although it says
// nothing more.
func TestWhatTheFirstFlightBringsIsAcked(t *testing.T) {
	s, _ := startServer(t, settings(t))
	addAlice(t, s)
	var conn *mute
	cfg := client.Config{
		JID: jid.MustParse("alice@localhost"), Password: "secret", Mode: client.Link, TLS: &tls.Config{RootCAs: roots(t, s)}, Resume: true, Address: s.Addr(2).String(),
		Connect: func(ctx context.Context, address string) (net.Conn, error) {
			raw, err := new(net.Dialer).DialContext(ctx, "tcp", address)
			conn = &mute{Conn: raw}
			return conn, err
		},
	}
	c, err := client.Dial(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Presence(t.Context()), c.WaitAcked(t.Context())); err != nil {
		t.Fatal(err)
	}
	conn.muted.Store(true)
	if _, err := c.Message(t.Context(), jid.MustParse("alice@localhost"), "to myself", client.ID("lost")); err != nil {
		t.Fatal(err)
	}
	c.Abort()
	cfg.Resumption, cfg.Link = c.Resumption(), c.LinkKeys()
	if cfg.Resumption == nil || len(cfg.Resumption.Sent) != 1 {
		t.Fatalf("%+v", cfg.Resumption)
	}
	c, err = client.Dial(t.Context(), cfg)
	if err != nil || !c.Resumed() {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); len(c.Unacked()) > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the server has not acked %v", c.Unacked())
		}
	}
	select { // also for who asks later
	case id := <-c.Acked():
		if id != "lost" {
			t.Errorf("%q is acked", id)
		}
	default:
		t.Error("the program does not hear of the ack")
	}
	c.Abort()
	if n := countMessages(t, s, "to myself"); n != 1 {
		t.Errorf("%d messages in the archive", n)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// mute is a connection that says nothing more, once it is muted.
type mute struct {
	net.Conn
	muted atomic.Bool
}

func (m *mute) Write(p []byte) (int, error) {
	if m.muted.Load() {
		return len(p), nil
	}
	return m.Conn.Write(p)
}

// deaf is a connection whose answers get lost.
type deaf struct{ net.Conn }

func (d deaf) Read([]byte) (int, error) {
	_, _ = io.Copy(io.Discard, d.Conn)
	return 0, os.ErrDeadlineExceeded
}

// countMessages counts the messages in alice's archive whose bodies begin so.
func countMessages(t *testing.T, s *Server, body string) (n int) {
	t.Helper()
	c, err := client.Dial(t.Context(), client.Config{
		JID: jid.MustParse("alice@localhost"), Password: "secret", Mode: client.DirectTLS, Address: s.Addr(1).String(), TLS: &tls.Config{RootCAs: roots(t, s)},
	})
	if err != nil {
		t.Fatal(err)
	}
	page, err := c.ArchivePage(t.Context(), client.Query{})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range page.Messages {
		if mail := c.Mail(m); strings.HasPrefix(string(mail.Element.Child(atom.NSClient, atom.Body).Text()), body) {
			n++
		}
	}
	return n
}

// TestNewSessionInOneFlight: a device that is known, and has no stream to go on with, gets its new session and what it has missed with the answer to its first message. When the answer gets lost, the next
// attempt takes the place of the session that nobody has heard of.
func TestNewSessionInOneFlight(t *testing.T) {
	s, _ := startServer(t, settings(t))
	defer s.Shutdown(context.Background())
	addAlice(t, s)
	write(t, s, "first")
	var conns []*counted
	lose := false
	cfg := client.Config{
		JID: jid.MustParse("alice@localhost"), Password: "secret", Resource: "phone", Mode: client.Link, TLS: &tls.Config{RootCAs: roots(t, s)}, Resume: true, Archive: &client.Place{},
		Address: s.Addr(2).String(), TransportTimeout: time.Second,
		Connect: func(ctx context.Context, address string) (net.Conn, error) {
			raw, err := new(net.Dialer).DialContext(ctx, "tcp", address)
			conns = append(conns, &counted{Conn: raw})
			if lose && len(conns) == 1 {
				return deaf{conns[0]}, err
			}
			return conns[len(conns)-1], err
		},
	}
	for round, want := range []string{"first", "second", "third", "fourth"} {
		conns, lose, cfg.Transports = nil, round == 3, []client.Transport{client.OverTCP, client.OverTCP}
		cfg.Network = fmt.Sprint(round) // where nothing is known there is no patience
		c, err := client.Dial(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		last := conns[len(conns)-1]
		if n := last.flights.Load(); round > 0 && n > 2 || c.Resumed() { // the second acks what came with the answer
			t.Errorf("round %d: %d flights, resumed: %v", round, n, c.Resumed())
		}
		t.Logf("round %d: %d connections, %d flights, %d bytes up, %d down", round, len(conns), last.flights.Load(), last.sent.Load(), last.got.Load())
		for body := ""; body != want; {
			got, err := c.Recv(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			body = string(c.Mail(got).Element.Child(atom.NSClient, atom.Body).Text())
		}
		if n := streams(t, s); n != 1+min(round, 1) { // that of the first login has another resource, one of Bind 2
			t.Errorf("round %d: %d streams can be resumed", round, n)
		}
		cfg.Link, cfg.Archive = c.LinkKeys(), c.Place()
		c.Abort()
		write(t, s, []string{"second", "third", "fourth", ""}[round])
	}
}

// streams returns how many of alice's can be resumed.
func streams(t *testing.T, s *Server) (n int) {
	t.Helper()
	err := s.store.Streams(jid.MustParse("alice@localhost"), func(r store.Stream) bool {
		if !r.Ended {
			n++
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
