package hostile

import (
	"strings"
)

func headerTo(attributes string) string {
	return "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' " + attributes + ">"
}

const starttlsRequest = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"

func bindRequest(resource string) string {
	return "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>" + resource + "</resource></bind></iq>"
}

// streamAttacks are about RFC 6120 §4, §5 and §7.
var streamAttacks = []attack{
	{"headers that ask for what is not here", func(m *mallory) {
		for attributes, want := range map[string]string{
			"version='1.0'":                             "host-unknown",
			"to='' version='1.0'":                       "host-unknown",
			"to='other.example' version='1.0'":          "host-unknown",
			"to='a@localhost' version='1.0'":            "host-unknown",
			"to='localhost/x' version='1.0'":            "host-unknown",
			"to='local host' version='1.0'":             "host-unknown",
			"to='localhost'":                            "unsupported-version", // §4.7.5
			"to='localhost' version='0.9'":              "unsupported-version",
			"to='localhost' version='x'":                "unsupported-version",
			"to='localhost' version=''":                 "unsupported-version",
			"to='localhost' xmlns='x' version='1.0'":    "not-well-formed",
			"to='localhost' version='1.0' to='a.other'": "not-well-formed",
		} {
			m.fall(m.dial(plain), headerTo(attributes), want)
		}
		must(m.T, m.dial(plain).say(headerTo("to='LOCALHOST' version='1.0'")))
	}},
	{"a language that breaks out of its quotes", func(m *mallory) {
		p := m.dial(plain)
		lang := "&apos; &lt;x/>" + strings.Repeat("&quot;", 100)
		m.hear(p, headerTo("to='localhost' version='1.0' xml:lang='"+lang+"'"), "features") // the peer's decoder looks at the form
	}},
	{"another host, or another name, after login", func(m *mallory) {
		p := m.open(plain)
		must(m.T, p.authenticate("m0"))
		p.decoder.Restart()
		m.fall(p, headerTo("to='other.example' version='1.0'"), "host-unknown")
		q := m.open(plain)
		must(m.T, q.authenticate("m0"))
		q.decoder.Restart()
		m.fall(q, headerTo("from='victim@localhost' to='localhost' version='1.0'"), "invalid-from") // §4.9.3.9
	}},
	{"a stanza before there is a resource", func(m *mallory) {
		for _, e := range []string{"<message to='a@localhost'><body>early</body></message>", "<presence/>", "<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>"} {
			p := m.open(plain)
			must(m.T, p.authenticate("m0"))
			p.decoder.Restart()
			must(m.T, p.open())
			m.fall(p, e, "not-authorized") // §7.1
		}
	}},
	{"resources that are none", func(m *mallory) {
		p := m.open(plain)
		must(m.T, p.authenticate("m0"))
		p.decoder.Restart()
		must(m.T, p.open())
		for _, r := range []string{strings.Repeat("x", 1024), "a&#x200E;\u0378", "\u0085"} {
			m.hear(p, bindRequest(r), "type='error'", "bad-request") // §7.7.2.1
		}
		m.hear(p, "<iq type='set'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", "type='error'", "bad-request")
		m.hear(p, bindRequest("victim@localhost/&lt;x/&gt;"), "<jid>m0@localhost/victim@localhost/&lt;x/") // odd, and ours
	}},
	{"a second resource", func(m *mallory) {
		p := m.member(plain)
		m.hear(p, bindRequest("second"), "type='error'")
		m.silent(p, "")
	}},
	{"the resource of a session that is there", func(m *mallory) {
		old := m.as("dave", "mine")
		next := m.as("dave", "mine")
		m.fall(old, "", "conflict") // §7.7.2.2
		m.silent(next, "")
	}},
	{"too many sessions", func(m *mallory) {
		for i := range m.w.router.MaxSessions {
			m.as("dave", "s"+string(rune('a'+i)))
		}
		p := m.open(plain)
		must(m.T, p.authenticate("dave"))
		p.decoder.Restart()
		must(m.T, p.open())
		m.hear(p, bindRequest("one more"), "type='error'", "resource-constraint", "wait") // §7.6.2.1
		m.hear(p, bindRequest("sa"), "type='result'")                                     // which replaces one
	}},
	{"a war for a resource", func(m *mallory) { m.bindWar() }},
	{"STARTTLS where there is none, and twice", func(m *mallory) {
		p := m.open(plain)
		m.hear(p, starttlsRequest, "<failure")
		q := m.open(starttls)
		must(m.T, q.startTLS())
		must(m.T, q.open())
		m.hear(q, starttlsRequest, "<failure")
		if all, err := q.rest(); err != nil || len(all) != 1 || !q.footer { // §5.4.2.2
			m.Errorf("after <failure/>: %v, %v", all, err)
		}
		m.fall(m.member(plain), starttlsRequest, "unsupported-stanza-type")
	}},
	{"bytes behind the request for TLS", func(m *mallory) {
		for _, behind := range []string{"<message to='a@localhost'><body>injected</body></message>", auth(scram, firstOfM0), "\n<presence/>", "<", "\x16\x03\x01"} {
			p := m.open(starttls)
			m.say(p, starttlsRequest+behind)
			for {
				r, err := p.next()
				if err != nil {
					break
				}
				if r.name != "proceed" {
					m.Errorf("%q behind <starttls/> is answered: %s", behind, r.xml)
				}
			}
		}
	}},
	{"a line break behind the request for TLS", func(m *mallory) { // which carries nothing
		p := m.open(starttls)
		m.hear(p, starttlsRequest+"\n", "<proceed")
		p.decoder.Restart()
		must(m.T, p.secure())
		must(m.T, p.open())
		must(m.T, p.authenticate("m0"))
	}},
	{"the end of the stream in the middle of a login", func(m *mallory) {
		for _, via := range []port{plain, starttls, direct} {
			p := m.open(via)
			m.say(p, "</stream:stream>")
			if all, err := p.rest(); err != nil || len(all) != 1 || !p.footer {
				m.Errorf("%v: %v, %v", via, all, err)
			}
		}
	}},
}
