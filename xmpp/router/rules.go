package router

import (
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// Fate is what becomes of a message to a local account: one letter of the table in RFC 6121 §8.5.4, where the RFC leaves a choice the
// one that loses nothing and tells the sender most.
type Fate uint8

// The fates.
const (
	Ignore    Fate = iota // S: nothing more
	Bounce                // E: <service-unavailable/> to the sender
	One                   // D: the resource named in 'to'
	Everybody             // A: all available resources with a priority of 0 or more; with nobody there, it waits in the archive if it is storable
)

// Place is where the 'to' of a stanza points.
type Place uint8

// The places.
const (
	ToBare    Place = iota // localpart@domainpart, RFC 6121 §8.5.2
	ToBound                // a full JID that is bound, §8.5.3.1
	ToUnbound              // a full JID that is not bound, §8.5.3.2
)

// MessageFate is the table of RFC 6121 §8.5.4 for a message of type t. able says that a resource with a priority of 0 or more is
// available. That the account exists is for the store to say; a message to
// one that does not is a Bounce (§8.5.1).
func MessageFate(t atom.Atom, place Place, able bool) Fate {
	switch {
	case place == ToBound:
		return One
	case t == atom.Error:
		return Ignore
	case t == atom.GroupChat:
		return Bounce
	case place == ToUnbound && t != atom.Chat:
		return Bounce // normal, headline
	case t == atom.Headline && !able:
		return Ignore
	}
	return Everybody
}

// Locate says where an address points, and whether its account has a resource available with a priority of 0 or more.
func (r *Router) Locate(to jid.JID) (place Place, able bool) {
	r.lookup(to.Bare(), func(a *account) {
		if !to.IsBare() {
			place = ToUnbound
			if find(a, to.Resource()) != nil {
				place = ToBound
			}
		}
		if a != nil {
			for _, s := range a.sessions {
				able = able || s.able()
			}
		}
	})
	return place, able
}

// able reports whether messages to the bare JID go to s.
func (s *Session) able() bool { return s.presence != nil && s.priority >= 0 }
