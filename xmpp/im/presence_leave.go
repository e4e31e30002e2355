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
