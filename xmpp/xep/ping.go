package xep

import (
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/host"
)

var _ = add(Extension{
	Number: 199, Name: "XMPP Ping", Version: "2.0.1",
	Register: func(h *host.Host, _ Config) {
		h.Feature(host.Both, atom.NSPing.String())
		h.HandleIQ(atom.Get, atom.NSPing, atom.Ping, ping)
	},
})

// ping answers for the server (XEP-0199 §4.2). An account answers only its owner: others would learn that it exists.
func ping(q *host.Request) {
	if q.Scope == host.Account && !q.Own() {
		q.Fail(atom.ServiceUnavailable, "")
		return
	}
	q.Send(q.Result())
}
