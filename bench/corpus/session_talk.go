package corpus

import (
	"fmt"
	"strings"
)

// talk is a few messages between the user and a contact.
func (s *session) talk(p *contact) {
	for range 1 + s.IntN(6) {
		s.now += int64(s.IntN(60))
		if s.chance(50) {
			s.hear(p)
		} else {
			s.say(p)
		}
	}
}

func (s *session) hear(p *contact) {
	if s.chance(60) {
		s.stateFrom(p, "composing")
	}
	id := s.nextID(&p.device)
	s.open("message", "from", p.address, "to", s.out.Account, "type", "chat", "id", id, "xml:lang", p.lang)
	s.content(id, s.text())
	switch s.IntN(12) {
	case 0:
		s.empty("replace", "xmlns", "urn:xmpp:message-correct:0", "id", id)
	case 1:
		if p.mine != "" {
			s.empty("reply", "xmlns", "urn:xmpp:reply:0", "to", s.me.address, "id", p.mine)
		}
	}
	s.stanzaID()
	s.close("message")
	s.put("message", false, p.own)
	p.last = id
	s.acks(false)
	s.open("message", "to", p.address, "type", "chat", "id", s.nextID(&s.me))
	s.empty("received", "xmlns", "urn:xmpp:receipts", "id", id)
	s.empty("store", "xmlns", "urn:xmpp:hints")
	s.close("message")
	s.put("receipt", true, p.own)
	if s.chance(60) {
		s.open("message", "to", p.bare, "type", "chat", "id", s.nextID(&s.me))
		s.empty("displayed", "xmlns", "urn:xmpp:chat-markers:0", "id", id)
		s.empty("store", "xmlns", "urn:xmpp:hints")
		s.close("message")
		s.put("receipt", true, p.own)
	}
	if s.chance(60) {
		s.acks(true)
	}
}

func (s *session) say(p *contact) {
	if s.chance(60) {
		s.stateTo(p, "composing")
	}
	id := s.nextID(&s.me)
	to := p.bare
	if s.chance(60) {
		to = p.address
	}
	s.open("message", "to", to, "type", "chat", "id", id)
	s.content(id, s.text())
	s.close("message")
	s.put("message", true, true)
	p.mine = id
	s.acks(true)
	for _, what := range []string{"received", "displayed"} {
		ns := "urn:xmpp:receipts"
		if what == "displayed" {
			if s.chance(40) {
				continue
			}
			ns = "urn:xmpp:chat-markers:0"
		}
		s.open("message", "from", p.address, "to", s.out.Account, "type", "chat", "id", s.nextID(&p.device))
		s.empty(what, "xmlns", ns, "id", id)
		s.empty("store", "xmlns", "urn:xmpp:hints")
		s.stanzaID()
		s.close("message")
		s.put("receipt", false, p.own)
		if s.chance(70) {
			s.acks(false)
		}
	}
}

// roomTalk is a few messages in a room.
func (s *session) roomTalk(r *chatroom) {
	for range 1 + s.IntN(8) {
		s.now += int64(s.IntN(60))
		if s.chance(20) {
			id := s.nextID(&s.me)
			s.open("message", "to", r.bare, "type", "groupchat", "id", id)
			s.leaf("body", s.text())
			s.empty("markable", "xmlns", "urn:xmpp:chat-markers:0")
			s.empty("origin-id", "xmlns", "urn:xmpp:sid:0", "id", id)
			s.close("message")
			s.put("group", true, true)
			s.acks(true)
			continue
		}
		o := pick(s.writer, r.occupants)
		id := s.nextID(&o.device)
		s.open("message", "from", r.bare+"/"+o.nick, "to", s.me.address, "type", "groupchat", "id", id)
		s.leaf("body", s.text())
		s.empty("markable", "xmlns", "urn:xmpp:chat-markers:0")
		s.empty("origin-id", "xmlns", "urn:xmpp:sid:0", "id", id)
		s.empty("occupant-id", "xmlns", "urn:xmpp:occupant-id:0", "id", o.occupantID)
		r.seq++
		archive := s.uuid()
		if r.own {
			archive = s.archiveID(r.bare, r.seq)
		}
		s.empty("stanza-id", "xmlns", "urn:xmpp:sid:0", "by", r.bare, "id", archive)
		s.close("message")
		s.put("group", false, o.own && r.own)
		if s.chance(50) {
			s.acks(false)
		}
	}
}

func (s *session) pings() {
	id := s.nextID(&s.me)
	_, domain, _ := strings.Cut(s.out.Account, "@")
	s.open("iq", "to", domain, "type", "get", "id", id)
	s.empty("ping", "xmlns", "urn:xmpp:ping")
	s.close("iq")
	s.put("ping", true, true)
	s.empty("iq", "from", domain, "to", s.me.address, "type", "result", "id", id)
	s.put("ping", false, true)
}

// inner writes a message as another stanza holds it.
func (s *session) inner(from, to, id string, t int64) {
	s.open("forwarded", "xmlns", "urn:xmpp:forward:0")
	s.empty("delay", "xmlns", "urn:xmpp:delay", "stamp", s.at(t, true))
	s.open("message", "xmlns", "jabber:client", "from", from, "to", to, "type", "chat", "id", id)
	s.content(id, s.text())
	s.close("message", "forwarded")
}

func (s *session) carbonOf(p *contact) {
	id := s.uuid()
	s.open("message", "xmlns", "jabber:client", "from", s.out.Account, "to", s.me.address, "type", "chat")
	s.open("sent", "xmlns", "urn:xmpp:carbons:2")
	s.inner(s.out.Account+"/phone", p.bare, id, s.now)
	s.close("sent", "message")
	s.put("carbon", false, false)
	s.acks(false)
}

// page is a page of the archive.
func (s *session) page() {
	id, query := s.nextID(&s.me), s.hex(4)
	s.open("iq", "type", "set", "id", id)
	s.open("query", "xmlns", "urn:xmpp:mam:2", "queryid", query)
	s.open("x", "xmlns", "jabber:x:data", "type", "submit")
	s.open("field", "var", "FORM_TYPE", "type", "hidden")
	s.leaf("value", "urn:xmpp:mam:2")
	s.close("field", "x")
	s.open("set", "xmlns", "http://jabber.org/protocol/rsm")
	s.leaf("max", "50")
	s.leaf("after", s.archiveID(s.out.Account, s.seq))
	s.close("set", "query", "iq")
	s.put("iq", true, true)
	n := 5 + s.IntN(20)
	first := ""
	t := s.now - 9000
	for range n {
		p := pick(s.writer, s.people)
		t += int64(s.IntN(300))
		s.seq++
		entry := s.archiveID(s.out.Account, s.seq)
		if first == "" {
			first = entry
		}
		s.open("message", "to", s.me.address, "from", s.out.Account)
		s.open("result", "xmlns", "urn:xmpp:mam:2", "queryid", query, "id", entry)
		from, to, inner := p.address, s.out.Account, s.nextID(&p.device)
		if s.chance(40) {
			from, to, inner = s.me.address, p.bare, s.nextID(&s.me)
		}
		s.inner(from, to, inner, t)
		s.close("result", "message")
		s.put("archived", false, p.own)
	}
	s.open("iq", "type", "result", "id", id, "to", s.me.address)
	s.open("fin", "xmlns", "urn:xmpp:mam:2", "complete", "true")
	s.open("set", "xmlns", "http://jabber.org/protocol/rsm")
	s.leaf("first", first, "index", "0")
	s.leaf("last", s.archiveID(s.out.Account, s.seq))
	s.leaf("count", fmt.Sprint(n))
	s.close("set", "fin", "iq")
	s.put("iq", false, true)
	s.acks(false)
}

func (s *session) omemoFrom(p *contact) {
	id := s.nextID(&p.device)
	s.open("message", "from", p.address, "to", s.out.Account, "type", "chat", "id", id)
	s.open("encrypted", "xmlns", "eu.siacs.conversations.axolotl")
	s.open("header", "sid", s.number(1<<31))
	for range 1 + s.IntN(3) {
		s.leaf("key", s.base64(48+s.IntN(60)), "rid", s.number(1<<31))
	}
	s.leaf("iv", s.base64(12))
	s.close("header")
	s.leaf("payload", s.base64(30+s.IntN(100)))
	s.close("encrypted")
	s.empty("encryption", "xmlns", "urn:xmpp:eme:0", "namespace", "eu.siacs.conversations.axolotl", "name", "OMEMO")
	s.leaf("body", "I sent you an OMEMO encrypted message but your client doesn’t seem to support that. Find more information on https://conversations.im/omemo")
	s.empty("origin-id", "xmlns", "urn:xmpp:sid:0", "id", id)
	s.empty("store", "xmlns", "urn:xmpp:hints")
	s.stanzaID()
	s.close("message")
	s.put("omemo", false, p.own)
	s.acks(false)
}

func (s *session) event(p *contact) {
	s.open("message", "from", p.bare, "to", s.me.address, "type", "headline", "id", s.uuid())
	s.open("event", "xmlns", "http://jabber.org/protocol/pubsub#event")
	switch s.IntN(3) {
	case 0:
		s.devices()
	case 1:
		s.avatarMetadata()
	default:
		s.open("items", "node", "http://jabber.org/protocol/nick")
		s.open("item", "id", "current")
		s.leaf("nick", pick(s.writer, nicks), "xmlns", "http://jabber.org/protocol/nick")
		s.close("item", "items")
	}
	s.close("event", "message")
	s.put("pep", false, false)
}

func (s *session) discoOf(p *contact) {
	id := s.nextID(&s.me)
	node := p.node + "#" + p.caps
	s.open("iq", "to", p.address, "type", "get", "id", id)
	s.empty("query", "xmlns", "http://jabber.org/protocol/disco#info", "node", node)
	s.close("iq")
	s.put("iq", true, true)
	s.open("iq", "from", p.address, "to", s.me.address, "type", "result", "id", id)
	s.open("query", "xmlns", "http://jabber.org/protocol/disco#info", "node", node)
	s.empty("identity", "category", "client", "type", "phone", "name", "Conversations")
	for _, feature := range features {
		if s.chance(85) {
			s.empty("feature", "var", feature)
		}
	}
	s.close("query", "iq")
	s.put("disco", false, true)
}
