package router

import "github.com/godwit-im/godwit/xmpp/stream"

// Park keeps a session bound that has lost its connection and can be resumed (XEP-0198 §5): it stays as it is to everybody, and box gets its mail. It is false
// when s is not bound any more, or when the account has as many such sessions as it may have bound ones; then nothing has changed.
//
// What a parked session was posted and has not taken still holds the cursor of the account's clients without a device, see Settle.
func (r *Router) Park(s *Session, box stream.Mailbox) (ok bool) {
	r.with(s, func() {
		if ok = s.account != nil && (s.parked || s.account.parked() < r.MaxSessions); ok {
			s.parked, s.Mailbox = true, box
		}
	})
	return ok
}

// Redirect gives the mail of s to box from now on: another session is about to resume its stream (XEP-0198 §5), and to take its place by Adopt.
func (r *Router) Redirect(s *Session, box stream.Mailbox) {
	r.with(s, func() { s.Mailbox = box })
}

// Adopt puts s, which has resumed the stream of old, in the place of old with all that old has: its presence too. s has old's JID. It is false when old is
// not bound.
func (r *Router) Adopt(s, old *Session) (ok bool) {
	r.with(old, func() {
		a := old.account
		if a == nil {
			return
		}
		for i, other := range a.sessions {
			if other == old {
				a.sessions[i], ok = s, true
			}
		}
		s.inherit(old, a)
		s.presence, s.priority, s.interested, s.carbons = old.presence, old.priority, old.interested, old.carbons
		old.presence = nil
	})
	return ok
}

// parked counts the sessions without a connection.
func (a *account) parked() (n int) {
	for _, s := range a.sessions {
		if s.parked {
			n++
		}
	}
	return n
}

// State is what a session has said of itself, as far as it lasts as long as its stream.
type State struct {
	Presence
	Interested bool
	Carbons    bool // see SetCarbons
}

// State returns the state of s.
func (r *Router) State(s *Session) (st State) {
	r.with(s, func() { st = State{Presence{s.presence, s.priority}, s.interested, s.carbons != 0} })
	return st
}

// Restore gives s the state that its stream had.
func (r *Router) Restore(s *Session, st State) {
	r.with(s, func() {
		s.presence, s.priority, s.interested = st.Stanza, st.Priority, st.Interested
		if st.Carbons {
			s.carbons = 1 // of all that lies behind what the stream has had
		}
	})
}
