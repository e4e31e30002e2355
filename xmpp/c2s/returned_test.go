package c2s_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// TestEveryRequestIsAnsweredOnce: requests to a stream that is parked are held as far as there is room, and refused beyond. Those that were held are answered when it
// leaves the memory.
func TestEveryRequestIsAnsweredOnce(t *testing.T) {
	const requests = 600
	for _, pending := range []bool{false, true} {
		w := resumableWorld(t)
		alice, _ := w.resumable(t, "alice@localhost/a")
		for _, job := range alice.close() {
			job()
		}
		other := w.login(t, "alice@localhost")
		other.machine = w.srv.NewBound(w.host, jid.MustParse("alice@localhost/b"), other, codec.XML)
		refused := ""
		for i := range requests {
			if pending {
				other.feed(message("bob@localhost", "x"))
			}
			refused += other.feedAll(fmt.Sprintf("<iq type='get' id='q%d' to='alice@localhost/a'><x xmlns='urn:x'/></iq>", i))
			for pending && len(other.mail) > 0 {
				refused += string(other.deliver())
			}
		}
		if n := strings.Count(refused, "service-unavailable"); n != requests-500 {
			t.Errorf("pending %v: %d are refused", pending, n)
		}
		w.srv.Streams.Sweep(now.Add(time.Hour), w.srv.Hosts)
		for len(other.mail) > 0 {
			refused += string(other.deliver())
		}
		for i := range requests {
			if n := strings.Count(refused, fmt.Sprintf("id='q%d'", i)); n != 1 {
				t.Fatalf("pending %v: %d answers to %d", pending, n, i)
			}
		}
	}
}

// TestRefusalAfterTheConnection: a request that another session refuses is answered although who has asked has lost its connection by then: it counts as handled, so
// it does not come again.
func TestRefusalAfterTheConnection(t *testing.T) {
	w := resumableWorld(t)
	alice, id := w.resumable(t, "alice@localhost/a")
	w.join(t, "bob@localhost/b", codec.XML) // who shares no presence with alice
	_, _, err := alice.decoder.Decode([]byte("<iq type='get' id='q' to='bob@localhost/b'><x xmlns='urn:x'/></iq>"), &alice.scratch)
	must(t, err)
	alice.out.Reset()
	alice.machine.Step(&stream.Input{Kind: stream.Element, Element: alice.scratch.Tree.Root(), Now: now}, &alice.out)
	jobs := append([]func() any(nil), alice.out.Jobs...)
	for _, job := range append(alice.close(), jobs...) {
		job()
	}
	out := w.login(t, "alice@localhost").feedAll(resumption(id, 0))
	if handled(t, out) != "1" || strings.Count(out, "service-unavailable") != 1 {
		t.Error(out)
	}
}

// TestRequestToHalfASession: a request that reaches a session whose login is not complete, or whose stream has ended and whose connection has not, is answered.
func TestRequestToHalfASession(t *testing.T) {
	for _, beginning := range []bool{true, false} {
		w := newWorld(t)
		other := w.join(t, "alice@localhost/b", codec.XML)
		other.deliver()
		var half *end
		if beginning {
			half = w.login(t, "alice@localhost")
			_, _, err := half.decoder.Decode([]byte("<iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>a</resource></bind></iq>"), &half.scratch)
			must(t, err)
			half.machine.Step(&stream.Input{Kind: stream.Element, Element: half.scratch.Tree.Root(), Now: now}, &half.out)
		} else {
			half = w.join(t, "alice@localhost/a", codec.XML)
			half.step(stream.Input{Kind: stream.Footer})
			for len(half.mail) > 0 {
				half.deliver()
			}
		}
		for len(other.mail) > 0 {
			other.deliver()
		}
		other.feedAll("<iq type='get' id='q' to='alice@localhost/a'><x xmlns='urn:x'/></iq>")
		half.deliver()
		if !beginning {
			for _, job := range half.close() {
				job()
			}
		}
		out := ""
		for len(other.mail) > 0 {
			out += string(other.deliver())
		}
		if strings.Count(out, "service-unavailable") != 1 {
			t.Errorf("beginning %v: %s", beginning, out)
		}
	}
}
