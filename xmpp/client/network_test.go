package client_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/godwit-im/godwit/bench/network"
	"github.com/godwit-im/godwit/codec/archiveid"
	"github.com/godwit-im/godwit/codec/atom"
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

// TestNewSessionInTheFirstFlight: a client that the server knows, with no stream to go on with, asks for all that its session begins with in its first message. It has it after two round trips, and
// what it has missed.
func TestNewSessionInTheFirstFlight(t *testing.T) {
	certificate()
	synctest.Test(t, func(t *testing.T) {
		const rtt = time.Second
		n := network.New(network.Profile{Up: network.Way{Delay: rtt / 2}, Down: network.Way{Delay: rtt / 2}}, 1)
		defer n.Close()
		l, err := n.Listen("example.com:5299")
		if err != nil {
			t.Fatal(err)
		}
		heard := make(chan string, 16)
		go func() {
			defer close(heard)
			conn, err := l.Accept()
			if err != nil {
				return
			}
			p, server := newPeer(conn), linkServer(false)
			server.Fresh = func([]byte, string, uint64) (ids archiveid.Key, fresh bool) { return ids, true }
			if p.startLink(server) != nil {
				return
			}
			if p.rest, err = p.session.EarlyItems(&p.desk); err != nil {
				return
			}
			var ids []any
			for range 5 {
				_, e, err := p.next()
				if err != nil {
					return
				}
				heard <- fmt.Sprint(e.Name(), e.First().Name())
				if e.Name() == atom.IQ {
					ids = append(ids, string(e.Attr(atom.ID)))
				}
			}
			p.say(`<stream:stream from='example.com' id='1' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'><stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm xmlns='urn:xmpp:sm:3'/></stream:features>`)
			p.say(fmt.Sprintf(`<iq type='result' id='%s'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>juliet@example.com/balcony</jid></bind></iq>`+
				`<enabled xmlns='urn:xmpp:sm:3' id='s' resume='true'/>`+
				`<iq type='result' id='%s'/>`+
				`<message><result xmlns='urn:xmpp:mam:2' id='11' queryid='%[3]s'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='romeo@example.net/orchard'><body>eleven</body></message></forwarded></result></message>`+
				`<iq type='result' id='%[3]s'><fin xmlns='urn:xmpp:mam:2' complete='true'><set xmlns='http://jabber.org/protocol/rsm'><first>11</first><last>11</last></set></fin></iq>`, ids...))
			for {
				next, err := p.hear()
				if err != nil {
					return
				}
				heard <- next
			}
		}()
		key := linkKey()
		begin := time.Now()
		conn, err := client.Dial(t.Context(), client.Config{
			JID: jid.MustParse("juliet@example.com"), Mode: client.Link, Link: client.LinkKeys{Server: key.Public[:], IDs: make([]byte, len(archiveid.Key{}))}, Connect: n.Dial,
			Resume: true, Resource: "balcony", Archive: &client.Place{ID: "10"},
		})
		if err != nil {
			t.Fatal(err)
		}
		s, err := conn.Recv(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); conn.Mail(s).ID != "11" || took != 2*rtt || len(conn.Unacked()) != 2 {
			t.Errorf("%s after %v, not acked: %v", conn.Mail(s).ID, took, conn.Unacked())
		}
		if place := conn.Place(); place.ID != "11" || place.Behind {
			t.Errorf("the place is %+v", place)
		}
		time.Sleep(5 * rtt)
		conn.Abort()
		var all []string
		for h := range heard {
			all = append(all, h)
		}
		want := []string{"stream ", "iq bind", "enable ", "iq enable", "iq query", "<r xmlns='urn:xmpp:sm:3'/>"}
		if !slices.Equal(all, want) {
			t.Errorf("the client says %q", all)
		}
	})
}

// TestSlowServer: a server that was reached by a transport before, on this network, has more time to answer: a costlier transport would not make it faster. On another network, or
// with too little time for all, it is as with any.
func TestSlowServer(t *testing.T) {
	certificate()
	known := client.LinkKeys{Over: client.OverTCP, Network: "home"}
	for _, c := range []struct {
		name        string
		link        client.LinkKeys
		network     string
		slow, limit time.Duration // what the server takes, and the context leaves
		others      time.Duration // when another transport is tried, 0: never
	}{
		{"known", known, "home", 45 * time.Second, time.Hour, 0},
		{"known, and silent", known, "home", time.Hour, time.Hour, 60 * time.Second},
		{"known, with little time", known, "home", 45 * time.Second, 55 * time.Second, 35 * time.Second},
		{"known, with too little time", known, "home", 45 * time.Second, 25 * time.Second, 10 * time.Second},
		{"another network", known, "hotel", 45 * time.Second, time.Hour, 10 * time.Second},
		{"networks without names", client.LinkKeys{Over: client.OverTCP}, "", 45 * time.Second, time.Hour, 0},
		{"nothing known", client.LinkKeys{}, "", 45 * time.Second, time.Hour, 10 * time.Second},
		{"known over TLS", client.LinkKeys{Over: client.OverTLS, Network: "home"}, "home", 45 * time.Second, time.Hour, 10 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			n := network.New(network.Profile{}, 1)
			slow, err := n.Listen("example.com:5299")
			if err != nil {
				t.Fatal(err)
			}
			web, err := n.Listen("example.com:443")
			if err != nil {
				t.Fatal(err)
			}
			connections := 0
			var work sync.WaitGroup
			work.Go(func() {
				for {
					conn, err := slow.Accept()
					if err != nil {
						return
					}
					connections++
					p := newPeer(conn)
					conn.SetDeadline(time.Time{})
					time.Sleep(c.slow)
					if p.startLink(linkServer(false)) == nil && p.login() == nil {
						p.converse()
					}
				}
			})
			begin, others := time.Now(), time.Duration(0)
			work.Go(func() {
				for {
					conn, err := web.Accept()
					if err != nil {
						return
					}
					if others == 0 {
						others = time.Since(begin)
					}
					conn.Close()
				}
			})
			ctx, cancel := context.WithTimeout(t.Context(), c.limit)
			defer cancel()
			conn, err := client.Dial(ctx, client.Config{
				JID: jid.MustParse("juliet@example.com"), Password: "secret", Mode: client.Link, Mechanisms: []string{"PLAIN"}, Connect: n.Dial,
				TLS: &tls.Config{InsecureSkipVerify: true}, Link: c.link, Network: c.network,
			})
			if err == nil {
				if keys := conn.LinkKeys(); keys.Over != client.OverTCP || keys.Network != c.network {
					t.Errorf("%s: the keys are for %v on %q", c.name, keys.Over, keys.Network)
				}
				conn.Abort()
			}
			n.Close()
			slow.Close()
			web.Close()
			work.Wait()
			if (err == nil) != (c.others == 0) || others.Round(time.Second) != c.others || connections != 1 {
				t.Errorf("%s: %v; others are tried after %v, and there are %d connections", c.name, err, others, connections)
			}
		})
	}
}
