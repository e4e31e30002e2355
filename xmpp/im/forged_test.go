package im

import (
	"strings"
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
	e, ok := strip(stanzaOf(t, head+ours+theirs+ours+tail), orchard, balcony.Bare())
	if got, want := string(xmltext.Encoder{}.AppendElement(nil, e)), head+theirs+tail; got != want || !ok {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestForgeriesAreBounded: a message that is full of them would keep a loop busy. It is refused.
func TestForgeriesAreBounded(t *testing.T) {
	f := newFixture(t, Options{})
	me := f.bind(orchard, new(mailbox), 0)
	for n, refused := range map[int]bool{maxForged: false, maxForged + 1: true} {
		text := "<message from='romeo@example.org/orchard' to='juliet@example.org'><body>x</body>" + strings.Repeat("<sent xmlns='urn:xmpp:carbons:2'/>", n) + "</message>"
		committed := f.Message(f.sender(me), stanzaOf(t, text), balcony.Bare())
		if answer := string(f.out.Buf); committed == refused || strings.Contains(answer, "policy-violation") != refused {
			t.Errorf("%d: %v, %s", n, committed, answer)
		}
	}
	f.committed()
}
