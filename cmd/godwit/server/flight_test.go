package server

import (
	"context"
	"crypto/tls"
	"net"
	"sync/atomic"
	"testing"
	"time"

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
// what it had sent and the server has not is handled once.
func TestFirstFlight(t *testing.T) {
	settings := settings(t)
	s, _ := startServer(t, settings)
	addAlice(t, s)
	write(t, s, "first")
	var conn *counted
	cfg := client.Config{
		JID: jid.MustParse("alice@localhost"), Password: "secret", Resource: "phone", Mode: client.Link, TLS: &tls.Config{RootCAs: roots(t, s)}, Resume: true,
		Connect: func(ctx context.Context, address string) (net.Conn, error) {
			raw, err := new(net.Dialer).DialContext(ctx, "tcp", address)
			conn = &counted{Conn: raw}
			return conn, err
		},
	}
	for round := range 4 {
		cfg.Address = s.Addr(2).String()
		c, err := client.Dial(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if c.Resumed() != (round > 0) {
			t.Fatalf("round %d: resumed is %v", round, c.Resumed())
		}
		if round == 0 {
			if err := c.Presence(t.Context()); err != nil {
				t.Fatal(err)
			}
		} else if n := conn.flights.Load(); n > 2 || n > 1 && round == 1 { // the second acks what came with the answer
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
		if round == 1 { // it is lost, with the ack of it: the server may have it or not
			if _, err := c.Message(t.Context(), jid.MustParse("alice@localhost"), "to myself"); err != nil {
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
}
