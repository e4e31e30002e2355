package im

import (
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
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

// TestAddressesOfForgeriesAreBounded: those that have to be mapped before they can be compared take so long that a message full of them would keep a loop busy.
func TestAddressesOfForgeriesAreBounded(t *testing.T) {
	const each = "<stanza-id xmlns='urn:xmpp:sid:0' by='É@É'/><delay xmlns='urn:xmpp:delay' from='É'/>"
	pairs := maxClaims / (2*claimCost + len("É@É"+"É"))
	rest := maxClaims - pairs*(2*claimCost+len("É@É"+"É")) - claimCost
	for n, want := range map[int]bool{rest: true, rest + 1: false} {
		last := "<stanza-id xmlns='urn:xmpp:sid:0' by='" + strings.Repeat("x", n) + "'/>"
		e := stanzaOf(t, "<message to='juliet@example.org'><body>x</body>"+strings.Repeat(each, pairs)+last+"</message>")
		if _, ok := strip(e, orchard, balcony.Bare()); ok != want {
			t.Errorf("an address of %d bytes more: %v", n, ok)
		}
	}
}

// TestEachAddressIsLookedAtOnce: what is removed behind the addresses does not make them come again, and one is parsed once for both sides.
func TestEachAddressIsLookedAtOnce(t *testing.T) {
	slow := strings.Repeat("<stanza-id xmlns='urn:xmpp:sid:0' by='É@É'/>", 50)
	allocated := func(children string) float64 {
		var fresh []codec.Element
		for range 2 {
			fresh = append(fresh, stanzaOf(t, "<message to='juliet@example.org'>"+children+"</message>"))
		}
		return testing.AllocsPerRun(len(fresh)-1, func() {
			strip(fresh[0], orchard, balcony.Bare())
			fresh = fresh[1:]
		})
	}
	parsed := 50 * testing.AllocsPerRun(10, func() { balcony.EqualBytes([]byte("É@É")) })
	if n := allocated(slow + strings.Repeat("<sent xmlns='urn:xmpp:carbons:2'/>", maxForged)); n > parsed {
		t.Errorf("%v allocations, those of 50 addresses are %v", n, parsed)
	}
}
