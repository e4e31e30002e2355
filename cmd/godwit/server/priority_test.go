package server

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godwit-im/godwit/cmd/godwit/admin"
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// slow is a connection whose reader stops while it is shut, with a small window.
type slow struct {
	net.Conn
	mu   sync.Mutex
	more sync.Cond
	shut bool
}

// dialSlow is a client.Connector.
func (s *slow) dialSlow(ctx context.Context, address string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err == nil {
		err = c.(*net.TCPConn).SetReadBuffer(8 << 10)
	}
	s.Conn, s.more.L = c, &s.mu
	return s, err
}

func (s *slow) set(shut bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shut = shut
	s.more.Broadcast()
}

func (s *slow) Read(p []byte) (int, error) {
	s.mu.Lock()
	for s.shut {
		s.more.Wait()
	}
	s.mu.Unlock()
	return s.Conn.Read(p)
}

// Close lets a reader go on.
func (s *slow) Close() error {
	s.set(false)
	return s.Conn.Close()
}

// settled waits until the server has nothing to send for the moment.
func settled(s *Server) {
	for sent := ^uint64(0); sent != s.edge.Stats().BytesSent; time.Sleep(20 * time.Millisecond) {
		sent = s.edge.Stats().BytesSent
	}
}

// letters are bodies that no coding makes much shorter.
func letters(n, size int) (bodies []string) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		b := make([]byte, size)
		for j := range b {
			b[j] = byte(' ' + 1 + r.IntN(94))
		}
		bodies = append(bodies, fmt.Sprintf("%d:%s", i, strings.NewReplacer("<", "x", "&", "y", ">", "z").Replace(string(b))))
	}
	return bodies
}

// sendAll sends messages and waits until they are durable.
func sendAll(t *testing.T, c *client.Conn, to jid.JID, bodies ...string) {
	t.Helper()
	for _, b := range bodies {
		id, err := c.Message(t.Context(), to, b)
		if err == nil {
			err = c.WaitAcked(t.Context(), id)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// askArchive asks for a page and does not wait for it.
func askArchive(t *testing.T, c *client.Conn, id string, n int) {
	t.Helper()
	err := c.SendXML(t.Context(), fmt.Sprintf("<iq xmlns='jabber:client' type='set' id='%s'><query xmlns='urn:xmpp:mam:2'>"+
		"<set xmlns='http://jabber.org/protocol/rsm'><max>%d</max></set></query></iq>", id, n))
	if err != nil {
		t.Fatal(err)
	}
}

// what names a stanza: the body of a result, "fin", or the body of a live message.
func what(st *client.Stanza) (text string, result bool) {
	e := st.Element()
	if r := e.Child(atom.NSMAM, atom.Result); !r.IsZero() {
		m := r.Child(atom.NSForward, atom.Forwarded).Child(atom.NSClient, atom.Message)
		return string(m.Child(atom.NSClient, atom.Body).Text()), true
	}
	if !e.Child(atom.NSMAM, atom.Fin).IsZero() {
		return "fin", true
	}
	return st.Body(), false
}

// twoUsers are alice, who reads slowly, and bob, with archives that are empty.
func twoUsers(t *testing.T, s *Server, listener int, cfg client.Config) (alice, bob *client.Conn, line *slow, again client.Config) {
	t.Helper()
	addAlice(t, s)
	if _, err := s.Room().Do(t.Context(), admin.Request{Do: admin.AddUser, JID: "bob@localhost", Password: "secret"}); err != nil {
		t.Fatal(err)
	}
	bobs := overLink(t, s, 2)
	bobs.JID = jid.MustParse("bob@localhost")
	bob, err := client.Dial(t.Context(), bobs)
	if err != nil {
		t.Fatal(err)
	}
	line = new(slow)
	cfg.JID, cfg.Password, cfg.Resource, cfg.OwnIQ = jid.MustParse("alice@localhost"), "secret", "phone", true
	cfg.Address, cfg.TLS, cfg.Connect = s.Addr(listener).String(), overLink(t, s, 2).TLS, line.dialSlow
	if alice, err = client.Dial(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	return alice, bob, line, cfg
}

// TestLiveBeforeArchive: while a page of 50 large messages is being sent to a client that reads slowly, live messages and answers wait for what is in the sockets and a
// frame, not for the page. The page comes whole and in its order, and so do the live ones.
func TestLiveBeforeArchive(t *testing.T) {
	const size, count = 5000, 50
	for name, cfg := range map[string]client.Config{
		"acks":            {Mode: client.Link, SM: true},
		"no acks":         {Mode: client.Link},
		"resumable":       {Mode: client.Link, Resume: true},
		"over WebSockets": {Mode: client.Link, Resume: true, Transports: []client.Transport{client.OverWebSocket}},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := startServer(t, settings(t))
			alice, bob, line, _ := twoUsers(t, s, 2, cfg)
			if err := alice.Presence(t.Context()); err != nil {
				t.Fatal(err)
			}
			old := letters(count, size)
			sendAll(t, bob, alice.JID().Bare(), old...)
			for _, want := range old {
				if got := next(t, alice); got != want {
					t.Fatalf("%.20q, want %.20q", got, want)
				}
			}
			settled(s)
			line.set(true)
			askArchive(t, alice, "page", count)
			settled(s)
			sendAll(t, bob, alice.JID().Bare(), "live 1", "live 2")
			if err := alice.SendXML(t.Context(), "<iq xmlns='jabber:client' type='get' id='ping' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>"); err != nil {
				t.Fatal(err)
			}
			settled(s)
			line.set(false)
			var results, live []string
			before := -1
			for len(results) < count+1 || len(live) < 3 {
				st, err := alice.Recv(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				switch text, result := what(st); {
				case result:
					results = append(results, text)
				case text != "" || st.ID() == "ping":
					live = append(live, text)
					if before < 0 {
						before = len(results)
					}
				}
			}
			for i, want := range append(old, "fin") {
				if results[i] != want {
					t.Fatalf("result %d is %.20q", i, results[i])
				}
			}
			if got := strings.Join(live, ","); got != "live 1,live 2," {
				t.Errorf("live: %q", got)
			}
			t.Logf("%d results of %d bytes were in front", before, size)
			if before > 25 { // what two small sockets hold, mostly 11, and one frame
				t.Errorf("live messages behind %d of %d results", before, count)
			}
			_, _ = alice.Close(t.Context()), bob.Close(t.Context())
			if err := s.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// next returns the body of the next message.
func next(t *testing.T, c *client.Conn) string {
	t.Helper()
	for {
		st, err := c.Recv(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if b := st.Body(); b != "" {
			return b
		}
	}
}

// TestAnswersBeforeWhatHasWaited: a client that comes back to much that has waited gets answers to what it asks, and not behind all of it.
func TestAnswersBeforeWhatHasWaited(t *testing.T) {
	const size, count = 5000, 50
	s, _ := startServer(t, settings(t))
	alice, bob, line, _ := twoUsers(t, s, 2, client.Config{Mode: client.Link, SM: true})
	old := letters(count, size)
	sendAll(t, bob, alice.JID().Bare(), old...)
	line.set(true)
	if err := alice.Presence(t.Context()); err != nil {
		t.Fatal(err)
	}
	settled(s)
	if err := alice.SendXML(t.Context(), "<iq xmlns='jabber:client' type='get' id='ping' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>"); err != nil {
		t.Fatal(err)
	}
	settled(s)
	line.set(false)
	before, answered := 0, -1
	for before < count || answered < 0 {
		st, err := alice.Recv(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		switch b := st.Body(); {
		case st.ID() == "ping":
			answered = before
		case b != "" && b != old[before]:
			t.Fatalf("message %d is %.20q", before, b)
		case b != "":
			before++
		}
	}
	t.Logf("the answer was behind %d messages", answered)
	if answered > 20 { // what the sockets hold, as above
		t.Errorf("the answer was behind %d messages", answered)
	}
	_, _ = alice.Close(t.Context()), bob.Close(t.Context())
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestPageOverResumption: a page whose connection is lost in the middle comes whole when the stream is resumed, if it is short enough to be kept; of a long one the end does
// not come, which would hide what is missing.
func TestPageOverResumption(t *testing.T) {
	for _, test := range []struct {
		count int
		whole bool
	}{{11, true}, {40, false}} {
		const size = 5000
		s, _ := startServer(t, settings(t))
		alice, bob, line, cfg := twoUsers(t, s, 2, client.Config{Mode: client.Link, Resume: true})
		old := letters(test.count, size)
		sendAll(t, bob, alice.JID().Bare(), old...)
		settled(s)
		line.set(true)
		askArchive(t, alice, "page", test.count)
		settled(s)
		resumption := alice.Resumption()
		go alice.Abort()
		_ = line.Conn.Close()
		line.set(false)
		if err := alice.Wait(t.Context()); err == nil {
			t.Error("the end was in order")
		}
		got := make(map[string]int)
		for {
			st, err := alice.Recv(t.Context())
			if err != nil {
				break
			}
			text, _ := what(st)
			got[text]++
		}
		if r := alice.Resumption(); r != nil {
			resumption = r
		}
		cfg.Resumption, cfg.Connect = resumption, nil
		again, err := client.Dial(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if !again.Resumed() {
			t.Fatal("not resumed")
		}
		if _, err := again.IQ(t.Context(), func(b *codec.Builder) {
			b.Start(atom.NSClient, atom.IQ).Attr(atom.Type, "get").Attr(atom.To, "localhost").Start(atom.NSPing, atom.Ping)
		}); err != nil {
			t.Error(err)
		}
		patience := 200 * time.Millisecond // for what shall not come
		if test.whole {
			patience = 30 * time.Second
		}
		for len(got) < len(old)+1 {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			st, err := again.Recv(ctx)
			cancel()
			if err != nil {
				break
			}
			text, _ := what(st)
			got[text]++
		}
		for i, want := range old {
			if n := got[want]; n > 1 || test.whole && n != 1 {
				t.Errorf("%d results: result %d came %d times", test.count, i, n)
			}
		}
		if n := got["fin"]; test.whole != (n == 1) {
			t.Errorf("%d results: the end came %d times", test.count, n)
		}
		_, _ = again.Close(t.Context()), bob.Close(t.Context())
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestPagesThatWaitAreBounded: who asks for page after page and reads none is told to wait.
func TestPagesThatWaitAreBounded(t *testing.T) {
	const size, count = 5000, 40 // three pages are more than what may wait
	s, _ := startServer(t, settings(t))
	alice, bob, line, _ := twoUsers(t, s, 2, client.Config{Mode: client.Link})
	sendAll(t, bob, alice.JID().Bare(), letters(count, size)...)
	line.set(true)
	ids := []string{"1", "2", "3", "4", "5"}
	for _, id := range ids {
		askArchive(t, alice, id, count)
	}
	settled(s)
	line.set(false)
	ends, refused := 0, 0
	for ends+refused < len(ids) {
		st, err := alice.Recv(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		switch text, _ := what(st); {
		case text == "fin":
			ends++
		case !st.Element().Child(atom.NSClient, atom.Error).Child(atom.NSStanzas, atom.ResourceConstraint).IsZero():
			refused++
		}
	}
	if ends != 3 || refused != 2 {
		t.Errorf("%d pages, %d refused", ends, refused)
	}
	_, _ = alice.Close(t.Context()), bob.Close(t.Context())
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestAvailableBehindAQuery: who asks for its archive, and becomes available without waiting for the answer, gets what is in the page in the page alone, and before what comes later.
// The page was still waiting to be sent, and all of it came as offline messages too.
func TestAvailableBehindAQuery(t *testing.T) {
	const size, count = 1000, 30
	for name, cfg := range map[string]client.Config{
		"acks":      {Mode: client.Link, SM: true},
		"no acks":   {Mode: client.Link},
		"resumable": {Mode: client.Link, Resume: true},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := startServer(t, settings(t))
			alice, bob, line, _ := twoUsers(t, s, 2, cfg)
			old := letters(count, size)
			sendAll(t, bob, alice.JID().Bare(), old...)
			line.set(true)
			askArchive(t, alice, "page", count)
			if err := alice.Presence(t.Context()); err != nil {
				t.Fatal(err)
			}
			settled(s)
			sendAll(t, bob, alice.JID().Bare(), "live")
			line.set(false)
			var got []string
			for len(got) == 0 || got[len(got)-1] != "live" {
				st, err := alice.Recv(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if text, _ := what(st); text != "" {
					got = append(got, text)
				}
			}
			if want := append(old, "fin", "live"); !slices.Equal(got, want) {
				t.Errorf("%d stanzas, want %d", len(got), len(want))
			}
			_, _ = alice.Close(t.Context()), bob.Close(t.Context())
			if err := s.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestEndBehindAQuery: who asks for its archive and ends its stream, without waiting for the answer, is sent that before the end.
func TestEndBehindAQuery(t *testing.T) {
	const size, count = 2000, 60
	s, _ := startServer(t, settings(t))
	alice, bob, line, _ := twoUsers(t, s, 2, client.Config{Mode: client.Link})
	sendAll(t, bob, alice.JID().Bare(), letters(count, size)...)
	settled(s)
	before := s.edge.Stats().BytesSent
	line.set(true)
	askArchive(t, alice, "page", count)
	settled(s)
	some := s.edge.Stats().BytesSent - before
	ended := make(chan error)
	go func() { ended <- alice.Close(t.Context()) }()
	settled(s)
	line.set(false)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	all := s.edge.Stats().BytesSent - before
	if most := uint64(count * size * 3 / 4); some > most || all < most {
		t.Errorf("%d bytes before the end was asked for, %d in all", some, all)
	}
	_ = bob.Close(t.Context())
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}
