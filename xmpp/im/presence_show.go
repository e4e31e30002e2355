package im

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
)

// welcome tells a session that has just become available who else is: the answers that probes would give (RFC 6121 §4.3.1), the account's other
// resources, and the subscription requests that wait for an answer (§3.1.3).
func (im *IM) welcome(s *router.Session, roster []store.RosterItem) {
	me, ok := im.router.Target(s.JID)
	if !ok || me.Session != s {
		return
	}
	im.show(s.JID.Bare(), me)
	for i := range roster {
		// The contact has the last word: the account may have been removed and made anew since (RFC 6121 §4.3.2).
		if item := &roster[i]; seen(item) && im.local(item.JID) && im.maySee(s.JID, item.JID) {
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
