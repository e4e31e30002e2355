package im

import (
	"bytes"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
)

// probe answers the presence probe of a client, as if its server had sent it (RFC 6121 §4.3.2). The answers go to the session that asks.
func (im *IM) probe(s *host.Sender, e codec.Element, to jid.JID) {
	id := bytes.Clone(e.Attr(atom.ID))
	me := s.Session
	im.job(s, func() host.Continuation {
		asker, ok := im.router.Target(me.JID)
		if !ok || asker.Session != me || !im.local(to) {
			return nil
		}
		switch {
		case im.maySee(me.JID, to) && to.IsBare():
			im.showAll(to, asker, id)
		case im.maySee(me.JID, to), im.router.HasDirected(to, me.JID):
			im.showMere(to, asker, id)
		default:
			im.refuse(me.JID.Bare(), to.Bare(), id)
		}
		return nil
	})
}

// maySee reports whether an account has the permission to see the presence of another: a subscription, or it is its own (RFC 6121 §4.2.2).
func (im *IM) maySee(who, of jid.JID) bool {
	if who.Bare() == of.Bare() {
		return true
	}
	item, ok, err := im.store.RosterItem(of.Bare(), who.Bare())
	if err != nil {
		im.host.Log.Error("a roster cannot be read", "jid", of.Bare().String(), "err", err)
	}
	return ok && sees(&item)
}

// showAll answers a probe to a bare JID: with the presence of each available resource, or with unavailable presence, and since when.
func (im *IM) showAll(of jid.JID, asker router.Target, id []byte) {
	for _, a := range im.router.Available(nil, of) {
		if a.Session != asker.Session {
			im.show(of, asker)
			return
		}
	}
	b := im.bench()
	defer b.putAway()
	p := b.presence(of, asker.Session.JID, "unavailable", id)
	if account, ok, err := im.store.Account(of); err == nil && ok && !account.LastActive.IsZero() {
		p.Start(atom.NSDelay, atom.Delay).Attr(atom.Stamp, account.LastActive.UTC().Format(stampFormat)).End()
	}
	im.post(p.Element(), []router.Target{asker})
}

// showMere answers a probe to a full JID: whether that resource is available, and nothing more (RFC 6121 §4.3.2, §4.6.6).
func (im *IM) showMere(full jid.JID, asker router.Target, id []byte) {
	kind := ""
	if !im.availableAt(full) && !im.router.HasDirected(full, asker.Session.JID) {
		kind = "unavailable"
	}
	b := im.bench()
	defer b.putAway()
	im.post(b.presence(full, asker.Session.JID, kind, id).Element(), []router.Target{asker})
}

// refuse answers the probe of somebody without permission with "unsubscribed", which ends a subscription that only he believes in.
func (im *IM) refuse(asker, contact jid.JID, id []byte) {
	b := im.bench()
	defer b.putAway()
	answer := b.keep(b.presence(contact, asker, "unsubscribed", id).Element())
	err := im.change(func(c *change) error {
		_, err := c.inbound(asker, contact, atom.Unsubscribed, answer)
		return err
	})
	if err != nil {
		im.host.Log.Warn("a subscription was not repaired", "jid", asker.String(), "err", err)
	}
}
