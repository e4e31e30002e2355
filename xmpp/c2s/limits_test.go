package c2s_test

import (
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/xmpp/c2s"
	"github.com/godwit-im/godwit/xmpp/xmpptest"
)

// pad makes a text exactly n bytes long, by growing what stands at '#'.
func pad(text string, n int) string {
	return strings.Replace(text, "#", strings.Repeat("a", n-len(text)+1), 1)
}

// received returns what the client has got, as text.
func received(c *xmpptest.Client) (s string) {
	for _, n := range c.Received() {
		s += n.String()
	}
	return s
}

// TestLimitOfStrangers: an element before the login has 8,192 bytes at most.
func TestLimitOfStrangers(t *testing.T) {
	for extra, want := range map[int]string{0: "<failure ", 1: "<policy-violation "} {
		w := xmpptest.New(t, xmpptest.Domain, server(c2s.Server{}))
		c := w.ConnectBy("romeo/orchard", xmpptest.Transport{TLS: true})
		c.Send(header)
		received(c)
		c.Send(pad("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>#</auth>", codec.PreAuthLimits.Bytes+extra))
		if got := received(c); !strings.Contains(got, want) {
			t.Errorf("%d bytes: %s, want %s", codec.PreAuthLimits.Bytes+extra, got, want)
		}
	}
}

// TestLimitOfStanzas: what the features promise (XEP-0478) holds.
func TestLimitOfStanzas(t *testing.T) {
	for extra, want := range map[int]string{0: "<headline/>", 1: "<policy-violation "} {
		w := xmpptest.New(t, xmpptest.Domain, server(c2s.Server{}))
		w.Account("romeo")
		c := w.Connect("romeo/orchard")
		if err := c.Login(); err != nil {
			t.Fatal(err)
		}
		c.Send(pad("<message to='romeo@example.org/orchard' type='headline'><headline/><body>#</body></message>", stanzaBytes+extra))
		if got := received(c); !strings.Contains(got, want) {
			t.Errorf("%d bytes: %s, want %s", stanzaBytes+extra, got, want)
		}
	}
}

// TestLimitOfResources is RFC 7622 §3.4: 1,023 bytes.
func TestLimitOfResources(t *testing.T) {
	for n, want := range map[int]string{1: "<jid>", 1023: "<jid>", 1024: "<bad-request "} {
		w := xmpptest.New(t, xmpptest.Domain, server(c2s.Server{}))
		w.Account("romeo")
		c := w.ConnectBy("romeo/orchard", xmpptest.Transport{TLS: true})
		c.Send(header)
		if err := c.Authenticate("PLAIN", xmpptest.Password); err != nil {
			t.Fatal(err)
		}
		c.Send(header)
		received(c)
		c.Send("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>" + strings.Repeat("r", n) + "</resource></bind></iq>")
		if got := received(c); !strings.Contains(got, want) {
			t.Errorf("%d bytes: %s, want %s", n, got, want)
		}
	}
}
