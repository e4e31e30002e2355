package xep

import (
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/host"
)

var _ = add(Extension{
	Number: 280, Name: "Message Carbons", Version: "1.0.1",
	Notes: "`xmpp/im` makes the copies.",
	Register: func(h *host.Host, _ Config) {
		h.Feature(host.Server, atom.NSCarbons.String(), "urn:xmpp:carbons:rules:0") // §3, §6.2
		h.HandleIQ(atom.Set, atom.NSCarbons, atom.Enable, enableCarbons)
		h.HandleIQ(atom.Set, atom.NSCarbons, atom.Disable, disableCarbons)
	},
})

// enableCarbons turns on the copies for the session that asks (XEP-0280 §4). A device that the server knows gets what waits for it too; for
// other clients, which share one place in the archive, they begin here: what they have missed XEP-0313 tells.
func enableCarbons(q *host.Request) {
	if !q.Own() {
		q.Fail(atom.NotAllowed, "")
		return
	}
	h, s := q.Host, q.Session
	if s.Device != "" {
		h.Router.SetCarbons(s, true, 0)
		q.Send(q.Result())
		return
	}
	q.Do(func() func(r *host.Reply) {
		last, err := h.Store.ArchiveLast(s.JID)
		if err != nil {
			h.Log.Error("the archive cannot be read", "jid", s.JID.String(), "err", err)
			return refuse(atom.InternalServerError)
		}
		h.Router.SetCarbons(s, true, last)
		return func(r *host.Reply) { r.Send(r.Result()) }
	})
}

// disableCarbons turns them off (XEP-0280 §5).
func disableCarbons(q *host.Request) {
	if !q.Own() {
		q.Fail(atom.NotAllowed, "")
		return
	}
	q.Host.Router.SetCarbons(q.Session, false, 0)
	q.Send(q.Result())
}
