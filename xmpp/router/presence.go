package router

import (
	"slices"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// SetPresence notes the broadcast presence of s, and reports whether s was available before.
func (r *Router) SetPresence(s *Session, p Presence) (was bool) {
	r.with(s, func() {
		was = s.presence != nil
		s.presence, s.priority = p.Stanza, p.Priority
	})
	return was
}

// Able reports whether messages to the bare JID go to s: it is available with a priority of 0 or more.
func (r *Router) Able(s *Session) (able bool) {
	r.with(s, func() { able = s.able() })
	return able
}

// SetInterested notes that s has asked for its roster.
func (r *Router) SetInterested(s *Session) { r.with(s, func() { s.interested = true }) }

// Available is a session that is available, and its presence.
type Available struct {
	Target
	JID      jid.JID
	Stanza   []byte // the presence, read-only
	Priority int8
}

// Available appends the available sessions of an account to dst.
func (r *Router) Available(dst []Available, bare jid.JID) []Available {
	r.lookup(bare, func(a *account) {
		if a == nil {
			return
		}
		for _, s := range a.sessions {
			if s.presence != nil {
				dst = append(dst, Available{s.target(), s.JID, s.presence, s.priority})
			}
		}
	})
	return dst
}

// MaxDirected bounds the addresses that one session's directed presence is remembered for; further ones are told of
// its end only if they are subscribed.
const MaxDirected = 1_000

// Direct notes directed presence from s to an address: available, or the end of it.
func (r *Router) Direct(s *Session, to jid.JID, available bool) {
	r.with(s, func() {
		i := slices.Index(s.directed, to)
		switch {
		case available && i < 0 && len(s.directed) < MaxDirected:
			s.directed = append(s.directed, to)
		case !available && i >= 0:
			s.directed = slices.Delete(s.directed, i, i+1)
		}
	})
}

// TakeDirected returns the addresses that got directed presence from s, and forgets them.
func (r *Router) TakeDirected(s *Session) (to []jid.JID) {
	r.with(s, func() { to, s.directed = s.directed, nil })
	return to
}

// HasDirected reports whether the session bound at the full JID of has sent directed presence to the address, bare or full.
func (r *Router) HasDirected(of, to jid.JID) (has bool) {
	r.lookup(of.Bare(), func(a *account) {
		if s := find(a, of.Resource()); s != nil {
			has = slices.Contains(s.directed, to) || slices.Contains(s.directed, to.Bare())
		}
	})
	return has
}

// with runs f under the lock of s's account, which must not call out.
func (r *Router) with(s *Session, f func()) {
	sh := r.shardOf(s.JID.Bare().String())
	sh.mu.Lock()
	defer sh.mu.Unlock()
	f()
}
