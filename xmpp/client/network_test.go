package client_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"testing"
	"testing/synctest"
	"time"

	"github.com/godwit-im/godwit/bench/network"
	"github.com/godwit-im/godwit/codec/archiveid"
	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// TestRoundTripsOfALogin counts, under virtual time, how often a client waits for the server until a message is acked: for SYN, the header, PLAIN, the second header, binding, enable, and the
// message.
func TestRoundTripsOfALogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rtt = time.Second
		n := network.New(network.Profile{Up: network.Way{Delay: rtt / 2}, Down: network.Way{Delay: rtt / 2}}, 1)
		defer n.Close()
		l, err := n.Listen("example.com:5222")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if p := newPeer(conn); p.login() == nil {
				p.converse()
			}
		}()
		begin := time.Now()
		conn, err := client.Dial(t.Context(), client.Config{
			JID: jid.MustParse("juliet@example.com"), Password: "secret", Mode: client.Plain, Mechanisms: []string{"PLAIN"}, SM: true, Connect: n.Dial,
		})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Abort()
		if took := time.Since(begin); took != 6*rtt {
			t.Errorf("logged in after %v", took)
		}
		id, err := conn.Message(t.Context(), jid.MustParse("romeo@example.net"), "hello")
		if err == nil {
			err = conn.WaitAcked(t.Context(), id)
		}
		if took := time.Since(begin); took != 7*rtt || err != nil {
			t.Errorf("acked after %v: %v", took, err)
		}
	})
}

// TestAnswersToTheFirstFlightComeTogether: with the server's message of the handshake comes all that it has to say to the first flight, in one segment. The client waits for nothing more.
func TestAnswersToTheFirstFlightComeTogether(t *testing.T) {
	certificate() // of today, not of virtual time: other tests use it too
	synctest.Test(t, func(t *testing.T) {
		const rtt = time.Second
		n := network.New(network.Profile{Up: network.Way{Delay: rtt / 2}, Down: network.Way{Delay: rtt / 2}}, 1)
		defer n.Close()
		l, err := n.Listen("example.com:5299")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			p, server := newPeer(conn), linkServer(false)
			server.Fresh = func([]byte, string, uint64) (ids archiveid.Key, fresh bool) { return ids, true }
			if p.startLink(server) == nil {
				p.session.EarlyItems(&p.desk)
				p.say(`<stream:stream from='example.com' id='1' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'><stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm xmlns='urn:xmpp:sm:3'/></stream:features>`)
				p.say(`<resumed xmlns='urn:xmpp:sm:3' h='0' previd='s'/>`)
				p.say(`<message from='romeo@example.net/orchard'><body>while you were away</body></message>`)
			}
		}()
		key := linkKey()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		begin := time.Now()
		conn, err := client.Dial(ctx, client.Config{
			JID: jid.MustParse("juliet@example.com"), Mode: client.Link, Link: client.LinkKeys{Server: key.Public[:], IDs: make([]byte, len(archiveid.Key{}))}, Connect: n.Dial,
			Resume: true, Resumption: &client.Resumption{ID: "s", Address: "juliet@example.com/balcony"},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Abort()
		s, err := conn.Recv(ctx)
		if err != nil || s.Body() != "while you were away" {
			t.Errorf("%v, %v", s, err)
		}
		if took := time.Since(begin); took != 2*rtt || !conn.Resumed() {
			t.Errorf("after %v, resumed: %v", took, conn.Resumed())
		}
	})
}

// TestFallbackIsOnTheSameConnection: a client that knows a key that the server has no more is let in on the connection that it has: SYN, the two handshakes in one exchange, the header, PLAIN, the
// second header, and binding. A server that refuses instead costs it another connection, and two round trips more.
func TestFallbackIsOnTheSameConnection(t *testing.T) {
	certificate()
	for _, c := range []struct {
		name        string
		refusing    bool
		connections int
		roundTrips  time.Duration
	}{{"fallback", false, 1, 6}, {"refusal", true, 2, 8}} {
		synctest.Test(t, func(t *testing.T) {
			const rtt = time.Second
			n := network.New(network.Profile{Up: network.Way{Delay: rtt / 2}, Down: network.Way{Delay: rtt / 2}}, 1)
			defer n.Close()
			l, err := n.Listen("example.com:5299")
			if err != nil {
				t.Fatal(err)
			}
			connections := 0
			go func() {
				for {
					conn, err := l.Accept()
					if err != nil {
						return
					}
					p, server := newPeer(conn), linkServer(false)
					if connections++; c.refusing && connections == 1 {
						server = otherServer()
					}
					if p.startLink(server) != nil {
						conn.Close()
					} else if p.login() == nil {
						p.converse()
					}
				}
			}()
			before, err := link.NewKey(nil)
			if err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			conn, err := client.Dial(t.Context(), client.Config{
				JID: jid.MustParse("juliet@example.com"), Password: "secret", Mode: client.Link, Mechanisms: []string{"PLAIN"}, Connect: n.Dial,
				TLS:  &tls.Config{InsecureSkipVerify: true}, // the certificate is of today, not of virtual time
				Link: client.LinkKeys{Server: before.Public[:]},
			})
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Abort()
			key := linkKey()
			if took := time.Since(begin); took != c.roundTrips*rtt || connections != c.connections || !bytes.Equal(conn.LinkKeys().Server, key.Public[:]) {
				t.Errorf("%s: after %v, with %d connections; the server's key is %x", c.name, took, connections, conn.LinkKeys().Server)
			}
		})
	}
}
