package xep

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/router"
)

var _ = add(Extension{
	Number: 30, Name: "Service Discovery", Version: "2.5.0",
	Register: func(h *host.Host, _ Config) {
		h.Feature(host.Both, atom.NSDiscoInfo.String(), atom.NSDiscoItems.String())
		h.HandleIQ(atom.Get, atom.NSDiscoInfo, atom.Query, discoInfo)
		h.HandleIQ(atom.Get, atom.NSDiscoItems, atom.Query, discoItems)
	},
})

// discoInfo tells what the server or an account is and can do (XEP-0030 §3). An account tells only those who may see its
// presence: to others it is as if it was not there, whatever the node (§8).
func discoInfo(q *host.Request) {
	h, scope := q.Host, q.Scope
	answer := func(r *host.Reply) {
		b := r.Result().Start(atom.NSDiscoInfo, atom.Query)
		addInfo(b, h, scope)
		r.Send(b)
	}
	if q.Payload.Attr(atom.Node) != nil {
		answer = refuse(atom.ItemNotFound) // §7: we have no nodes
	}
	if scope == host.Server {
		answer(&q.Reply)
		return
	}
	mayKnow(q, refuse(atom.ServiceUnavailable), func() func(r *host.Reply) { return answer })
}

func addInfo(b *codec.Builder, h *host.Host, scope host.Scope) {
	h.Identities(scope, func(i host.Identity) {
		b.Start(atom.NSDiscoInfo, atom.Identity).Attr(atom.Category, i.Category).Attr(atom.Type, i.Type)
		if i.Name != "" {
			b.Attr(atom.Name, i.Name)
		}
		b.End()
	})
	h.Features(scope, func(name string) {
		b.Start(atom.NSDiscoInfo, atom.Feature).Attr(atom.Var, name).End()
	})
}

// discoItems lists what belongs to the server, nothing yet, or the resources of an account that are available (XEP-0030 §4), to
// those who may see its presence (§8).
func discoItems(q *host.Request) {
	h, of, node := q.Host, q.Of, q.Payload.Attr(atom.Node) != nil
	none, noNode := func(r *host.Reply) { sendItems(r, nil) }, refuse(atom.ItemNotFound) // §7: we have no nodes
	switch {
	case q.Scope == host.Server && node:
		noNode(&q.Reply)
		return
	case q.Scope == host.Server:
		none(&q.Reply)
		return
	}
	mayKnow(q, none, func() func(r *host.Reply) {
		if node {
			return noNode
		}
		available := h.Router.Available(nil, of)
		return func(r *host.Reply) { sendItems(r, available) }
	})
}

func sendItems(r *host.Reply, items []router.Available) {
	b := r.Result().Start(atom.NSDiscoItems, atom.Query)
	for _, a := range items {
		b.Start(atom.NSDiscoItems, atom.Item).Attr(atom.JID, a.JID.String()).End()
	}
	r.Send(b)
}
