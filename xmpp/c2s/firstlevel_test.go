package c2s_test

import (
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
)

// TestContentPrefix is RFC 6120 §4.8.5: a stanza whose names have a prefix for the content namespace must not be delivered.
func TestContentPrefix(t *testing.T) {
	for _, c := range []struct{ element, want string }{
		{"<c:message xmlns:c='jabber:client' to='bob@localhost'><c:body>x</c:body></c:message>", "<bad-namespace-prefix"},
		{"<message to='bob@localhost'><c:body xmlns:c='jabber:client'>x</c:body></message>", "<bad-namespace-prefix"},
		{"<c:iq xmlns:c='jabber:client' type='get' id='1'><ping xmlns='urn:xmpp:ping'/></c:iq>", "<bad-namespace-prefix"},
		{"<message xmlns='jabber:server' to='bob@localhost'/>", "<invalid-namespace"},
		{"<query xmlns='jabber:iq:roster'/>", "<unsupported-stanza-type"},
	} {
		w := newWorld(t)
		alice, bob := w.join(t, "alice@localhost/a", codec.XML), w.join(t, "bob@localhost/b", codec.XML)
		<-bob.mail // his own presence
		out := string(alice.feed([]byte(c.element)))
		if !strings.Contains(out, c.want) || !strings.HasSuffix(out, "</stream:stream>") {
			t.Errorf("%s: %s, want %s", c.element, out, c.want)
		}
		select {
		case m := <-bob.mail:
			t.Errorf("%s: bob gets %+v", c.element, m)
		default:
		}
	}
}
