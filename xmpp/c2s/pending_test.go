package c2s_test

import (
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/store"
)

// gate is an operation that holds the store's committer until it is opened.
type gate struct {
	reached, opened chan struct{}
}

func newGate(t *testing.T, s *store.Store) *gate {
	t.Helper()
	g := &gate{make(chan struct{}), make(chan struct{})}
	if err := s.Submit(g); err != nil {
		t.Fatal(err)
	}
	<-g.reached // what is submitted from here on waits
	return g
}

func (g *gate) Apply(*store.Tx) error {
	close(g.reached)
	<-g.opened
	return nil
}

func (g *gate) Committed(error) {}

func (g *gate) open() { close(g.opened) }

const (
	enable  = "<enable xmlns='urn:xmpp:sm:3'/>"
	request = "<r xmlns='urn:xmpp:sm:3'/>"
)

func message(to, body string) []byte {
	return []byte("<message to='" + to + "' type='chat'><body>" + body + "</body></message>")
}

// feedAll feeds several elements, and returns what is written meanwhile.
func (e *end) feedAll(elements ...string) (out string) {
	for _, text := range elements {
		out += string(e.feed([]byte(text)))
	}
	return out
}

// TestAckWaitsForTheCommit is the durable ack: as long as a message is not durable its sender hears nothing, nor does its receiver.
func TestAckWaitsForTheCommit(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.join(t, "alice@localhost/a", codec.XML), w.join(t, "bob@localhost/b", codec.XML)
	bob.deliver() // his own presence
	alice.deliver()
	alice.feedAll(enable)
	g := newGate(t, w.host.Store)
	alice.feed(message("bob@localhost", "1"))
	alice.feed(message("nobody@localhost", "2"))
	const unknown = "<iq type='get' id='3'><x xmlns='urn:x'/></iq>" // answered at once
	if out := alice.feedAll(unknown, request, request); strings.Contains(out, "<a ") || !strings.Contains(out, "<iq ") {
		t.Errorf("acked before the commit: %s", out)
	}
	if n := len(bob.mail) + len(alice.mail); n != 0 {
		t.Errorf("%d mails before the commit", n)
	}
	g.open()
	if out := string(alice.deliver()); out != "" {
		t.Errorf("after one of two commits: %s", out)
	}
	// the error comes before the ack that covers its stanza
	out := string(alice.deliver())
	if first, second, _ := strings.Cut(out, "</message>"); !strings.Contains(first, "service-unavailable") || second != "<a xmlns='urn:xmpp:sm:3' h='3'/>" {
		t.Error(out)
	}
	if out := string(bob.deliver()); !strings.Contains(out, "<body>1</body>") {
		t.Error(out)
	}
}

// TestAckCountsWhatWasSentBeforeTheRequest: an ack does not wait for what comes after it was asked for.
func TestAckCountsWhatWasSentBeforeTheRequest(t *testing.T) {
	w := newWorld(t)
	alice := w.join(t, "alice@localhost/a", codec.XML)
	alice.deliver()
	alice.feedAll(enable)
	first := newGate(t, w.host.Store)
	alice.feed(message("bob@localhost", "1"))
	alice.feedAll(request)
	second := &gate{make(chan struct{}), make(chan struct{})}
	if err := w.host.Store.Submit(second); err != nil {
		t.Fatal(err)
	}
	alice.feed(message("bob@localhost", "2"))
	first.open()
	<-second.reached
	second.open()
	if out := string(alice.deliver()); out != "<a xmlns='urn:xmpp:sm:3' h='1'/>" {
		t.Errorf("after the first commit: %s", out)
	}
	if out := string(alice.deliver()); out != "" {
		t.Errorf("after the second: %s", out)
	}
	if out := alice.feedAll(request); out != "<a xmlns='urn:xmpp:sm:3' h='2'/>" {
		t.Errorf("asked again: %s", out)
	}
}

// TestEnableWhileCommitsArePending: what was sent before <enable/> does not count, whenever it is durable (XEP-0198 §4).
func TestEnableWhileCommitsArePending(t *testing.T) {
	w := newWorld(t)
	alice := w.join(t, "alice@localhost/a", codec.XML)
	alice.deliver()
	g := newGate(t, w.host.Store)
	alice.feed(message("bob@localhost", "1"))
	if out := alice.feedAll(enable, request); out != "<enabled xmlns='urn:xmpp:sm:3'/>" {
		t.Error(out)
	}
	alice.feed(message("bob@localhost", "2"))
	g.open()
	if out := string(alice.deliver()); out != "<a xmlns='urn:xmpp:sm:3' h='0'/>" {
		t.Errorf("after the first commit: %s", out)
	}
	alice.deliver()
	if out := alice.feedAll(request); out != "<a xmlns='urn:xmpp:sm:3' h='1'/>" {
		t.Error(out)
	}
}

// TestOrderWithPendingCommits: what is not archived waits for the messages before it (RFC 6120 §10.1).
func TestOrderWithPendingCommits(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.join(t, "alice@localhost/a", codec.XML), w.join(t, "bob@localhost/b", codec.XML)
	bob.deliver()
	g := newGate(t, w.host.Store)
	alice.feed(message("bob@localhost/b", "1"))
	alice.feedAll("<message to='bob@localhost/b' type='headline'><body>2</body></message>")
	if len(bob.mail) != 0 {
		t.Error("the second has overtaken the first")
	}
	g.open()
	for _, want := range []string{"<body>1</body>", "<body>2</body>"} {
		if out := string(bob.deliver()); !strings.Contains(out, want) {
			t.Errorf("%s, want %s", out, want)
		}
	}
}
