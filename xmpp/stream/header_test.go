package stream

import (
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
)

// decode returns the last event's element of a stream.
func decode(t *testing.T, text string) codec.Element {
	t.Helper()
	d := xmltext.NewDecoder(nil)
	var s codec.Scratch
	for p := []byte(text); len(p) > 0; {
		n, _, err := d.Decode(p, &s)
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		p = p[n:]
	}
	return s.Tree.Root()
}

func TestCheckHeader(t *testing.T) {
	const streams = "http://etherx.jabber.org/streams"
	for _, c := range []struct {
		header        string
		content, want atom.Atom
	}{
		{"<stream:stream xmlns='jabber:client' xmlns:stream='" + streams + "'>", atom.NSClient, atom.Unknown},
		{"<stream:stream xmlns='jabber:server' xmlns:stream='" + streams + "' xmlns:db='jabber:server:dialback'>", atom.NSServer, atom.Unknown},
		{"<stream:stream xmlns='jabber:server' xmlns:stream='" + streams + "'>", atom.NSClient, atom.InvalidNamespace},
		{"<stream:stream xmlns='jabber:client' xmlns:stream='" + streams + "'>", atom.NSServer, atom.InvalidNamespace},
		{"<stream xmlns='" + streams + "'>", atom.NSClient, atom.Unknown}, // RFC 6120 §4.8.2
		{"<stream:stream xmlns='" + streams + "' xmlns:stream='" + streams + "'>", atom.NSClient, atom.InvalidNamespace},
		{"<stream:stream xmlns:stream='" + streams + "'>", atom.NSClient, atom.InvalidNamespace},
		{"<stream:stream xmlns='jabber:client' xmlns:stream='urn:x'>", atom.NSClient, atom.InvalidNamespace},
		{"<s:stream xmlns='jabber:client' xmlns:s='" + streams + "'>", atom.NSClient, atom.BadNamespacePrefix},
		{"<stream:features xmlns='jabber:client' xmlns:stream='" + streams + "'>", atom.NSClient, atom.BadFormat},
		{"<message>", atom.NSClient, atom.InvalidNamespace},
	} {
		if got := CheckHeader(decode(t, c.header), c.content); got != c.want {
			t.Errorf("%s: got %q, want %q", c.header, got, c.want)
		}
	}
}

func TestCheckFirstLevel(t *testing.T) {
	const header = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
	for _, c := range []struct {
		element string
		want    atom.Atom
	}{
		{"<message/>", atom.Unknown},
		{"<presence/>", atom.Unknown},
		{"<iq><query xmlns='jabber:iq:roster'/></iq>", atom.Unknown},
		{"<message xmlns='jabber:client'/>", atom.Unknown},
		{"<message><p:x xmlns:p='urn:p'/></message>", atom.Unknown},
		{"<c:message xmlns:c='jabber:client'/>", atom.BadNamespacePrefix},
		{"<message><c:body xmlns:c='jabber:client'>x</c:body></message>", atom.BadNamespacePrefix},
		{"<message xmlns='jabber:server'/>", atom.InvalidNamespace},
		{"<message xmlns=''/>", atom.InvalidNamespace},
		{"<message xmlns='urn:x'/>", atom.UnsupportedStanzaType},
		{"<message xmlns=' jabber:client'/>", atom.UnsupportedStanzaType},
		{"<stream:message/>", atom.UnsupportedStanzaType},
		{"<Message/>", atom.UnsupportedStanzaType},
		{"<pubsub/>", atom.UnsupportedStanzaType}, // RFC 6120 §4.9.3.24
		{"<r xmlns='urn:xmpp:sm:3'/>", atom.UnsupportedStanzaType},
	} {
		if got := CheckFirstLevel(decode(t, header+c.element), atom.NSClient); got != c.want {
			t.Errorf("%s: got %q, want %q", c.element, got, c.want)
		}
	}
}
