package hostile

import (
	"fmt"
	"strings"
)

const smNS = "urn:xmpp:sm:3"

func sm(name, attributes string) string {
	return "<" + name + " xmlns='" + smNS + "' " + attributes + "/>"
}

// ackAttacks are lies in XEP-0198.
var ackAttacks = []attack{
	{"acks before there are any", func(m *mallory) {
		m.fall(m.member(plain), sm("a", "h='0'"), "bad-format", "policy-violation", "undefined-condition")
		m.silent(m.member(plain), sm("r", ""))
	}},
	{"enabled twice", func(m *mallory) {
		p := m.member(plain)
		m.hear(p, sm("enable", ""), "<enabled")
		m.hear(p, sm("enable", "resume='true'"), "<failed", "unexpected-request") // §3
	}},
	{"enabled and resumed too early", func(m *mallory) {
		for _, e := range []string{sm("enable", ""), sm("resume", "h='0' previd='x'")} {
			p := m.open(plain)
			must(m.T, p.authenticate("m0"))
			p.decoder.Restart()
			must(m.T, p.open())
			m.hear(p, e, "<failed") // §3, §5
			m.hear(p, bindRequest("sm"), "type='result'")
		}
	}},
	{"resumed when bound", func(m *mallory) {
		m.hear(m.member(plain), sm("resume", "h='0' previd='x'"), "<failed")
	}},
	{"more acked than was sent", func(m *mallory) {
		for _, h := range []string{"1", "2147483648", "4294967295"} {
			p := m.member(plain)
			m.hear(p, sm("enable", ""), "<enabled")
			m.fall(p, sm("a", "h='"+h+"'"), "undefined-condition") // §4
		}
	}},
	{"counts that are none", func(m *mallory) {
		for _, h := range []string{"h=''", "h='-1'", "h='4294967296'", "h='99999999999999999999'", "h='0x1'", "h=' 0'", "h='+0'", ""} {
			p := m.member(plain)
			m.hear(p, sm("enable", ""), "<enabled")
			m.fall(p, sm("a", h), "bad-format")
		}
	}},
	{"a count that goes back", func(m *mallory) {
		p := m.member(plain)
		m.hear(p, sm("enable", ""), "<enabled")
		for range 5 {
			_, err := p.usable()
			must(m.T, err)
		}
		m.silentAck(p, sm("a", "h='3'"))
		m.silentAck(p, sm("a", "h='3'"))
		m.fall(p, sm("a", "h='2'"), "undefined-condition")
	}},
	{"what is not acknowledged is not forgotten by a lie", func(m *mallory) {
		victim := m.as("dave", "lie")
		m.hear(victim, sm("enable", ""), "<enabled")
		must(m.T, victim.available())
		p := m.member(plain)
		m.say(p, "<message to='dave@localhost' id='kept'><body>kept</body></message>")
		_, err := victim.expect("id='kept'")
		must(m.T, err)
		m.fall(victim, sm("a", "h='1000'"), "undefined-condition")
		again := m.as("dave", "lie")
		m.hear(again, "<presence/>", "id='kept'")
	}},
	{"a flood of questions", func(m *mallory) {
		p := m.member(plain)
		m.hear(p, sm("enable", ""), "<enabled")
		const n = 5000
		go p.say(strings.Repeat(sm("r", ""), n))
		for range n {
			_, err := p.expect("<a", "h='0'")
			must(m.T, err)
		}
	}},
	{"elements of acks that the client may not send", func(m *mallory) {
		for _, name := range []string{"enabled", "failed", "resumed", "sm", "nonsense"} {
			m.fall(m.member(plain), sm(name, ""), "unsupported-stanza-type")
		}
	}},
	{"a reader that acks nothing", func(m *mallory) {
		victim := m.as("dave", "mute")
		m.hear(victim, sm("enable", ""), "<enabled")
		must(m.T, victim.available())
		m.unread(victim, 1500)
	}},
	{"a reader that reads nothing", func(m *mallory) {
		victim := m.as("victim", "slow")
		must(m.T, victim.available())
		p := m.member(plain)
		const n, size = 1500, 4000
		for i := range n {
			m.say(p, fmt.Sprintf("<message to='victim@localhost' type='chat' id='slow%d'><body>%s</body></message>", i, strings.Repeat("x", size)))
			if i%100 == 0 {
				_, err := p.usable()
				must(m.T, err)
			}
		}
		_, err := p.usable()
		must(m.T, err)
		for i := range n { // and now everything, in order
			r, err := victim.expect("<message")
			must(m.T, err)
			if want := fmt.Sprintf("slow%d", i); r.id != want {
				m.Fatalf("%s comes instead of %s", r.id, want)
			}
		}
	}},
}

// silentAck is silent for acks: a question of the server is allowed.
func (m *mallory) silentAck(p *peer, xml string) {
	m.Helper()
	m.say(p, xml)
	all, err := p.usable()
	must(m.T, err)
	for _, r := range all {
		if r.isError {
			m.Fatalf("%s: %s", xml, r.xml)
		}
	}
}

// unread sends more to a victim that acks nothing than the server keeps for it: it stops, or ends the session, and loses nothing.
func (m *mallory) unread(victim *peer, n int) {
	p := m.member(plain)
	go func() {
		for i := range n {
			_ = p.say(fmt.Sprintf("<message to='dave@localhost' type='chat' id='mute%d'><body>x</body></message>", i))
		}
	}()
	seen := 0
	for seen < 400 { // it stops at c2s.Server.MaxUnacked, other stanzas included
		r, err := victim.expect("<message")
		must(m.T, err)
		if strings.HasPrefix(r.id, "mute") {
			seen++
		}
	}
	victim.reset()
	again := m.as("dave", "mute")
	m.say(again, "<presence/>")
	for i := 0; i < n; {
		r, err := again.expect("<message")
		must(m.T, err)
		if !strings.HasPrefix(r.id, "mute") {
			continue
		}
		if want := fmt.Sprintf("mute%d", i); r.id != want {
			m.Fatalf("%s comes instead of %s", r.id, want)
		}
		i++
	}
}
