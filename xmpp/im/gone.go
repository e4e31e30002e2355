package im

import (
	"slices"

	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
)

// Gone implements host.IM.
func (im *IM) Gone(s *router.Session, end router.End, untaken []uint64) {
	im.handOn(s, untaken)
	defer im.lock(s.JID)()
	if im.availableAt(s.JID) {
		return // its heir is: to everybody else it is the same resource
	}
	b := im.bench()
	defer b.putAway()
	e := b.build().Start(atom.NSClient, atom.Presence).Attr(atom.From, s.JID.String()).Attr(atom.Type, "unavailable").Element()
	im.leave(s, b.keep(e), end)
}

// handOn posts the messages to the full JID of a session that has ended, and that its client has not taken, to the account's
// other sessions: their cursors are past them. They are not counted there. Untaken are those that were sent, or were to be sent to a client that is not available; what was
// still in the mailbox of one that is the router knows.
func (im *IM) handOn(s *router.Session, untaken []uint64) {
	slices.Sort(untaken)
	taken, posted := im.router.Untaken(s)
	last := posted
	if n := len(untaken); n > 0 {
		last = max(last, untaken[n-1])
	}
	if _, bound := im.router.Target(s.JID); bound || last <= taken {
		return // the resource is back, and reads them itself; or there is nothing
	}
	targets := im.router.Targets(nil, s.JID.Bare(), router.Able)
	if len(targets) == 0 {
		return
	}
	after, err := taken, error(nil)
	if taken == 0 && posted != 0 {
		after, err = im.start(s, host.FromCursor)
	}
	first := after
	if len(untaken) > 0 && (posted <= after || untaken[0] <= after) {
		first = untaken[0] - 1
	}
	b := im.bench()
	defer b.putAway()
	if err == nil {
		err = im.store.Archive(s.JID, first, 0, func(seq uint64, e store.Entry) bool {
			_, meant := slices.BinarySearch(untaken, seq)
			meant = meant || after < seq && seq <= posted
			if meant && e.Flags&(toResource|Bounce) == toResource && !e.Outgoing && len(e.Stanza) > 0 {
				im.handOnEntry(b, s.JID, e, seq, targets)
			}
			return seq < last
		})
	}
	if err != nil {
		im.host.Log.Error("the archive cannot be read", "jid", s.JID.String(), "err", err)
	}
}

// handOnEntry posts one entry if it is to the full JID gone.
func (im *IM) handOnEntry(b *bench, gone jid.JID, e store.Entry, seq uint64, targets []router.Target) {
	stored, err := b.open(e.Stanza)
	if err != nil {
		im.host.Log.Error("an archived message cannot be read", "jid", e.Account.String(), "seq", seq, "err", err)
		return
	}
	if !gone.EqualBytes(stored.Attr(atom.To)) {
		return
	}
	for _, t := range targets {
		if t.Copied(seq) && copyFor(t.Session, stored, e) != atom.Unknown {
			continue // it has its carbon, or finds it
		}
		f := im.recall(b, stored, e, seq, t.Encoding)
		f.ID = 0
		router.Post([]router.Target{t}, f)
		f.Release()
	}
}

// availableAt reports whether a session is available at the full JID of s.
func (im *IM) availableAt(full jid.JID) bool {
	for _, a := range im.router.Available(nil, full.Bare()) {
		if a.JID == full {
			return true
		}
	}
	return false
}
