package hostile

import (
	"encoding/base64"
	"strings"
)

const (
	sasl2NS = "urn:xmpp:sasl:2"
	agentOf = "<user-agent id='d4565fa7-4d72-4749-b3d3-740edbf87770'/>"
)

// authenticate2 is <authenticate/> with a message, and what else it holds.
func authenticate2(mechanism, message, inline string) string {
	return "<authenticate xmlns='" + sasl2NS + "' mechanism='" + mechanism + "'><initial-response>" +
		base64.StdEncoding.EncodeToString([]byte(message)) + "</initial-response>" + inline + "</authenticate>"
}

// guess is a login with a token that nobody has.
func guess(account, inline string) string {
	return authenticate2("HT-SHA-256-NONE", account+"\x00"+strings.Repeat("g", 32), agentOf+"<fast xmlns='urn:xmpp:fast:0'"+inline+"/>")
}

// sasl2Attacks are about XEP-0388, XEP-0386 and XEP-0484.
var sasl2Attacks = []attack{
	{"SASL2 in the clear", func(m *mallory) {
		m.hear(m.open(plain), authenticate2(scram, firstOfM0, ""), "<failure", "encryption-required")
	}},
	{"guessed tokens", func(m *mallory) {
		m.fall(m.open(direct), strings.Repeat(guess("m0", ""), 10), "policy-violation")
		known := m.hear(m.open(direct), guess("m0", ""), "<failure")
		unknown := m.hear(m.open(direct), guess("ghost", " count='1' invalidate='true'"), "<failure")
		if known.xml != unknown.xml {
			m.Errorf("known %s, unknown %s", known.xml, unknown.xml)
		}
	}},
	{"a token in the clear, and one by the old form", func(m *mallory) {
		m.hear(m.open(plain), guess("m0", ""), "<failure", "encryption-required")
		m.hear(m.open(direct), auth("HT-SHA-256-NONE", "m0\x00"+strings.Repeat("g", 32)), "<failure", "invalid-mechanism")
	}},
	{"a request for very much", func(m *mallory) {
		m.fall(m.open(direct), authenticate2("PLAIN", "\x00m0\x00"+password, strings.Repeat("<x/>", 100)), "policy-violation")
		long := strings.Repeat("x", 3000)
		p := m.open(direct)
		m.hear(p, authenticate2("PLAIN", "\x00m0\x00"+password, "<user-agent id='d4565fa7-4d72-4749-b3d3-740edbf87770'><software>"+long+"</software></user-agent>"+
			"<bind xmlns='urn:xmpp:bind:0'><tag>"+long+"</tag></bind>"), "<success", "<bound")
	}},
	{"ids of user-agents that are none", func(m *mallory) {
		for _, id := range []string{"x", "d4565fa7-4d72-4749-b3d3-740edbf8777", "../../etc/passwd", strings.Repeat("0", 1000)} {
			m.hear(m.open(direct), authenticate2("PLAIN", "\x00m0\x00"+password, "<user-agent id='"+id+"'/>"), "<failure", "malformed-request")
		}
	}},
	{"something else during the login", func(m *mallory) {
		for _, other := range []string{"<message/>", auth(scram, firstOfM0), authenticate2(scram, firstOfM0, ""), "<r xmlns='urn:xmpp:sm:3'/>"} {
			p := m.open(direct)
			m.hear(p, authenticate2(scram, firstOfM0, ""), "<challenge")
			m.fall(p, other, "policy-violation")
		}
	}},
	{"a login behind a login", func(m *mallory) {
		m.fall(m.open(direct), strings.Repeat(authenticate2("PLAIN", "\x00m0\x00"+password, ""), 2), "unsupported-stanza-type")
	}},
}
