package server

import (
	"context"
	"crypto/tls"
	"net"
	"testing"

	"github.com/godwit-im/godwit/codec/link"
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
