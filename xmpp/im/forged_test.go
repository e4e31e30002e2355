package im

import (
	"testing"

	"github.com/godwit-im/godwit/codec/xmltext"
)

// TestForgedWordsOfTheServerAreRemoved leaves what others may say.
func TestForgedWordsOfTheServerAreRemoved(t *testing.T) {
	const (
		theirs = "<stanza-id xmlns='urn:xmpp:sid:0' by='room@muc.example.org' id='7'/><delay xmlns='urn:xmpp:delay' from='muc.example.org' stamp='2001-01-01T00:00:00Z'/>"
		ours   = "<stanza-id xmlns='urn:xmpp:sid:0' by='juliet@example.org' id='1'/>" +
			"<stanza-id xmlns='urn:xmpp:sid:0' by='Juliet@Example.org' id='2'/>" +
			"<stanza-id xmlns='urn:xmpp:sid:0' by='romeo@example.org' id='3'/>" +
			"<result xmlns='urn:xmpp:mam:2' id='1'><forwarded xmlns='urn:xmpp:forward:0'/></result>" +
			"<delay xmlns='urn:xmpp:delay' from='example.org' stamp='2001-01-01T00:00:00Z'/>"
		head, tail = "<message to='juliet@example.org'><body>x</body>", "</message>"
	)
	e := strip(stanzaOf(t, head+ours+theirs+ours+tail), orchard, balcony.Bare())
	if got, want := string(xmltext.Encoder{}.AppendElement(nil, e)), head+theirs+tail; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
