package im

import (
	"context"

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

// current reports whether kept is still the presence of the session.
func (im *IM) current(s *router.Session, kept []byte) bool {
	for _, a := range im.router.Available(nil, s.JID.Bare()) {
		if a.Session == s {
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

// welcome tells a session that has just become available who else is: the answers that probes would give (RFC 6121 §4.3.1), the account's other
// resources, and the subscription requests that wait for an answer (§3.1.3).
func (im *IM) welcome(s *router.Session, roster []store.RosterItem) {
	me, ok := im.router.Target(s.JID)
	if !ok || me.Session != s {
		return
	}
	im.show(s.JID.Bare(), me)
	for i := range roster {
		if item := &roster[i]; seen(item) && im.local(item.JID) {
			im.show(item.JID.Bare(), me)
		}
	}
	for i := range roster {
		if item := &roster[i]; item.PendingIn && len(item.Request) > 0 {
			im.opened(item.Request, func(_ *bench, e codec.Element) { im.post(e, []router.Target{me}) })
		}
	}
}

// show posts the presence of all available resources of an account to one session, but not its own. It looks again after it has posted, until nothing has
// changed: a presence that was sent meanwhile may have been overtaken by the older one from here.
func (im *IM) show(of jid.JID, to router.Target) {
	var shown []router.Available
	for {
		now := im.router.Available(nil, of)
		changed := false
		for i := range now {
			if now[i].Session != to.Session && !sameIn(shown, &now[i]) {
				changed = true
				im.showOne(&now[i], to)
			}
		}
		for i := range shown {
			if shown[i].Session != to.Session && !stillIn(now, &shown[i]) {
				changed = true
				im.withdrawOne(shown[i].JID, to)
			}
		}
		if !changed {
			return
		}
		shown = now
	}
}

func sameIn(list []router.Available, a *router.Available) bool {
	for i := range list {
		if list[i].Session == a.Session {
			return &list[i].Stanza[0] == &a.Stanza[0]
		}
	}
	return false
}

func stillIn(list []router.Available, a *router.Available) bool {
	for i := range list {
		if list[i].JID == a.JID {
			return true
		}
	}
	return false
}

func (im *IM) showOne(a *router.Available, to router.Target) {
	im.opened(a.Stanza, func(_ *bench, e codec.Element) {
		im.post(codec.SetAttr(e, atom.To, to.Session.JID.String()), []router.Target{to})
	})
}

func (im *IM) withdrawOne(from jid.JID, to router.Target) {
	b := im.bench()
	defer b.putAway()
	im.post(b.presence(from, to.Session.JID, "unavailable", nil).Element(), []router.Target{to})
}

// unavailable takes unavailable presence without 'to' (RFC 6121 §4.5.2).
func (im *IM) unavailable(s *host.Sender, kept []byte) {
	me := s.Session
	end := router.End{Available: im.router.SetPresence(me, router.Presence{}), Directed: im.router.TakeDirected(me)}
	im.job(s, func() host.Continuation {
		if !im.availableAt(me.JID) {
			im.leave(me, kept, end)
		}
		return nil
	})
}

// leave sends the unavailable presence of a session to those who have seen it: subscribers, its own account, and whoever got directed presence
// (RFC 6121 §4.6.3). It runs in a job, under the lock of the account.
func (im *IM) leave(s *router.Session, kept []byte, end router.End) {
	told := make(map[jid.JID]bool)
	im.opened(kept, func(_ *bench, e codec.Element) {
		if end.Available {
			for _, item := range im.roster(s.JID) {
				if sees(&item) {
					told[item.JID.Bare()] = true
					im.sendTo(e, item.JID.Bare())
				}
			}
			told[s.JID.Bare()] = true
			im.sendTo(e, s.JID.Bare())
			im.echo(e, s)
		}
		for _, to := range end.Directed {
			if !told[to] && !told[to.Bare()] {
				told[to] = true
				im.sendTo(e, to)
			}
		}
		if end.Available {
			im.noteActivity(s.JID.Bare(), e)
		}
	})
}

// echo sends its unavailable presence to the session itself, which is not among the available ones any more.
func (im *IM) echo(e codec.Element, s *router.Session) {
	if t, ok := im.router.Target(s.JID); ok && t.Session == s {
		im.post(e, []router.Target{t})
	}
}

// noteActivity keeps the time and status of the last resource that went (XEP-0012 §4).
func (im *IM) noteActivity(account jid.JID, e codec.Element) {
	if im.opts.Now == nil || len(im.router.Available(nil, account)) > 0 {
		return
	}
	now, status := im.opts.Now(), string(e.Child(atom.NSClient, atom.Status).Text())
	err := im.store.Do(context.Background(), func(tx *store.Tx) error {
		a, ok, err := tx.Account(account)
		if err != nil || !ok {
			return err
		}
		a.LastActive, a.LastStatus = now, status
		return tx.PutAccount(account, a)
	})
	if err != nil {
		im.host.Log.Warn("the time of the last activity was not kept", "jid", account.String(), "err", err)
	}
}
