package router

import "github.com/godwit-im/godwit/xmpp/jid"

// SetCarbons turns the carbons of s on or off (XEP-0280 §4, §5). On, it is to get copies of the account's other conversations as far as they lie
// behind the archive entry after: those before it are no business of a session that was not there. Turned on twice, the first time counts.
func (r *Router) SetCarbons(s *Session, on bool, after uint64) {
	r.with(s, func() {
		switch {
		case !on:
			s.carbons = 0
		case s.carbons == 0:
			s.carbons = after + 1
		}
	})
}

// Carbons tells what SetCarbons has set: whether s gets carbons, and behind which archive entry.
func (r *Router) Carbons(s *Session) (on bool, after uint64) {
	r.with(s, func() {
		if s.carbons != 0 {
			on, after = true, s.carbons-1
		}
	})
	return on, after
}

// Copied reports whether the target gets carbons of that archive entry.
func (t Target) Copied(seq uint64) bool { return t.carbons != 0 && seq >= t.carbons }

// Copied appends the sessions of the account of that get carbons of a message (XEP-0280 §7, §8) to dst: all that have turned them on, but the session
// at the full JID but, and those that have the message itself.
func (r *Router) Copied(dst []Target, of, but jid.JID, have []Target) []Target {
	r.lookup(of.Bare(), func(a *account) {
		if a == nil {
			return
		}
		for _, s := range a.sessions {
			if s.carbons != 0 && s.JID != but && !contains(have, s) {
				dst = append(dst, s.target())
			}
		}
	})
	return dst
}

func contains(targets []Target, s *Session) bool {
	for _, t := range targets {
		if t.Session == s {
			return true
		}
	}
	return false
}
