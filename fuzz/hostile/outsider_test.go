package hostile

import (
	"strings"
	"testing"
)

// outsider does what somebody would who looks for holes, by theme.
func outsider(t *testing.T, w *world) {
	for _, theme := range [][]attack{saslAttacks, sasl2Attacks, streamAttacks, stanzaAttacks, ackAttacks, rosterAttacks, socketAttacks} {
		for _, a := range theme {
			t.Run(a.name, func(t *testing.T) { a.do(&mallory{t, w}) })
		}
	}
}

// attack is one idea.
type attack struct {
	name string
	do   func(m *mallory)
}

// mallory attacks by dialogue, and fails the test when the server does not behave.
type mallory struct {
	*testing.T
	w *world
}

// dial connects.
func (m *mallory) dial(via port) *peer {
	m.Helper()
	p, err := m.w.dial(via)
	must(m.T, err)
	m.Cleanup(p.close)
	return p
}

// open connects and opens the stream.
func (m *mallory) open(via port) *peer {
	m.Helper()
	p := m.dial(via)
	must(m.T, p.open())
	return p
}

// member logs in and is available.
func (m *mallory) member(via port) *peer {
	m.Helper()
	p, err := m.w.attacker(via)
	must(m.T, err)
	m.Cleanup(p.close)
	return p
}

// as logs in to an account.
func (m *mallory) as(account, resource string) *peer {
	m.Helper()
	p, err := m.w.member(plain, account, resource)
	must(m.T, err)
	m.Cleanup(p.close)
	return p
}

// say sends text; @me is the peer's own address.
func (m *mallory) say(p *peer, xml string) {
	m.Helper()
	if err := p.say(strings.ReplaceAll(xml, "@me", p.jid)); hungUp(err) != nil {
		m.Fatal(err)
	}
}

// hear says something and wants an answer that contains all texts, whatever comes before it.
func (m *mallory) hear(p *peer, xml string, texts ...string) reply {
	m.Helper()
	m.say(p, xml)
	r, err := p.expect(texts...)
	if err != nil {
		m.Fatalf("%s: %v", short(xml), err)
	}
	return r
}

// fall says something and wants the stream error and the end.
func (m *mallory) fall(p *peer, xml string, conditions ...string) {
	m.Helper()
	m.say(p, xml)
	all, err := p.rest()
	if err != nil {
		m.Fatalf("%s: %v after %v", short(xml), err, all)
	}
	got, err := outcome(all, p.footer)
	if err != nil {
		m.Fatal(err)
	}
	for _, c := range conditions {
		if got == "stream-error:"+c {
			return
		}
	}
	m.Fatalf("%s: %s, want %q; it says %v", short(xml), got, conditions, all)
}

// silent says something and wants no answer, and the session to go on. Presence of the account's other sessions is no answer.
func (m *mallory) silent(p *peer, xml string) {
	m.Helper()
	m.say(p, xml)
	all, err := p.usable()
	must(m.T, err)
	for _, r := range all {
		if r.name != "presence" || r.from == p.jid || r.typ == "error" {
			m.Fatalf("%s: answered by %s", short(xml), r.xml)
		}
	}
}

func short(s string) string {
	if len(s) > 200 {
		return s[:200] + "…"
	}
	return s
}
