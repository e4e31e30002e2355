package im

import (
	"bytes"
	"errors"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/stanza"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// pair is who asks to subscribe, and to whom, both bare. Who asks, takes it back and asks again changes the same two records, and the store becomes slow with those that are
// overwritten all the time.
type pair struct{ user, contact jid.JID }

// subscription takes a subscription stanza of a client (RFC 6121 §3). One to the own account is ignored: everybody sees
// his own presence.
func (im *IM) subscription(s *host.Sender, e codec.Element, kind atom.Atom, contact jid.JID) {
	user := s.Session.JID.Bare()
	if contact == user {
		return
	}
	if kind == atom.Subscribe {
		if !im.asks.May(pair{user, contact}, s.Now) {
			s.Fail(e, stanza.Error{Condition: atom.ResourceConstraint, Text: "you have asked that often of late; wait a minute"})
			return
		}
		im.asks.Charge(pair{user, contact}, 1, s.Now)
	}
	written, id := bytes.Clone(e.Attr(atom.To)), bytes.Clone(e.Attr(atom.ID))
	e = codec.SetAttr(codec.SetAttr(e, atom.From, user.String()), atom.To, contact.String())
	b := im.bench()
	defer b.putAway()
	kept := b.keep(e)
	me := s.Session.JID
	im.job(s, func() host.Continuation {
		err := im.change(func(c *change) error { return c.outbound(user, contact, kind, kept) })
		if err == nil {
			return nil
		}
		failure := im.failure(err, "changing a subscription")
		return func(out *stream.Output, _ time.Time) {
			out.Send(stanza.BuildErrorFor(out.Build(), atom.Presence, id, written, []byte(me.String()), failure))
		}
	})
}

// failure returns what the client is told of an error, and logs what is no fault of the client.
func (im *IM) failure(err error, doing string) stanza.Error {
	switch {
	case errors.Is(err, errRosterFull):
		return stanza.Error{Condition: atom.PolicyViolation, Text: "the roster is full"}
	case errors.Is(err, errNoAccount):
		return stanza.Error{Condition: atom.Forbidden}
	case errors.Is(err, store.ErrFull), errors.Is(err, store.ErrDiskFull):
		return stanza.Error{Condition: atom.ResourceConstraint}
	}
	im.host.Log.Error(doing+" failed", "err", err)
	return stanza.Error{Condition: atom.InternalServerError}
}

// outbound does what the user's server does with a subscription stanza of the user's (§A.2): when the contact is local too,
// what the contact's server does comes first.
func (c *change) outbound(user, contact jid.JID, kind atom.Atom, kept []byte) error {
	own, err := c.side(user, contact)
	if err != nil {
		return err
	}
	row := outbound[kind][stateOf(&own.item)]
	reply := atom.Unknown
	if row.route {
		if reply, err = c.inbound(contact, user, kind, kept); err != nil {
			return err
		}
	}
	row.next.set(&own.item)
	switch row.approval {
	case approve:
		own.item.Approved = true
	case revoke:
		own.item.Approved = false
	}
	if err := c.put(&own); err != nil || reply == atom.Unknown {
		return err
	}
	_, err = c.inbound(user, contact, reply, c.im.reply(contact, user, reply, kept))
	return err
}

// inbound does what the user's server does with a subscription stanza of the contact's (§A.3), and returns the type of
// what it answers. A user who does not exist, or has no room, hears nothing (§8.5.1).
func (c *change) inbound(user, contact jid.JID, kind atom.Atom, kept []byte) (reply atom.Atom, err error) {
	if !c.im.local(user) {
		return atom.Unknown, nil // TODO RFC 6121 §3.1.2: contacts on other servers.
	}
	s, err := c.side(user, contact)
	if errors.Is(err, errNoAccount) {
		return atom.Unknown, nil
	} else if err != nil {
		return atom.Unknown, err
	}
	row := inbound[kind][stateOf(&s.item)]
	if kind == atom.Subscribe && s.item.Approved {
		row = preApproved[stateOf(&s.item)]
	}
	saw, sawMe := seen(&s.item), sees(&s.item)
	row.next.set(&s.item)
	if row.deliver && kind == atom.Subscribe {
		s.item.Request = kept
	}
	if saw && !seen(&s.item) {
		c.withdraw(contact, user) // §3.2.2: while the user is still subscribed
	}
	if row.deliver {
		c.deliver(user, kind, kept)
	}
	if err := c.put(&s); errors.Is(err, errRosterFull) {
		return atom.Unknown, nil
	} else if err != nil {
		return atom.Unknown, err
	}
	if !saw && seen(&s.item) {
		c.present(contact, user) // §3.1.6
	}
	if sawMe && !sees(&s.item) {
		c.withdraw(user, contact) // §3.3.3
	}
	return row.reply, nil
}

// deliver gives a subscription stanza to the user: requests to available resources (§3.1.3), the others to interested ones
// (§3.1.6, §3.2.3, §3.3.3).
func (c *change) deliver(user jid.JID, kind atom.Atom, kept []byte) {
	group := router.Interested
	if kind == atom.Subscribe {
		group = router.Reachable
	}
	c.then(func() {
		c.im.opened(kept, func(_ *bench, e codec.Element) {
			c.im.post(e, c.im.router.Targets(nil, user, group))
		})
	})
}

// present sends the presence of each of an account's available resources to a user who may see it from now on.
func (c *change) present(of, user jid.JID) {
	c.then(func() {
		for _, a := range c.im.router.Available(nil, of) {
			c.im.opened(a.Stanza, func(_ *bench, e codec.Element) { c.im.sendTo(e, user) })
		}
	})
}

// withdraw sends unavailable presence from each of an account's available resources to a user who may not see it any more.
func (c *change) withdraw(of, user jid.JID) {
	c.then(func() {
		b := c.im.bench()
		defer b.putAway()
		for _, a := range c.im.router.Available(nil, of) {
			c.im.route(b.presence(a.JID, user, "unavailable", nil).Element(), user)
		}
	})
}

// reply builds the stanza by which a server answers a subscription stanza by itself, with the id of what it answers (§3.1.3).
func (im *IM) reply(from, to jid.JID, kind atom.Atom, asked []byte) []byte {
	b := im.bench()
	defer b.putAway()
	var id []byte
	if e, err := b.open(asked); err == nil {
		id = e.Attr(atom.ID)
	}
	return b.keep(b.presence(from, to, kind.String(), id).Element())
}
