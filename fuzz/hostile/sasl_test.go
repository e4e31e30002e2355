package hostile

import (
	"encoding/base64"
	"fmt"
	"strings"
)

const saslNS = "urn:ietf:params:xml:ns:xmpp-sasl"

// auth is <auth/> with a message.
func auth(mechanism, message string) string {
	return fmt.Sprintf("<auth xmlns='%s' mechanism='%s'>%s</auth>", saslNS, mechanism, base64.StdEncoding.EncodeToString([]byte(message)))
}

func response(message string) string {
	return fmt.Sprintf("<response xmlns='%s'>%s</response>", saslNS, base64.StdEncoding.EncodeToString([]byte(message)))
}

const (
	scram     = "SCRAM-SHA-1"
	firstOfM0 = "n,,n=m0,r=abcdefghijklmnop"
)

// saslAttacks are about RFC 6120 §6.
var saslAttacks = []attack{
	{"a response without auth, an abort without auth, then a good login", func(m *mallory) {
		p := m.open(plain)
		m.hear(p, response("x"), "<failure", "malformed-request")
		m.hear(p, "<abort xmlns='"+saslNS+"'/>", "<failure", "aborted") // §6.4.4
		must(m.T, p.authenticate("m0"))
		must(m.T, p.bind("sasl"))
	}},
	{"an abort in the middle, then a good login", func(m *mallory) {
		p := m.open(plain)
		m.hear(p, auth(scram, firstOfM0), "<challenge")
		m.hear(p, "<abort xmlns='"+saslNS+"'/>", "<failure", "aborted")
		m.hear(p, response("c=biws,r=x,p=eA=="), "<failure", "malformed-request") // the exchange is no more
		must(m.T, p.authenticate("m0"))
	}},
	{"mechanisms that were not offered", func(m *mallory) {
		for _, name := range []string{"GSSAPI", "", "SCRAM-SHA-1-PLUS", "scram-sha-1", strings.Repeat("X", 2000)} {
			m.hear(m.open(plain), auth(name, "\x00m0\x00"+password), "<failure", "invalid-mechanism")
		}
		m.hear(m.open(plain), "<auth xmlns='"+saslNS+"'/>", "<failure", "invalid-mechanism")
	}},
	{"a password in the clear", func(m *mallory) {
		m.hear(m.open(plain), auth("PLAIN", "\x00m0\x00"+password), "<failure", "encryption-required")
		m.hear(m.open(starttls), auth("PLAIN", "\x00m0\x00"+password), "<failure", "encryption-required") // §6.5.4
	}},
	{"messages that are no base64", func(m *mallory) {
		for _, text := range []string{"*", "eA", "eA=", "eA==eA==", " eA==", "eA==\n", "=eA=", "eB=="} {
			m.hear(m.open(plain), "<auth xmlns='"+saslNS+"' mechanism='"+scram+"'>"+text+"</auth>", "<failure", "incorrect-encoding")
		}
	}},
	{"first messages that are no SCRAM", func(m *mallory) {
		for _, text := range []string{
			"n", "n,,", "n,,n=,r=abc", "n,,n=m0", "n,,r=abc,n=m0", "y,,n=m0,r=", "n,,m=x,n=m0,r=abc", "n,,n=m=0,r=abc", "n,,n=m0,r=a\x00b",
			"p=tls-exporter,,n=m0,r=abc", "n,,n=" + strings.Repeat("a", 2000) + ",r=abc", "n,,n=\xff,r=abc", "n,,n=m0@localhost,r=abc",
		} {
			m.hear(m.open(plain), auth(scram, text), "<failure")
		}
		p := m.open(plain)
		m.hear(p, auth(scram, ""), "<challenge", ">=<") // §6.4.2: the client was to begin
		m.hear(p, response(""), "<failure")
	}},
	{"somebody else's authorization identity", func(m *mallory) {
		for _, id := range []string{"victim@localhost", "victim", "m0@localhost/x", "localhost", "m0@other.example"} {
			p := m.open(direct)
			m.hear(p, auth("PLAIN", id+"\x00m0\x00"+password), "<failure", "invalid-authzid") // §6.3.8
		}
		m.hear(m.open(direct), auth("PLAIN", "m0@localhost\x00m0\x00"+password), "<success")
	}},
	{"an account that does not exist is told nothing else than a wrong password", func(m *mallory) {
		known := m.hear(m.open(direct), auth("PLAIN", "\x00m0\x00wrong"), "<failure")
		unknown := m.hear(m.open(direct), auth("PLAIN", "\x00ghost\x00wrong"), "<failure")
		if known.xml != unknown.xml {
			m.Errorf("known %s, unknown %s", known.xml, unknown.xml)
		}
	}},
	{"too large a message", func(m *mallory) {
		m.fall(m.open(plain), auth(scram, strings.Repeat("x", 10_000)), "policy-violation")
	}},
	{"many failures", func(m *mallory) {
		p := m.open(direct)
		m.fall(p, strings.Repeat(auth("PLAIN", "\x00m0\x00wrong"), 10), "policy-violation") // §6.4.5: two to five retries
		m.fall(m.open(plain), strings.Repeat(auth("NONE", "x"), 100), "policy-violation")   // no attempt, but there is an end to all
	}},
	{"many exchanges that are never finished", func(m *mallory) {
		p := m.open(plain)
		m.fall(p, strings.Repeat(auth(scram, firstOfM0), 100), "policy-violation")
	}},
	{"a stanza behind auth, before the answer", func(m *mallory) {
		p := m.open(plain)
		m.fall(p, auth(scram, firstOfM0)+"<message to='a@localhost'><body>early</body></message>", "not-authorized")
	}},
	{"a stanza behind success, without a new stream", func(m *mallory) {
		p := m.open(direct)
		m.say(p, auth("PLAIN", "\x00m0\x00"+password)+"<message to='a@localhost'><body>early</body></message>")
		_, err := p.expect("<success")
		must(m.T, err)
		p.decoder.Restart()
		m.fall(p, "", "invalid-namespace", "not-well-formed", "bad-format")
	}},
	{"a login inside of a login", func(m *mallory) {
		m.fall(m.member(plain), auth(scram, firstOfM0), "unsupported-stanza-type")
	}},
	{"a challenge and success of our own", func(m *mallory) {
		p := m.open(plain)
		m.hear(p, "<success xmlns='"+saslNS+"'/>", "<failure")
		m.hear(p, "<challenge xmlns='"+saslNS+"'/>", "<failure")
	}},
}
