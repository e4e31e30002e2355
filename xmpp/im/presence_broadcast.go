package im

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
)

// available takes the broadcast presence of a session: initial (RFC 6121 §4.2) or subsequent (§4.4). From here on messages go to it; who else
// hears of it is for a job to find out.
func (im *IM) available(s *host.Sender, kept []byte, priority int8) {
	me := s.Session
	initial := !im.router.SetPresence(me, router.Presence{Stanza: kept, Priority: priority})
	im.job(s, func() host.Continuation {
		if !im.current(me, kept) {
			return nil // it has gone, and Gone was faster
		}
		roster := im.roster(me.JID)
		im.broadcast(kept, me.JID, roster)
		if initial {
			im.welcome(me, roster)
		}
		return nil
	})
}

// current reports whether kept is still the presence of the session, or of the one that has resumed its stream.
func (im *IM) current(s *router.Session, kept []byte) bool {
	for _, a := range im.router.Available(nil, s.JID.Bare()) {
		if a.JID == s.JID {
			return &a.Stanza[0] == &kept[0]
		}
	}
	return false
}

// roster returns all that the store has of an account's roster.
func (im *IM) roster(owner jid.JID) (items []store.RosterItem) {
	err := im.store.Roster(owner, func(item store.RosterItem) bool {
		items = append(items, item)
		return true
	})
	if err != nil {
		im.host.Log.Error("a roster cannot be read", "jid", owner.Bare().String(), "err", err)
	}
	return items
}

// sees reports whether the contact of the item has a subscription to the owner's presence.
func sees(item *store.RosterItem) bool {
	return item.Subscription == store.SubscriptionFrom || item.Subscription == store.SubscriptionBoth
}

// seen reports whether the owner has a subscription to the contact's presence.
func seen(item *store.RosterItem) bool {
	return item.Subscription == store.SubscriptionTo || item.Subscription == store.SubscriptionBoth
}

// broadcast sends a presence to all subscribers and to the account's own available resources, its own included (RFC 6121 §4.2.2).
func (im *IM) broadcast(kept []byte, from jid.JID, roster []store.RosterItem) {
	im.opened(kept, func(_ *bench, e codec.Element) {
		for i := range roster {
			if sees(&roster[i]) {
				im.sendTo(e, roster[i].JID.Bare())
			}
		}
		im.sendTo(e, from.Bare())
	})
}

// sendTo routes e with that 'to'.
func (im *IM) sendTo(e codec.Element, to jid.JID) {
	im.route(codec.SetAttr(e, atom.To, to.String()), to)
}
