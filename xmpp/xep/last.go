package xep

import (
	"time"

	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/router"
)

var _ = add(Extension{
	Number: 12, Name: "Last Activity", Version: "2.0",
	Register: func(h *host.Host, _ Config) {
		h.Feature(host.Both, atom.NSLast.String())
		h.HandleIQ(atom.Get, atom.NSLast, atom.Query, lastActivity)
	},
})

// lastActivity tells the server's uptime (XEP-0012 §5), or how long ago the account was last online, to those who may see its
// presence (§3).
func lastActivity(q *host.Request) {
	if q.Scope == host.Server {
		sendLast(&q.Reply, q.Now.Sub(q.Host.Started), "")
		return
	}
	h, of := q.Host, q.Of
	mayKnow(q, refuse(atom.Forbidden), func() func(r *host.Reply) {
		if online := h.Router.Targets(nil, of, router.Reachable); len(online) > 0 {
			return func(r *host.Reply) { sendLast(r, 0, "") } // §4
		}
		a, ok, err := h.Account(of)
		if err != nil || !ok || a.LastActive.IsZero() {
			return refuse(atom.ServiceUnavailable)
		}
		return func(r *host.Reply) { sendLast(r, r.Now.Sub(a.LastActive), a.LastStatus) }
	})
}

func sendLast(r *host.Reply, ago time.Duration, status string) {
	b := r.Result().Start(atom.NSLast, atom.Query)
	r.Send(b.AttrUint(atom.Seconds, uint64(max(0, ago/time.Second))).Text(status))
}
