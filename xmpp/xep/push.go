package xep

import (
	"errors"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
)

var _ = add(Extension{
	Number: 357, Name: "Push Notifications", Version: "0.4.1",
	Notes: "`xmpp/im` publishes: to clients of this server, or by a host.PushService.",
	Register: func(h *host.Host, _ Config) {
		if h.Push == nil {
			return
		}
		h.Feature(host.Account, atom.NSPush.String()) // §4.1
		h.HandleIQ(atom.Set, atom.NSPush, atom.Enable, enablePush)
		h.HandleIQ(atom.Set, atom.NSPush, atom.Disable, disablePush)
	},
})

// enablePush adds an address to which pushes are published, or gives it other options (XEP-0357 §5).
func enablePush(q *host.Request) {
	a := host.PushAddress{Node: string(q.Payload.Attr(atom.Node)), Enabled: q.Now}
	service, err := jid.ParseBytes(q.Payload.Attr(atom.JID))
	if a.Service = service; err != nil {
		q.Fail(atom.BadRequest, "the JID of a push service is needed")
		return
	}
	options, condition := publishOptions(q)
	if a.Options = options; condition == atom.Unknown && len(a.Node) > host.MaxPushNode {
		condition = atom.PolicyViolation
	}
	switch {
	case !q.Own():
		q.Fail(atom.NotAllowed, "")
	case condition != atom.Unknown:
		q.Fail(condition, "")
	case !q.Host.Push.Serves(service):
		q.Fail(atom.ItemNotFound, "this server cannot reach that push service")
	default:
		changePushes(q, func(tx *store.Tx, account jid.JID) error { return host.EnablePush(tx, account, a) })
	}
}

// publishOptions returns the form in an <enable/> in the archive's coding, nil when there is none, or what is wrong with it.
func publishOptions(q *host.Request) (kept []byte, condition atom.Atom) {
	form := q.Payload.First()
	if form.IsZero() {
		return nil, atom.Unknown
	}
	if !form.Is(atom.NSData, atom.X) || !form.Next().IsZero() || formType(form) != "http://jabber.org/protocol/pubsub#publish-options" {
		return nil, atom.BadRequest
	}
	kept, _ = q.Host.Router.Encoders[codec.Compact].AppendSplit(nil, form)
	if len(kept) > host.MaxPushOptions {
		return nil, atom.PolicyViolation
	}
	return kept, atom.Unknown
}

// formType returns the FORM_TYPE of a data form (XEP-0068 §4).
func formType(form codec.Element) string {
	for c := form.First(); !c.IsZero(); c = c.Next() {
		if c.Is(atom.NSData, atom.Field) && string(c.Attr(atom.Var)) == "FORM_TYPE" {
			return string(c.Child(atom.NSData, atom.Value).Text())
		}
	}
	return ""
}

// disablePush removes an address, or all of a service (XEP-0357 §6).
func disablePush(q *host.Request) {
	service, err := jid.ParseBytes(q.Payload.Attr(atom.JID))
	all, node := q.Payload.Attr(atom.Node) == nil, string(q.Payload.Attr(atom.Node))
	switch {
	case err != nil:
		q.Fail(atom.BadRequest, "the JID of a push service is needed")
	case !q.Own():
		q.Fail(atom.NotAllowed, "")
	default:
		changePushes(q, func(tx *store.Tx, account jid.JID) error {
			return host.DisablePush(tx, account, func(a host.PushAddress) bool { return a.Service == service && (all || a.Node == node) })
		})
	}
}

// changePushes changes what the asking account has enabled, and answers.
func changePushes(q *host.Request, change func(tx *store.Tx, account jid.JID) error) {
	h, account := q.Host, q.Of
	q.Do(func() func(r *host.Reply) {
		err := commit(h.Store, account, change)
		switch {
		case err == nil:
			return func(r *host.Reply) { r.Send(r.Result()) }
		case errors.Is(err, errRemoved):
			return refuse(atom.ServiceUnavailable)
		case errors.Is(err, host.ErrTooManyPushes), errors.Is(err, store.ErrDiskFull), errors.Is(err, store.ErrFull):
			return refuse(atom.ResourceConstraint)
		}
		h.Log.Error("changing push addresses failed", "jid", account.String(), "err", err)
		return refuse(atom.InternalServerError)
	})
}
