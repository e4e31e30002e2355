package im

import (
	"errors"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/stanza"
)

// Message implements host.IM: RFC 6121 §8.5.
func (im *IM) Message(s *host.Sender, e codec.Element, to jid.JID) (committed bool) {
	e, ok := strip(e, s.Session.JID, to)
	if !ok {
		s.Fail(e, stanza.Error{Condition: atom.PolicyViolation, Text: "too much that only servers say"})
		return false
	}
	storable := stanza.Storable(e)
	fate := im.fate(e, to, storable)
	switch {
	case fate == router.Ignore && !im.lost(e, s.Session.JID, to):
		return false
	case fate == router.Bounce:
		s.Fail(e, stanza.Error{Condition: atom.ServiceUnavailable})
		return false
	case storable || s.Pending:
		r, retracts := retractionOf(s, e, to)
		committed = im.commit(s, e, to, fate, storable)
		if committed && retracts && storable {
			im.retract(s, r)
		}
		return committed
	}
	var room [8]router.Target
	targets := im.targets(room[:0], to, fate, storable)
	if im.post(addressed(e, to), targets) == 0 && len(targets) > 0 && owed(e) != 0 {
		s.Fail(e, stanza.Error{Condition: atom.ServiceUnavailable}) // they end at this moment, or have no room for more
		return false
	}
	im.carbons(e, s.Session.JID, to, targets)
	return false
}

// fate decides what becomes of a message. One with a body that may not wait is bounced when nobody is there (§8.5.2.2.1: stored or
// answered); what is less, a chat state say, is dropped.
func (im *IM) fate(e codec.Element, to jid.JID, storable bool) router.Fate {
	place, able := im.router.Locate(to)
	kind, _ := stanza.Type(e)
	fate := router.MessageFate(kind, place, able)
	if fate == router.Everybody && !able && !storable && !e.Child(atom.NSClient, atom.Body).IsZero() {
		return router.Bounce
	}
	return fate
}

// targets appends the sessions that a message goes to now. A storable one whose resource has just gone goes to the others.
func (im *IM) targets(dst []router.Target, to jid.JID, fate router.Fate, storable bool) []router.Target {
	switch fate {
	case router.Ignore:
		return dst
	case router.One:
		if t, ok := im.router.Target(to); ok {
			return append(dst, t)
		}
		if !storable {
			return dst
		}
	}
	return im.router.Targets(dst, to.Bare(), router.Able)
}

// addressed makes 'to' explicit and canonical.
func addressed(e codec.Element, to jid.JID) codec.Element {
	if string(e.Attr(atom.To)) != to.String() {
		e = codec.SetAttr(e, atom.To, to.String())
	}
	return e
}

// commit hands the message to the store. One that is not storable goes the same way, so that it does not overtake those before it.
func (im *IM) commit(s *host.Sender, e codec.Element, to jid.JID, fate router.Fate, storable bool) bool {
	m := im.newMessage()
	m.addressed = e.Attr(atom.To) != nil
	m.id, m.hasID = append(m.id[:0], e.Attr(atom.ID)...), e.Attr(atom.ID) != nil
	if origin := stanza.OriginID(e); len(origin) <= store.MaxOriginID {
		m.origin = append(m.origin[:0], origin...)
	}
	m.from, m.to, m.fate, m.storable = s.Session.JID, to, fate, storable
	m.sent, m.number, m.mailbox = s.Now, s.Number, s.Session.Mailbox
	m.stream, m.h = s.Stream, s.H
	m.copies, m.urgent, m.temporary = copiesOf(e), urgent(e), stanza.Temporary(e)
	m.frame = im.router.Frame(addressed(e, to), to, true)
	if !storable {
		m.frame.Passing, m.frame.Owed, m.frame.Key = passing(e), owed(e), im.waits(e)
	}
	err := im.store.Submit(m)
	if err == nil {
		return true
	}
	m.frame.Release()
	m.Settle()
	condition := atom.InternalServerError
	if errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrDiskFull) {
		condition = atom.ResourceConstraint
	} else {
		im.host.Log.Error("storing a message failed", "err", err)
	}
	s.Fail(e, stanza.Error{Condition: condition})
	return false
}
