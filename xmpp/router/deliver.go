package router

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// Group selects sessions of an account.
type Group uint8

// The groups.
const (
	Able       Group = iota // available with a priority of 0 or more: messages, RFC 6121 §8.5.2.1.1
	Reachable               // available: presence, §8.5.2.1.2
	Interested              // asked for the roster: pushes, §2.1.6
	Bound                   // all
)

func (s *Session) in(g Group) bool {
	switch g {
	case Able:
		return s.able()
	case Reachable:
		return s.presence != nil
	case Interested:
		return s.interested
	}
	return true
}

// Targets appends the sessions of the account that are in the group to dst.
func (r *Router) Targets(dst []Target, bare jid.JID, g Group) []Target {
	r.lookup(bare, func(a *account) {
		if a == nil {
			return
		}
		for _, s := range a.sessions {
			if s.in(g) {
				dst = append(dst, s.target())
			}
		}
	})
	return dst
}

// Target returns the session bound at a full JID.
func (r *Router) Target(full jid.JID) (t Target, ok bool) {
	r.lookup(full.Bare(), func(a *account) {
		if s := find(a, full.Resource()); s != nil {
			t, ok = s.target(), true
		}
	})
	return t, ok
}

// Deliver posts f to the sessions of the account that are in the group, and returns how many took it. The caller's reference on f is consumed.
func (r *Router) Deliver(bare jid.JID, g Group, f *codec.Frame) (n int) {
	var room [8]Target
	n = Post(r.Targets(room[:0], bare, g), f)
	f.Release()
	return n
}

// DeliverTo posts f to the session bound at the full JID, and reports whether there was one that took it. The caller's reference on f is consumed.
func (r *Router) DeliverTo(full jid.JID, f *codec.Frame) bool {
	defer f.Release()
	t, ok := r.Target(full)
	return ok && t.post(f)
}

// Post posts f to each target, with a reference of its own, and returns how many took it.
func Post(targets []Target, f *codec.Frame) (n int) {
	for _, t := range targets {
		if t.post(f) {
			n++
		}
	}
	return n
}

// post posts f. One that the mailbox refuses for want of room is in the archive, if it is worth it: the shell gives the session a
// Drained, which makes it look there.
func (t Target) post(f *codec.Frame) bool {
	if f.ID != 0 && t.able {
		t.Session.Expect(f.ID)
	}
	return t.Mailbox.Post(stream.Mail{Frame: f.Retain()})
}

// Frame encodes e for the sessions of the account, in the encodings that they use. keep adds the compact one, which the
// archive holds.
func (r *Router) Frame(e codec.Element, to jid.JID, keep bool) *codec.Frame {
	want := [2]bool{codec.Compact: keep}
	var room [8]Target
	for _, t := range r.Targets(room[:0], to.Bare(), Bound) {
		want[t.Encoding] = true
	}
	f := codec.NewFrame()
	for encoding, enc := range r.Encoders {
		if want[encoding] {
			f.Encode(enc, e)
		}
	}
	return f
}

// Settle notes what s has of its account's archive: it has taken the entries up to done, and pending is the first entry that it was sent and
// has not yet taken (0: none). It returns the entry up to which no session of the account has anything that it has not taken, what is in its
// mailbox included: the cursor of clients whose device the server does not know may move there.
func (r *Router) Settle(s *Session, done, pending uint64) (all uint64) {
	all = done
	settled := done
	if pending != 0 {
		settled = pending - 1
		s.Expect(pending)
	}
	r.lookup(s.JID.Bare(), func(a *account) { // s itself may be unbound by now
		s.settled = max(s.settled, settled)
		if a == nil {
			return
		}
		for _, other := range a.sessions {
			if other.posted.Load() > other.settled {
				all = min(all, other.settled)
			}
		}
	})
	return all
}

// Expect notes that s is sent the archive entry, or finds it in its mailbox.
func (s *Session) Expect(seq uint64) {
	for old := s.posted.Load(); old < seq && !s.posted.CompareAndSwap(old, seq); {
		old = s.posted.Load()
	}
}

// Posted returns the last archive entry that s was, or will be, sent.
func (s *Session) Posted() uint64 { return s.posted.Load() }

// Untaken returns the stretch of the archive that was posted to s and that its client has not taken: the entries behind taken, up to posted. It is
// for a session that has ended.
func (r *Router) Untaken(s *Session) (taken, posted uint64) {
	r.with(s, func() { taken, posted = s.settled, s.posted.Load() })
	return taken, posted
}
