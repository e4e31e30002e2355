package c2s_test

import (
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/xmpp/c2s"
	"github.com/godwit-im/godwit/xmpp/host"
)

func about(t *testing.T, e *end) c2s.About {
	t.Helper()
	a, ok := e.machine.(*c2s.Session).About()
	if !ok {
		t.Fatal("the session is not bound")
	}
	return a
}

// TestAboutASession: what an operator is told is what is so, while it has a connection and when it has none.
func TestAboutASession(t *testing.T) {
	w := resumableWorld(t)
	alice, bob := w.join(t, "alice@localhost/a", codec.XML), w.join(t, "bob@localhost/b", codec.XML)
	alice.deliver()
	bob.deliver()
	if a := about(t, alice); a.JID.String() != "alice@localhost/a" || a.Resumable || a.Parked || a.Inactive || a.Unacked != 0 || a.Queued != 0 || a.Behind {
		t.Errorf("%+v", a)
	}
	write := func() {
		bob.feed(message("alice@localhost", "hello"))
		bob.deliver()
	}
	alice.feedAll(enableResume, "<inactive xmlns='urn:xmpp:csi:0'/>")
	for range 2 {
		write()
		alice.deliver()
	}
	if a := about(t, alice); !a.Resumable || !a.Inactive || a.Unacked != 2 {
		t.Errorf("after two messages: %+v", a)
	}
	alice.feedAll("<a xmlns='urn:xmpp:sm:3' h='1'/>")
	if a := about(t, alice); a.Unacked != 1 {
		t.Errorf("after an ack of one: %+v", a)
	}
	bob.feed([]byte("<presence to='alice@localhost/a'/>"))
	alice.deliver()
	if a := about(t, alice); a.Queued != 1 {
		t.Errorf("with a presence that waits while the client is inactive: %+v", a)
	}
	none(t, w)
	for _, job := range alice.close() {
		job()
	}
	if _, ok := alice.machine.(*c2s.Session).About(); ok {
		t.Error("a session that is gone is told")
	}
	n := 0
	w.srv.Streams.EachParked(func(a c2s.About) {
		n++
		if a.JID.String() != "alice@localhost/a" || !a.Parked || !a.Resumable || a.Unacked != 1 || !a.Since.Equal(now) {
			t.Errorf("parked: %+v", a)
		}
	})
	if n != 1 {
		t.Errorf("%d are parked", n)
	}
	w.srv.Streams.Sweep(now.Add(time.Hour), host.Hosts{})
	none(t, w)
	if _, ok := w.login(t, "alice@localhost").machine.(*c2s.Session).About(); ok {
		t.Error("a session that has bound nothing is told")
	}
}

// none wants no stream to be parked.
func none(t *testing.T, w *world) {
	t.Helper()
	w.srv.Streams.EachParked(func(a c2s.About) { t.Errorf("parked: %+v", a) })
}
