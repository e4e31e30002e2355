package hostile

import (
	"fmt"
	"strings"
)

func rosterSet(item string) string {
	return "<iq type='set' id='r'><query xmlns='jabber:iq:roster'>" + item + "</query></iq>"
}

// rosterAttacks are about RFC 6121 §2 and §3.
var rosterAttacks = []attack{
	{"contacts that are none", func(m *mallory) {
		p := m.as("m4", "roster")
		for item, want := range map[string]string{
			"":                                   "bad-request",
			"<item/>":                            "bad-request",
			"<item jid=''/>":                     "jid-malformed",
			"<item jid='@x'/>":                   "jid-malformed",
			"<item jid='a b@x'/>":                "jid-malformed",
			"<item jid='x@y'/><item jid='z@y'/>": "bad-request",
			"<item jid='" + strings.Repeat("x", 1024) + "@y'/>":                       "jid-malformed",
			"<item jid='x@y' name='" + strings.Repeat("n", 1024) + "'/>":              "not-acceptable",
			"<item jid='x@y'><group/></item>":                                         "not-acceptable",
			"<item jid='x@y'><group>g</group><group>g</group></item>":                 "bad-request",
			"<item jid='x@y'>" + groups(101) + "</item>":                              "not-acceptable",
			"<item jid='none@y' subscription='remove'/>":                              "item-not-found",
			"<item jid='m4@localhost'/>":                                              "not-allowed",
			"<item jid='x@y'><group>" + strings.Repeat("g", 1024) + "</group></item>": "not-acceptable",
		} {
			m.hear(p, rosterSet(item), "type='error'", want)
		}
	}},
	{"names that break out", func(m *mallory) {
		p := m.as("m4", "roster")
		m.hear(p, "<iq type='get' id='g'><query xmlns='jabber:iq:roster'/></iq>", "type='result'", "id='g'")
		name := "&lt;/query>&lt;x a=&quot;&apos;&amp;&#9;&#10;&#13;\u202e"
		m.hear(p, rosterSet("<item jid='odd@y' subscription='both' ask='subscribe' approved='true' name='"+name+"'><group>]]&gt;&lt;</group></item>"), "type='result'", "id='r'")
		r := m.hear(p, "<iq type='get' id='h'><query xmlns='jabber:iq:roster'/></iq>", "odd@y", "id='h'")
		for _, want := range []string{"subscription='none'", "&lt;/query", "]]&gt;&lt;"} {
			if !strings.Contains(r.xml, want) {
				m.Errorf("%s is not in %s", want, r.xml)
			}
		}
		if strings.Contains(r.xml, "ask=") || strings.Contains(r.xml, "approved=") {
			m.Errorf("the client made itself a subscriber: %s", r.xml)
		}
	}},
	{"requests for presence to very many who are not there", func(m *mallory) {
		p := m.as("m5", "roster")
		const n = maxRoster + 50
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "<presence type='subscribe' id='s%d' to='ghost%d@localhost'/>", i, i)
		}
		go p.say(b.String())
		r, err := p.expect("type='error'")
		must(m.T, err)
		if r.condition != "policy-violation" || r.id != fmt.Sprintf("s%d", maxRoster) {
			m.Errorf("the first refused is %s", r.xml)
		}
		_, err = p.expect(fmt.Sprintf("id='s%d'", n-1))
		must(m.T, err)
	}},
	{"subscription stanzas that were not asked for", func(m *mallory) {
		p, victim := m.as("m6", "roster"), m.as("victim", "roster")
		must(m.T, victim.available())
		m.hear(victim, "<iq type='get' id='g'><query xmlns='jabber:iq:roster'/></iq>", "type='result'", "id='g'")
		for _, kind := range []string{"subscribed", "unsubscribe", "unsubscribed"} {
			m.say(p, "<presence type='"+kind+"' to='victim@localhost'/>")
		}
		m.silent(p, "<presence type='subscribe'/>") // to nobody
		m.silent(victim, "")
		r := m.hear(victim, "<iq type='get' id='h'><query xmlns='jabber:iq:roster'/></iq>", "id='h'")
		if strings.Contains(r.xml, "m6@") {
			m.Errorf("the victim's roster: %s", r.xml)
		}
		for range 3 { // once asked is enough
			m.say(p, "<presence type='subscribe' to='victim@localhost/any'/>")
		}
		_, err := p.usable()
		must(m.T, err)
		all, err := victim.usable()
		must(m.T, err)
		if len(all) != 1 || all[0].typ != "subscribe" || all[0].from != "m6@localhost" {
			m.Errorf("the victim hears %v", all)
		}
		m.hear(p, "<iq type='get' id='g'><query xmlns='jabber:iq:roster'/></iq>", "id='g'")
		m.hear(p, "<presence type='probe' to='victim@localhost' id='spy'/>", "type='unsubscribed'") // RFC 6121 §4.3.2
	}},
}

func groups(n int) (s string) {
	for i := range n {
		s += fmt.Sprintf("<group>%d</group>", i)
	}
	return s
}
