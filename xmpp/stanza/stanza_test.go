package stanza_test

import (
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/xmpp/stanza"
)

// parse returns the element of the text, as a client's stream would hold it.
func parse(t testing.TB, text string) codec.Element {
	t.Helper()
	d := xmltext.NewDecoder(&codec.Limits{})
	t.Cleanup(d.Close)
	p := []byte("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>" + text)
	s := new(codec.Scratch)
	for len(p) > 0 {
		n, event, err := d.Decode(p, s)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if event == codec.EventElement {
			return s.Tree.Root()
		}
		p = p[n:]
	}
	t.Fatalf("%s is no element", text)
	return codec.Element{}
}

func text(e codec.Element) string { return string(xmltext.Encoder{}.AppendElement(nil, e)) }

func TestKindOf(t *testing.T) {
	for text, want := range map[string]stanza.Kind{
		"<message/>":                         stanza.Message,
		"<presence/>":                        stanza.Presence,
		"<iq/>":                              stanza.IQ,
		"<message xmlns='jabber:server'/>":   stanza.None,
		"<c:iq xmlns:c='jabber:client'/>":    stanza.IQ,
		"<stream:error/>":                    stanza.None,
		"<body/>":                            stanza.None,
		"<presence xmlns='urn:xmpp:sm:3'/>":  stanza.None,
		"<a xmlns='urn:xmpp:sm:3' h='1'/>":   stanza.None,
		"<message xmlns=''/>":                stanza.None,
		"<Message/>":                         stanza.None,
		"<x:message xmlns:x='urn:example'/>": stanza.None,
	} {
		if got := stanza.KindOf(parse(t, text)); got != want {
			t.Errorf("%s: %d, want %d", text, got, want)
		}
	}
}

func TestType(t *testing.T) {
	for _, tt := range []struct {
		text string
		want atom.Atom
		ok   bool
	}{
		{"<message/>", atom.Normal, true}, // RFC 6121 §5.2.2
		{"<message type='normal'/>", atom.Normal, true},
		{"<message type='chat'/>", atom.Chat, true},
		{"<message type='groupchat'/>", atom.GroupChat, true},
		{"<message type='headline'/>", atom.Headline, true},
		{"<message type='error'/>", atom.Error, true},
		{"<message type='get'/>", atom.Normal, true},
		{"<message type='love letter'/>", atom.Normal, true},
		{"<message type=''/>", atom.Normal, true},
		{"<presence/>", atom.Unknown, true}, // available
		{"<presence type='unavailable'/>", atom.Unavailable, true},
		{"<presence type='subscribe'/>", atom.Subscribe, true},
		{"<presence type='subscribed'/>", atom.Subscribed, true},
		{"<presence type='unsubscribe'/>", atom.Unsubscribe, true},
		{"<presence type='unsubscribed'/>", atom.Unsubscribed, true},
		{"<presence type='probe'/>", atom.Probe, true},
		{"<presence type='error'/>", atom.Error, true},
		{"<presence type='available'/>", atom.Unknown, false},
		{"<presence type='get'/>", atom.Unknown, false},
		{"<presence type=''/>", atom.Unknown, false},
		{"<iq/>", atom.Unknown, false},
		{"<iq type='get'/>", atom.Get, true},
		{"<iq type='set'/>", atom.Set, true},
		{"<iq type='result'/>", atom.Result, true},
		{"<iq type='error'/>", atom.Error, true},
		{"<iq type='chat'/>", atom.Unknown, false},
		{"<iq type='GET'/>", atom.Unknown, false},
		{"<x type='get'/>", atom.Unknown, false},
		{"<x/>", atom.Unknown, false},
	} {
		if got, ok := stanza.Type(parse(t, tt.text)); got != tt.want || ok != tt.ok {
			t.Errorf("%s: %v, %v, want %v, %v", tt.text, got, ok, tt.want, tt.ok)
		}
	}
}

const (
	hints     = "xmlns='urn:xmpp:hints'"
	composing = "<composing xmlns='http://jabber.org/protocol/chatstates'/>"
)

func TestStorable(t *testing.T) {
	for _, tt := range []struct {
		text string
		want bool
	}{
		{"<message><body>x</body></message>", true},
		{"<message type='chat'><body>x</body></message>", true},
		{"<message type='love letter'><body>x</body></message>", true},
		{"<message type='headline'><body>x</body></message>", false}, // XEP-0160 §3
		{"<message type='groupchat'><body>x</body></message>", false},
		{"<message type='error'><body>x</body></message>", false},
		{"<message/>", false},
		{"<message>text</message>", false},
		{"<message><body/></message>", true},
		{"<message><subject>x</subject></message>", true},
		{"<message><thread>x</thread></message>", false},
		{"<message type='chat'>" + composing + "</message>", false},
		{"<message type='chat'>" + composing + "<thread>x</thread></message>", false},
		{"<message type='chat'>" + composing + "<body>x</body></message>", true},
		{"<message type='chat'>" + composing + "<origin-id xmlns='urn:xmpp:sid:0' id='o'/></message>", false},
		{"<message><origin-id xmlns='urn:xmpp:sid:0' id='o'/></message>", false},
		{"<message type='chat'><origin-id xmlns='urn:xmpp:sid:0' id='o'/><body>x</body></message>", true},
		{"<message><received xmlns='urn:xmpp:receipts' id='x'/></message>", true},
		{"<message><x xmlns='jabber:x:oob'/></message>", true},
		{"<message><body>x</body><no-store " + hints + "/></message>", false}, // XEP-0334 §4
		{"<message><no-store " + hints + "/><body>x</body></message>", false},
		{"<message><body>x</body><no-permanent-store " + hints + "/></message>", true}, // §3.3: it waits for its recipient all the same
		{"<message><no-permanent-store " + hints + "/></message>", false},
		{"<message><body>x</body><no-permanent-store " + hints + "/><no-store " + hints + "/></message>", false},
		{"<message><body>x</body><no-copy " + hints + "/></message>", true},
		{"<message><no-copy " + hints + "/></message>", false},
		{"<message type='chat'>" + composing + "<store " + hints + "/></message>", true},
		{"<message><store " + hints + "/></message>", true},
		{"<message type='headline'><body>x</body><store " + hints + "/></message>", false},
		{"<message><store " + hints + "/><no-store " + hints + "/></message>", false},
	} {
		if got := stanza.Storable(parse(t, tt.text)); got != tt.want {
			t.Errorf("%s: %v", tt.text, got)
		}
	}
}

func TestOriginID(t *testing.T) {
	for text, want := range map[string]string{
		"<message><origin-id xmlns='urn:xmpp:sid:0' id='o1'/></message>":                                            "o1",
		"<message><origin-id xmlns='urn:xmpp:sid:0' id='o1'/><origin-id xmlns='urn:xmpp:sid:0' id='o2'/></message>": "o1",
		"<message><stanza-id xmlns='urn:xmpp:sid:0' id='s1' by='a'/></message>":                                     "",
		"<message><origin-id xmlns='urn:xmpp:sid:1' id='o1'/></message>":                                            "",
		"<message id='m1'/>": "",
		"<message><x xmlns='urn:x'><origin-id xmlns='urn:xmpp:sid:0' id='o1'/></x></message>": "",
	} {
		if got := stanza.OriginID(parse(t, text)); string(got) != want || (want == "") != (got == nil) {
			t.Errorf("%s: %q", text, got)
		}
	}
}

// TestReadingAllocatesNothing holds for what is asked of every stanza.
func TestReadingAllocatesNothing(t *testing.T) {
	e := parse(t, "<message type='chat' id='m'><body>x</body>"+composing+"<origin-id xmlns='urn:xmpp:sid:0' id='o1'/></message>")
	n := testing.AllocsPerRun(100, func() {
		_, ok := stanza.Type(e)
		if stanza.KindOf(e) != stanza.Message || !ok || !stanza.Storable(e) || len(stanza.OriginID(e)) != 2 || !stanza.MayAnswer(e) {
			t.Fatal("the message is another one")
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}
