package im

import (
	"errors"
	"strconv"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/stanza"
)

// localPush is the host.PushService of services that are clients of this server: a resource of an account, or, by its bare JID, whichever of its resources is
// there. They get an IQ from the account's bare JID, which no client can send (XEP-0357 §3.2).
type localPush struct{ im *IM }

// Serves implements host.PushService.
func (l localPush) Serves(service jid.JID) bool { return l.im.local(service) }

// Publish implements host.PushService.
func (l localPush) Publish(p host.Push, done func(error)) {
	t, ok := l.listener(p.Service)
	if !ok {
		done(host.ErrNoPushService)
		return
	}
	asked := l.im.host.Ask(t, p.Account, func(b *codec.Builder) { l.im.addPublish(b, &p) }, func(e codec.Element) {
		if kind, _ := stanza.Type(e); kind == atom.Error {
			done(errors.New("im: the push service has answered with an error"))
			return
		}
		done(nil)
	})
	if !asked {
		done(host.ErrNoPushService)
	}
}

func (l localPush) listener(service jid.JID) (router.Target, bool) {
	if !service.IsBare() {
		return l.im.router.Target(service)
	}
	targets := l.im.router.Targets(nil, service, router.Able)
	if len(targets) == 0 {
		return router.Target{}, false
	}
	return targets[0], true
}

// addPublish adds the publication of a push (XEP-0357 §7, XEP-0060 §7.1).
func (im *IM) addPublish(b *codec.Builder, p *host.Push) {
	const ns = "http://jabber.org/protocol/pubsub"
	b.StartNS(ns, "pubsub").StartNS(ns, "publish")
	if p.Node != "" {
		b.Attr(atom.Node, p.Node)
	}
	b.StartNS(ns, "item").StartNS(atom.NSPush.String(), "notification").Start(atom.NSData, atom.X).Attr(atom.Type, "submit")
	addField(b, "FORM_TYPE", "urn:xmpp:push:summary")
	addField(b, "message-count", strconv.Itoa(p.Count))
	addField(b, "last-message-sender", p.Sender)
	addField(b, "last-message-body", p.Body)
	b.End().End().End().End()
	if len(p.Options) > 0 {
		im.opened(p.Options, func(_ *bench, x codec.Element) { b.StartNS(ns, "publish-options").Copy(x).End().End() })
	}
}

// addField adds a field of a form, unless it is empty.
func addField(b *codec.Builder, name, value string) {
	if value != "" {
		b.Start(atom.NSData, atom.Field).Attr(atom.Var, name).Start(atom.NSData, atom.Value).Text(value).End().End()
	}
}
