package server

import (
	"context"
	"crypto/tls"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/godwit-im/godwit/cmd/godwit/admin"
	"github.com/godwit-im/godwit/cmd/godwit/config"
	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/edge"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// TestLinkKeyIsAnother: a device that knows a key that the server does not have any more comes back on one connection. It logs in with its password, keeps the key of now, has its stream again, and
// what it said early is handled once.
func TestLinkKeyIsAnother(t *testing.T) {
	s, _ := startServer(t, settings(t))
	addAlice(t, s)
	connections := 0
	cfg := client.Config{
		JID: jid.MustParse("alice@localhost"), Password: "secret", Resource: "phone", Mode: client.Link, TLS: &tls.Config{RootCAs: roots(t, s)}, Resume: true,
		Transports: []client.Transport{client.OverTCP}, Address: s.Addr(2).String(),
		Connect: func(ctx context.Context, address string) (net.Conn, error) {
			connections++
			return new(net.Dialer).DialContext(ctx, "tcp", address)
		},
	}
	c, err := client.Dial(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Presence(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.WaitAcked(t.Context()); err != nil {
		t.Fatal(err)
	}
	cfg.Link = c.LinkKeys()
	c.Abort()
	cfg.Resumption = c.Resumption()
	cfg.Resumption.Sent = append(cfg.Resumption.Sent, client.SentStanza{
		ID: "m", XML: "<message to='alice@localhost' type='chat' id='m'><body>to myself</body><origin-id xmlns='urn:xmpp:sid:0' id='m'/></message>",
	})
	key := cfg.Link.Server
	before, err := link.NewKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Link.Server, connections = before.Public[:], 0
	if c, err = client.Dial(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	defer c.Abort()
	if !c.Resumed() || connections != 1 || string(c.LinkKeys().Server) != string(key) {
		t.Errorf("resumed: %v, %d connections, the key %x, not %x", c.Resumed(), connections, c.LinkKeys().Server, key)
	}
	if err := c.WaitAcked(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := countMessages(t, s, "to myself"); n != 1 {
		t.Errorf("%d messages in the archive", n)
	}
}

// TestReconnectInFewBytes: a device that comes back to its stream, at a server with several hosts, says not whose it is, and both ends together say 250 bytes at most. When such a server has another key it
// cannot tell which host is meant, and has the device connect again.
func TestReconnectInFewBytes(t *testing.T) {
	dir := t.TempDir()
	chain, key := filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")
	c, k, err := edge.SelfSigned(time.Now(), "example.org")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{chain: c, key: k} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	both := settings(t)
	both.Host = append(both.Host, config.HostConfig{Domain: "example.org", Certificate: chain, Key: key})
	s, _ := startServer(t, both)
	addAlice(t, s)
	if _, err := s.Room().Do(t.Context(), admin.Request{Do: admin.AddUser, JID: "bob@example.org", Password: "secret"}); err != nil {
		t.Fatal(err)
	}
	trusted := roots(t, s)
	trusted.AppendCertsFromPEM(c)
	for _, account := range []string{"alice@localhost", "bob@example.org"} {
		var conns []*counted
		cfg := client.Config{
			JID: jid.MustParse(account), Password: "secret", Resource: "phone", Mode: client.Link, TLS: &tls.Config{RootCAs: trusted}, Resume: true,
			Transports: []client.Transport{client.OverTCP}, Address: s.Addr(2).String(),
			Connect: func(ctx context.Context, address string) (net.Conn, error) {
				raw, err := new(net.Dialer).DialContext(ctx, "tcp", address)
				conns = append(conns, &counted{Conn: raw})
				return conns[len(conns)-1], err
			},
		}
		for round := range 3 {
			if conns = nil; round == 2 {
				cfg.Link.Server = cfg.Link.Device.Public[:] // not the server's
			}
			conn, err := client.Dial(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			up, down := conns[0].sent.Load(), conns[0].got.Load()
			t.Logf("%s, round %d: %d connections, %d flights on the first, %d bytes up, %d down", account, round, len(conns), conns[0].flights.Load(), up, down)
			switch {
			case conn.JID().Bare() != cfg.JID, conn.Resumed() != (round > 0):
				t.Errorf("%s, round %d: it is %s, resumed: %v", account, round, conn.JID(), conn.Resumed())
			case round == 1 && (len(conns) != 1 || conns[0].flights.Load() != 1 || up+down > 250):
				t.Errorf("%s: %d connections, %d flights, %d bytes up, %d down", account, len(conns), conns[0].flights.Load(), up, down)
			case round == 2 && len(conns) != 2:
				t.Errorf("%s: %d connections with an old key", account, len(conns))
			}
			conn.Abort()
			cfg.Resumption, cfg.Link = conn.Resumption(), conn.LinkKeys()
		}
	}
}
