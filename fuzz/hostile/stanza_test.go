package hostile

import (
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/client"
)

const body = "<body>x</body></message>"

// stanzaAttacks are about RFC 6120 §8 and RFC 6121 §8.
var stanzaAttacks = []attack{
	{"somebody else's from", func(m *mallory) {
		for _, from := range []string{"a@localhost", "m0@localhost/other", "", "localhost", "x y@localhost", "\u212a@localhost"} {
			m.fall(m.as("m0", "spoof"), "<message from='"+from+"' to='a@localhost'>"+body, "invalid-from") // RFC 6120 §8.1.2.1
		}
		p := m.as("m0", "spoof")
		for _, from := range []string{"m0@localhost", "m0@localhost/spoof", "M0@LOCALHOST/spoof"} {
			m.hear(p, "<message type='headline' from='"+from+"' to='@me' id='"+from+"'>"+body, "from='m0@localhost/spoof'", "id='"+from+"'")
		}
	}},
	{"IQs that are none", func(m *mallory) {
		p := m.member(plain)
		for _, iq := range []string{
			"<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>",                                             // no id
			"<iq id='1'><ping xmlns='urn:xmpp:ping'/></iq>",                                                 // no type
			"<iq id='1' type='GET'><ping xmlns='urn:xmpp:ping'/></iq>",                                      // an undefined one
			"<iq id='1' type='get'/>",                                                                       // nothing asked
			"<iq id='1' type='get'>text</iq>",                                                               // text is nothing
			"<iq id='1' type='get'><ping xmlns='urn:xmpp:ping'/><ping xmlns='urn:xmpp:ping'/></iq>",         // two things
			"<iq id='1' type='get' to='a@localhost/x'><a xmlns='urn:a'/><b xmlns='urn:b'/></iq>",            // to somebody
			"<iq id='1' type='set' to='localhost'><query xmlns='jabber:iq:roster'/><x xmlns='urn:x'/></iq>", // to the server
		} {
			m.hear(p, iq, "<iq", "type='error'", "<bad-request") // RFC 6120 §8.2.3
		}
		m.hear(p, "<iq id='' type='get'><ping xmlns='urn:xmpp:ping'/></iq>", "type='result'", "id=''")
	}},
	{"requests that nobody handles", func(m *mallory) {
		p := m.member(plain)
		for _, to := range []string{"", "to='localhost'", "to='a@localhost'", "to='ghost@localhost'", "to='a@localhost/none'", "to='ghost@localhost/none'", "to='localhost/none'", "to='@me'"} {
			kind := "service-unavailable"
			if to == "to='@me'" {
				m.hear(p, "<iq type='get' id='self' "+to+"><x xmlns='urn:x'/></iq>", "type='get'", "from='"+p.jid+"'")
				continue
			}
			m.hear(p, "<iq type='get' id='1' "+to+"><x xmlns='urn:x'/></iq>", "type='error'", kind)
		}
		m.hear(p, "<iq type='get' id='1' to='x@other.example'><x xmlns='urn:x'/></iq>", "type='error'", "remote-server-not-found")
		m.hear(p, "<iq type='get' id='1' to='not a jid@'><x xmlns='urn:x'/></iq>", "type='error'", "jid-malformed")
		m.hear(p, "<message id='1' to='"+strings.Repeat("x", 3000)+"@localhost'>"+body, "type='error'", "jid-malformed")
	}},
	{"requests about accounts that are none of our business", func(m *mallory) {
		p := m.member(plain)
		for _, query := range []string{
			"<query xmlns='jabber:iq:last'/>", "<query xmlns='http://jabber.org/protocol/disco#info'/>", "<query xmlns='http://jabber.org/protocol/disco#items'/>",
			"<query xmlns='jabber:iq:version'/>", "<query xmlns='jabber:iq:roster'/>", "<time xmlns='urn:xmpp:time'/>", "<ping xmlns='urn:xmpp:ping'/>",
		} {
			ask := func(who string) string {
				r := m.hear(p, "<iq type='get' id='q' to='"+who+"@localhost'>"+query+"</iq>", "id='q'")
				return strings.ReplaceAll(r.xml, who+"@", "")
			}
			// That one exists, and is online, a stranger must not learn (RFC 6121 §8.5.1).
			if there, not := ask("a"), ask("ghost"); there != not {
				m.Errorf("%s: %s, but somebody who does not exist %s", query, there, not)
			}
		}
		m.hear(p, "<iq type='set' id='q' to='a@localhost'><query xmlns='jabber:iq:roster'><item jid='x@y'/></query></iq>", "type='error'", "forbidden")
	}},
	{"answers to nobody, errors in reply to errors", func(m *mallory) {
		p := m.member(plain)
		for _, to := range []string{"", "localhost", "a@localhost", "ghost@localhost", "a@localhost/none", "x@other.example", "bad jid@"} {
			if to != "" {
				to = " to='" + to + "'"
			}
			for _, s := range []string{"<iq type='result' id='1'%s/>", "<iq type='error' id='1'%s><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
				"<message type='error'%s><body>x</body><error/></message>", "<presence type='error'%s/>"} {
				if strings.HasPrefix(s, "<message") && (to == "" || strings.Contains(to, "'a@")) {
					continue // it would be for somebody
				}
				m.silent(p, fmt.Sprintf(s, to)) // RFC 6120 §8.3.1
			}
		}
	}},
	{"everything to oneself", func(m *mallory) {
		p := m.member(plain)
		m.hear(p, "<message to='@me' id='1'>"+body, "<message", "from='"+p.jid+"'")
		m.hear(p, "<message to='@me' id='2' type='error'>"+body, "<message", "id='2'")
		m.hear(p, "<presence to='@me' id='3'/>", "<presence", "id='3'")
		m.hear(p, "<presence to='@me' id='4' type='unavailable'/>", "<presence", "id='4'")
		m.silent(p, "<presence to='@me' type='subscribe'/>")
		m.hear(p, "<iq type='get' id='5' to='@me'><ping xmlns='urn:xmpp:ping'/></iq>", "<iq", "type='get'")
		m.hear(p, "<iq type='result' id='5' to='@me'/>", "<iq", "type='result'")
	}},
	{"marks of the server, forged", func(m *mallory) {
		p := m.member(plain)
		for i, by := range []string{"a@localhost", "A@LocalHost", "a@localhost\u3002", "a@localhost/x", strings.SplitN(p.jid, "/", 2)[0]} {
			forged := strings.Repeat("<stanza-id xmlns='urn:xmpp:sid:0' by='"+by+"' id='forged'/>", 3)
			m.say(p, "<message to='a@localhost' id='"+strconv.Itoa(i)+"'>"+forged+"<x:stanza-id xmlns:x='urn:xmpp:sid:0' by='"+by+"' id='forged'/>"+body)
		}
		for i, got := range m.delivered(p, 5) {
			trusted := 0
			for c := range got.Element().Children() {
				if string(c.LocalName()) != "stanza-id" {
					continue
				}
				by := strings.ToLower(string(c.Attr(atom.By)))
				if id := string(c.Attr(atom.ID)); by == "a@localhost" || strings.HasPrefix(p.jid, by+"/") {
					if trusted++; id == "forged" {
						m.Errorf("%d: a forged stanza-id arrives (XEP-0359 §3): %s", i, got)
					}
				}
			}
			if trusted != 1 {
				m.Errorf("%d: %d ids: %s", i, trusted, got)
			}
		}
	}},
	{"the same origin-id from others, to others, and twice", func(m *mallory) {
		send := func(p *peer, to, text string) {
			m.say(p, "<message type='chat' to='"+to+"' id='o'><origin-id xmlns='urn:xmpp:sid:0' id='same'/><body>"+text+"</body></message>")
		}
		p, q := m.as("m1", "origin"), m.as("m2", "origin")
		other := m.as("m3", "origin")
		must(m.T, other.available())
		send(p, "a@localhost", "one")
		send(p, "a@localhost", "one") // a retry
		send(q, "a@localhost", "two") // another sender
		send(p, "m3@localhost", "three")
		m.silent(p, "")
		m.silent(q, "")
		m.delivered(p, 1)
		m.delivered(q, 1)
		_, err := other.expect("three")
		must(m.T, err)
	}},
	{"the same origin-id from two devices of an account", func(m *mallory) {
		p, q := m.as("m1", "one"), m.as("m1", "two")
		for i, s := range []*peer{p, q} {
			m.say(s, "<message type='chat' to='a@localhost' id='o'><origin-id xmlns='urn:xmpp:sid:0' id='devices'/><body>"+strconv.Itoa(i)+"</body></message>")
			m.silent(s, "")
		}
		if n := len(m.deliveredFrom(p)) + len(m.deliveredFrom(q)); n != 1 {
			m.Errorf("%d messages arrive, not one: an origin-id is the account's, not the device's", n)
		}
	}},
	{"a flood of requests that is not read", func(m *mallory) {
		p := m.member(plain)
		before := m.w.server.Stats().SlowReaders
		request := []byte("<iq type='get' id='" + strings.Repeat("x", 1000) + "'><ping xmlns='urn:xmpp:ping'/></iq>")
		for p.write(request) == nil { // until the server has enough
		}
		if m.w.server.Stats().SlowReaders != before+1 {
			m.Error("the connection ended for another reason")
		}
	}},
	{"the largest stanza, which grows on its way", func(m *mallory) {
		p := m.member(plain)
		const before, behind = "<message type='chat' id='large' to='dave@localhost'><body><![CDATA[", "]]></body></message>"
		q := m.as("dave", "large")
		must(m.T, q.available())
		m.say(p, before+strings.Repeat("<", codec.DefaultLimits.Bytes-len(before)-len(behind))+behind)
		if r, err := q.expect("id='large'"); err != nil || len(r.xml) < 4*(codec.DefaultLimits.Bytes-200) {
			m.Errorf("%d bytes arrive, %v", len(r.xml), err)
		}
		m.silent(p, "")
	}},
	{"floods of presence to everywhere", func(m *mallory) {
		p := m.member(plain)
		var b strings.Builder
		for i := range 3000 {
			fmt.Fprintf(&b, "<presence to='ghost%d@localhost'/><presence to='a@localhost/r%d'/><presence type='probe' to='ghost%d@localhost'/>", i, i, i)
		}
		m.say(p, b.String())
		_, err := p.usable()
		must(m.T, err)
	}},
	{"presence that is too large, or of no type", func(m *mallory) {
		p := m.member(plain)
		m.hear(p, "<presence><status>"+strings.Repeat("x", 20_000)+"</status></presence>", "type='error'", "policy-violation")
		m.hear(p, "<presence type='available'/>", "type='error'", "bad-request") // RFC 6121 §4.7.1
		for _, priority := range []string{"128", "-129", "1e1", "", " 1", "99999999999999999999", "<x/>"} {
			m.hear(p, "<presence><priority>"+priority+"</priority></presence>", "type='error'", "bad-request")
		}
	}},
}

// bindWar lets sessions take a resource from each other, all at once: in the end one is left, and it works.
func (m *mallory) bindWar() {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 12 {
				p, err := m.w.member(plain, "dave", "war")
				if err != nil {
					continue // somebody was faster
				}
				_ = p.say("<presence/>")
				p.reset()
			}
		})
	}
	wg.Wait()
	p := m.as("dave", "war")
	m.hear(p, "<presence/>", "<presence", "from='"+p.jid+"'")
	m.hear(p, "<message to='dave@localhost' id='peace'>"+body, "id='peace'")
}

// delivered wants n messages of the peer at the sink.
func (m *mallory) delivered(p *peer, n int) []*client.Stanza {
	m.Helper()
	got := m.deliveredFrom(p)
	if len(got) != n {
		m.Errorf("%d messages of %s arrived, want %d", len(got), p.jid, n)
	}
	return got
}

func (m *mallory) deliveredFrom(p *peer) []*client.Stanza {
	m.Helper()
	m.silent(p, "")
	must(m.T, m.w.barrier())
	got, err := m.w.sink.take(p.jid)
	must(m.T, err)
	return got
}
