package server

import (
	"context"
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/cmd/godwit/admin"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// ask does an operation in the running server.
func ask(t *testing.T, s *Server, q admin.Request) admin.Reply {
	t.Helper()
	d, err := admin.Connect(s.config.Data)
	if err != nil {
		t.Fatal(err)
	}
	r, err := d.Do(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// place returns a session of an account on the listener with that place, with its presence sent, whose stream can be resumed on the link.
func place(t *testing.T, s *Server, listener int, mode client.Mode, who, resource string) *client.Conn {
	t.Helper()
	c, err := client.Dial(t.Context(), client.Config{
		JID: jid.MustParse(who), Password: "secret", Resource: resource, Mode: mode, Resume: mode == client.Link,
		Address: s.Addr(listener).String(), TLS: &tls.Config{RootCAs: roots(t, s)},
	})
	if err == nil {
		err = c.Presence(t.Context())
	}
	if err == nil {
		_, err = c.Recv(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestSessionsAreTold: those of all transports, those of an account, one, and those that have lost their connection.
func TestSessionsAreTold(t *testing.T) {
	s := observed(t)
	place(t, s, 0, client.Plain, "bob@localhost", "b")
	place(t, s, 1, client.DirectTLS, "alice@localhost", "a")
	phone := place(t, s, 2, client.Link, "alice@localhost", "phone")
	told := func(of string) (all []string) {
		for _, r := range ask(t, s, admin.Request{Do: admin.ListSessions, JID: of}).Table {
			if r.Transport != parkedTransport && (r.Received == 0 || r.Sent == 0 || r.Since.IsZero() || r.Heard.Before(r.Since)) || !strings.HasPrefix(r.Peer, "127.0.0.1:") {
				t.Errorf("%+v", r)
			}
			all = append(all, fmt.Sprint(r.JID, " ", r.Transport, " ", r.Resumable))
		}
		return all
	}
	bob, a, b := "bob@localhost/b plain false", "alice@localhost/a tls false", phone.JID().String()
	if got, want := told(""), []string{a, b + " link true", bob}; !slices.Equal(got, want) {
		t.Errorf("all: %q, want %q", got, want)
	}
	if got, want := told("alice@localhost"), []string{a, b + " link true"}; !slices.Equal(got, want) {
		t.Errorf("of an account: %q, want %q", got, want)
	}
	if got, want := told("alice@localhost/a"), []string{a}; !slices.Equal(got, want) {
		t.Errorf("one: %q, want %q", got, want)
	}
	if got := told("alice@localhost/c"); got != nil {
		t.Errorf("none: %q", got)
	}
	parked := scrape(t, s)
	phone.Abort()
	parked.moved(t, s, figures{"godwit_streams_parked": 1, "godwit_streams_resumable": 0, "godwit_sessions{transport=link}": -1, "godwit_sessions_bound": 0})
	if got, want := told("alice@localhost"), []string{a, b + " parked true"}; !slices.Equal(got, want) {
		t.Errorf("after its connection is lost: %q, want %q", got, want)
	}
}

// TestKickEndsSessionsForGood: one of an account, then all, also one that has lost its connection: it cannot be resumed.
func TestKickEndsSessionsForGood(t *testing.T) {
	s := observed(t)
	one, two := place(t, s, 1, client.DirectTLS, "alice@localhost", "one"), place(t, s, 2, client.Link, "alice@localhost", "two")
	bob := place(t, s, 0, client.Plain, "bob@localhost", "b")
	end := func(c *client.Conn) error {
		for {
			if _, err := c.Recv(t.Context()); err != nil {
				return err
			}
		}
	}
	if n := ask(t, s, admin.Request{Do: admin.KickSessions, JID: "alice@localhost/one"}).Kicked; n != 1 {
		t.Errorf("%d ended", n)
	}
	if err := end(one); err == nil || !strings.Contains(err.Error(), "policy-violation (the operator has ended the session)") {
		t.Errorf("it ended with %v", err)
	}
	before := scrape(t, s)
	resumption, keys := two.Resumption(), two.LinkKeys()
	two.Abort()
	before.moved(t, s, figures{"godwit_streams_parked": 1})
	if n := ask(t, s, admin.Request{Do: admin.KickSessions, JID: "alice@localhost"}).Kicked; n != 1 {
		t.Errorf("%d ended", n)
	}
	again, err := client.Dial(t.Context(), client.Config{
		JID: jid.MustParse("alice@localhost"), Password: "secret", Mode: client.Link, Link: keys, Resume: true, Resumption: resumption,
		Address: s.Addr(2).String(), TLS: &tls.Config{RootCAs: roots(t, s)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if again.Resumed() {
		t.Error("the stream was resumed")
	}
	if r := ask(t, s, admin.Request{Do: admin.ListSessions, JID: "bob@localhost"}); len(r.Table) != 1 {
		t.Errorf("another account's: %+v", r.Table)
	}
	if err := bob.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestASlowWatcherSlowsNobody: who watches reads nothing while a session gets far more than its feed and the socket hold. All is delivered meanwhile; then it reads, and each
// message is shown or counted as left out.
func TestASlowWatcherSlowsNobody(t *testing.T) {
	const messages = 5_000
	s := observed(t)
	alice, bob := place(t, s, 0, client.Plain, "alice@localhost", "a"), place(t, s, 0, client.Plain, "bob@localhost", "b")
	before := scrape(t, s)
	text := strings.Repeat("x", 500)
	deliver := func() error {
		sent := make(chan error, 1)
		go func() {
			for range messages {
				if err := alice.SendXML(t.Context(), "<message to='bob@localhost/b'><body>"+text+"</body><no-store xmlns='urn:xmpp:hints'/></message>"); err != nil {
					sent <- err
					return
				}
			}
			sent <- nil
		}()
		for n := 0; n < messages; n++ {
			if _, err := bob.Recv(t.Context()); err != nil {
				return err
			}
		}
		return <-sent
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	shown, dropped := 0, 0
	err := admin.Watch(ctx, s.config.Data, "bob@localhost/b", func([]admin.Session) error {
		if err := deliver(); err != nil { // nothing reads from the socket until this is over
			return err
		}
		now := scrape(t, s)
		if now["godwit_watchers"] != 1 || now["godwit_watch_dropped_total"] == 0 {
			t.Errorf("%v watch, %v are dropped", now["godwit_watchers"], now["godwit_watch_dropped_total"])
		}
		return alice.SendXML(t.Context(), "<message to='bob@localhost/b'><body>the last</body><no-store xmlns='urn:xmpp:hints'/></message>")
	}, func(l admin.Shown) error {
		switch {
		case l.Dropped > 0:
			dropped += l.Dropped
			if err := alice.SendXML(t.Context(), "<message to='bob@localhost/b'><body>the last</body><no-store xmlns='urn:xmpp:hints'/></message>"); err != nil {
				return err
			}
		case strings.Contains(l.XML, "<body>the last</body>"):
			if dropped > 0 {
				cancel()
			}
		case strings.Contains(l.XML, text):
			shown++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if shown == 0 || dropped == 0 || shown+dropped < messages {
		t.Errorf("%d shown, %d dropped, of %d", shown, dropped, messages)
	}
	t.Logf("%d shown, %d dropped", shown, dropped)
	before.moved(t, s, figures{"godwit_watchers": 0, "godwit_watch_dropped_total": float64(dropped)})
}
