package xep

import (
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/host"
)

var _ = add(Extension{
	Number: 92, Name: "Software Version", Version: "1.1",
	Notes: "The operating system is not told.",
	Register: func(h *host.Host, c Config) {
		h.Feature(host.Server, atom.NSVersion.String())
		h.HandleIQ(atom.Get, atom.NSVersion, atom.Query, func(q *host.Request) { version(q, c.Version) })
	},
})

// version tells what the server is (XEP-0092 §2). Without a version to tell, the element is empty: the schema wants it.
func version(q *host.Request, number string) {
	if q.Scope != host.Server {
		q.Fail(atom.ServiceUnavailable, "")
		return
	}
	b := q.Result().Start(atom.NSVersion, atom.Query)
	b.Start(atom.NSVersion, atom.Name).Text("Godwit").End()
	b.Start(atom.NSVersion, atom.Version).Text(number).End()
	q.Send(b)
}
