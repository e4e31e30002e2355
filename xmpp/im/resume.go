package im

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// count is an operation that writes how many stanzas of a stream are handled, when no stanza has written it: presence and requests store nothing, and what is
// acked must be known after a crash (XEP-0198 §4).
type count struct {
	mailbox stream.Mailbox
	stream  *host.Stream
	h       uint32
	number  uint32
	err     error
}

// Count implements host.IM.
func (im *IM) Count(s *host.Sender) (committed bool) {
	c := &count{mailbox: s.Session.Mailbox, stream: s.Stream, h: s.H, number: s.Number}
	return im.store.Submit(c) == nil
}

// Apply implements store.Op.
func (c *count) Apply(tx *store.Tx) error {
	if ok, err := tx.HasAccount(c.stream.Account); err != nil || !ok {
		return err
	}
	return tx.SetStreamIn(c.stream.Account, c.stream.ID, c.h)
}

// Committed implements store.Op.
func (c *count) Committed(err error) {
	c.err = err
	report(c, c.mailbox, c.stream)
}

// Stanza implements host.Done.
func (c *count) Stanza() uint32 { return c.number }

// Answer implements host.Done.
func (c *count) Answer(*codec.Builder) codec.Element { return codec.Element{} }

// Counted implements host.Done.
func (c *count) Counted() bool { return c.err == nil }

// Settle implements host.Done.
func (c *count) Settle() {}

// Back implements host.IM. Nobody knows what the client has seen last: it is told the presence of all that it may see, contacts without any
// included, and roster items may come that it has (XEP-0198 §5).
func (im *IM) Back(s *router.Session, away bool, rosterVersion uint64) {
	state := im.router.State(s)
	if state.Interested {
		im.pushSince(s, rosterVersion)
	}
	if state.Stanza == nil {
		return
	}
	defer im.lock(s.JID)()
	if !im.current(s, state.Stanza) {
		return // there is a newer one, whose job does all this
	}
	roster := im.roster(s.JID)
	if away {
		im.broadcast(state.Stanza, s.JID, roster)
	}
	im.welcome(s, roster)
	for i := range roster {
		if item := &roster[i]; seen(item) {
			im.showAbsent(s, item.JID.Bare())
		}
	}
}

// showAbsent tells a session that a contact is not there (RFC 6121 §4.3.2).
func (im *IM) showAbsent(s *router.Session, contact jid.JID) {
	t, ok := im.router.Target(s.JID)
	if !ok || !im.local(contact) || len(im.router.Available(nil, contact)) > 0 {
		return
	}
	b := im.bench()
	defer b.putAway()
	im.post(b.presence(contact, s.JID, atom.Unavailable.String(), nil).Element(), []router.Target{t})
}

// pushSince pushes what has changed in the roster since that version to one session. It looks again after it has pushed, until nothing has changed: a newer push may have
// been overtaken by what was read here. The account itself changes nothing meanwhile.
func (im *IM) pushSince(s *router.Session, version uint64) {
	owner := s.JID.Bare()
	defer im.lock(owner)()
	for {
		now, err := im.store.RosterVersion(owner)
		if err == nil && now == version {
			return
		}
		t, ok := im.router.Target(s.JID)
		if !ok {
			return
		}
		if err == nil {
			err = im.pushChanges(t, owner, version)
		}
		if err != nil {
			im.host.Log.Error("a roster cannot be read", "jid", owner.String(), "err", err)
			return
		}
		version = now
	}
}

// pushChanges pushes what has changed since that version; every item, when that is not known any more.
func (im *IM) pushChanges(t router.Target, owner jid.JID, version uint64) error {
	ok, err := im.store.RosterSince(owner, version, func(item store.RosterItem, removed bool) bool {
		im.pushTo(t, &item, item.Version, removed)
		return true
	})
	if ok || err != nil {
		return err
	}
	roster, err := im.readRoster(owner)
	for i := range roster.items {
		im.pushTo(t, &roster.items[i], roster.version, false)
	}
	return err
}
