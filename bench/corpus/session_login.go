package corpus

import (
	"encoding/base64"
	"fmt"
)

// negotiation is what comes before the first stanzas, as Godwit says it: a first login, or one that takes up a stream.
func (s *session) negotiation() {
	if s.chance(60) {
		s.resumption()
		return
	}
	s.bindFeatures()
	id := s.nextID(&s.me)
	s.open("iq", "id", id, "type", "set")
	s.open("bind", "xmlns", "urn:ietf:params:xml:ns:xmpp-bind")
	s.leaf("resource", "phone")
	s.close("bind", "iq")
	s.put("login", true, true)
	s.open("iq", "id", id, "type", "result")
	s.open("bind", "xmlns", "urn:ietf:params:xml:ns:xmpp-bind")
	s.leaf("jid", s.me.address)
	s.close("bind", "iq")
	s.put("login", false, true)
	s.empty("enable", "xmlns", "urn:xmpp:sm:3", "resume", "true")
	s.put("login", true, true)
	s.empty("enabled", "xmlns", "urn:xmpp:sm:3", "id", s.streamName(), "resume", "true", "max", "86400")
	s.put("login", false, true)
	s.up, s.down = 0, 0
}

// resumption takes up a stream in the first flight of a link.
func (s *session) resumption() {
	name := s.streamName()
	s.up, s.down = s.IntN(3000), s.IntN(5000)
	if s.chance(50) {
		s.empty("early", "xmlns", "urn:godwit:link:1", "h", s.number(3000), "max", s.number(4))
		s.out.Stanzas = append(s.out.Stanzas, Stanza{"login", true, true, append([]byte(nil), s.b...)})
		s.b = s.b[:0]
	}
	for _, up := range []bool{true, false} {
		if up {
			s.empty("resume", "xmlns", "urn:xmpp:sm:3", "h", fmt.Sprint(s.down), "previd", name)
		} else {
			s.bindFeatures()
			s.empty("resumed", "xmlns", "urn:xmpp:sm:3", "h", fmt.Sprint(s.up), "previd", name)
		}
		s.out.Stanzas = append(s.out.Stanzas, Stanza{"login", up, true, append([]byte(nil), s.b...)})
		s.b = s.b[:0]
	}
}

// streamName is a name of a stream (XEP-0198) as Godwit makes them.
func (s *session) streamName() string {
	return base64.RawURLEncoding.EncodeToString(s.bytes(16))
}

// bindFeatures are Godwit's features after a login.
func (s *session) bindFeatures() {
	s.b = append(s.b, "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><required/></bind><session xmlns='urn:ietf:params:xml:ns:xmpp-session'><optional/></session>"+
		"<sm xmlns='urn:xmpp:sm:3'/><csi xmlns='urn:xmpp:csi:0'/><ver xmlns='urn:xmpp:features:rosterver'/><sub xmlns='urn:xmpp:features:pre-approval'/>"+
		"<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>262144</max-bytes></limits></stream:features>"...)
	s.out.Stanzas = append(s.out.Stanzas, Stanza{"login", false, true, append([]byte(nil), s.b...)})
	s.b = s.b[:0]
}
