package xep

import (
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/host"
)

var _ = add(Extension{
	Number: 202, Name: "Entity Time", Version: "2.0",
	Notes: "The server tells UTC.",
	Register: func(h *host.Host, _ Config) {
		h.Feature(host.Server, atom.NSTime.String())
		h.HandleIQ(atom.Get, atom.NSTime, atom.Time, entityTime)
	},
})

// entityTime tells the server's time (XEP-0202 §3).
func entityTime(q *host.Request) {
	if q.Scope != host.Server {
		q.Fail(atom.ServiceUnavailable, "")
		return
	}
	b := q.Result().Start(atom.NSTime, atom.Time)
	b.Start(atom.NSTime, atom.TZO).Text("+00:00").End()
	b.Start(atom.NSTime, atom.UTC).Text(q.Now.UTC().Format("2006-01-02T15:04:05.000Z")).End() // XEP-0082 §3.2
	q.Send(b)
}
