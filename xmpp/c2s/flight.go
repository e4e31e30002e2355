package c2s

import (
	"encoding/hex"
	"strconv"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/stanza"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// nsLink is the namespace of what only the link has (codec/link/LINK.md §9). It never leaves it.
const nsLink = "urn:godwit:link:1"

// flight is what a client says of the stanzas that it sends behind its <resume/> without waiting for the answer, in the first flight of a link:
//
//	<early xmlns='urn:godwit:link:1' h='7' max='2'/>
//	<resume xmlns='urn:xmpp:sm:3' h='…' previd='…'/>
//	two stanzas
//
// It does not know how many of them the server has already: two follow, and they are the ones after the first seven that it has sent on the stream. When the stream is
// resumed, those that the server has handled before are passed over; when it is not, all are, and the client sends again what it wants to, knowing the count of <failed/>.
type flight struct{ first, count uint32 }

// readFlight reads an <early/>.
func readFlight(e codec.Element) (f flight, ok bool) {
	first, err1 := strconv.ParseUint(string(e.Attr(atom.H)), 10, 32)
	count, err2 := strconv.ParseUint(string(e.Attr(atom.Max)), 10, 32)
	return flight{uint32(first), uint32(count)}, err1 == nil && err2 == nil
}

// isLink reports whether e is an element of the link.
func isLink(e codec.Element, name string) bool {
	return e.NS() == atom.Unknown && string(e.Namespace()) == nsLink && string(e.LocalName()) == name
}

// announce takes an <early/>.
func (s *Session) announce(e codec.Element, out *stream.Output) {
	f, ok := readFlight(e)
	if !ok {
		s.fail(out, atom.BadFormat, "what follows early is not said")
		return
	}
	s.login.flight = f
}

// skipKnown has those of the flight passed over that are not to be handled: h is the count of the stream that was resumed.
func (s *Session) skipKnown(f flight, resumed bool, h uint32) {
	s.skip = f.count
	if known := h - f.first; resumed { // modulo 2³²
		s.skip = min(f.count, known)
		if int32(known) < 0 {
			s.skip = 0 // a client that knows of more than there is
		}
	}
}

// skips reports whether e is a stanza of the flight that is passed over.
func (s *Session) skips(e codec.Element) bool {
	if s.skip == 0 || stanza.KindOf(e) == 0 {
		return false
	}
	s.skip--
	return true
}

// tellIDs gives a client on the link the key of its archive's ids, so that they need not be sent whole (codec/pack/PACK.md §7).
func (s *Session) tellIDs(out *stream.Output) {
	if !s.peer.Link {
		return
	}
	key := s.host.ArchiveKey(s.me.JID)
	out.Send(out.Build().StartNS(nsLink, "ids").Text(hex.EncodeToString(key[:])).Element())
}
