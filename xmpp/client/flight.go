package client

import (
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// nsLink is the namespace of what only the link has (codec/link/LINK.md §9).
const nsLink = "urn:godwit:link:1"

// flightBytes bounds the stanzas that are sent with the first message of a link, as XML: more of them would not fit in, or make a message that takes long to come.
const flightBytes = 4 << 10

// flight is what a Machine has said before the server has answered anything (codec/link/LINK.md §4).
type flight struct {
	said bool
	n    int  // stanzas of Config.Resumption.Sent that were in it
	anew bool // it was for a new session
}

// takeOff writes the first flight of a link to a server that knows our key: the header, and what there is to say with it. It reports false when that is to be said later.
func (m *Machine) takeOff(now time.Time, security *stream.Security, out *stream.Output) bool {
	switch {
	case m.cfg.Compression != "": // what it offers is to be seen first
		return false
	case m.cfg.Resumption == nil && m.cfg.Resource == "": // when its answer gets lost the server has a session that no other attempt takes the place of
		return false
	}
	m.link, m.login.security = true, security
	out.SendHeader(out.Build().Start(atom.NSStreams, atom.Stream).Attr(atom.Version, "1.0").Lang(m.cfg.Lang).Element()) // the handshake says who is meant, and who we are
	if m.cfg.Resumption == nil {
		m.takeOffAnew(now, out)
		return true
	}
	return m.takeOffAgain(out)
}

// takeOffAnew asks for a resource, and for all that a new session begins with.
func (m *Machine) takeOffAnew(now time.Time, out *stream.Output) {
	m.askBind(true, out)
	m.login.flight = flight{said: true, anew: true}
	if m.cfg.Archive != nil { // as becomeBound will
		trial := *m
		trial.state, trial.acks.on, trial.archive = bound, m.cfg.SM, new(archive)
		trial.beginArchive(now, out)
	}
}

// takeOffAgain asks for the stream of Config.Resumption, and says what the server has not accepted of it, as far as there is room.
func (m *Machine) takeOffAgain(out *stream.Output) bool {
	r := m.cfg.Resumption
	n, bytes := 0, 0
	for n < len(r.Sent) && r.Sent[n].XML != "" && bytes+len(r.Sent[n].XML) <= flightBytes {
		bytes += len(r.Sent[n].XML)
		n++
	}
	if n > 0 {
		out.Send(out.Build().StartNS(nsLink, "early").AttrUint(atom.H, uint64(r.Accepted)).AttrUint(atom.Max, uint64(n)).Element())
	}
	b := out.Build()
	r.addResume(b)
	out.Send(b.Element())
	for _, s := range r.Sent[:n] {
		if err := eachElement(s.XML, func(e codec.Element) error { out.Send(e); return nil }); err != nil {
			return false
		}
	}
	m.login.flight = flight{said: true, n: n}
	return true
}

// keepInFlight notes, when the stream is resumed, that of what the server has not accepted the first are on their way already: settled of the flight it had before.
func (m *Machine) keepInFlight(settled int) {
	rest, n := &m.login.rest, m.login.flight.n-settled
	for ; n > 0 && rest.n > 0; n-- {
		s := rest.pop()
		m.acks.unacked.pushText(s.at, s.id, s.text)
	}
}

// landed tells whether the server has taken the first flight, at the beginning of the stream.
func (m *Machine) landed(taken bool) {
	if !taken {
		m.login.flight, m.login.bindID, m.login.asksAcks = flight{}, "", false
	}
}

// isIDs reports whether e is the key of the archive's ids, which is for the link alone (codec/pack/PACK.md §7).
func (m *Machine) isIDs(e codec.Element) bool {
	return m.link && e.NS() == atom.Unknown && string(e.Namespace()) == nsLink && string(e.LocalName()) == "ids"
}
