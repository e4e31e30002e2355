package im

import (
	"strconv"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/stanza"
)

// Presence implements host.IM: RFC 6121 §3 and §4.
func (im *IM) Presence(s *host.Sender, e codec.Element, to jid.JID) {
	b := im.bench()
	defer b.putAway()
	kept := b.keep(e)
	if len(kept) > im.opts.MaxPresence {
		s.Fail(e, stanza.Error{Condition: atom.PolicyViolation, Text: "the presence is too large"})
		return
	}
	switch kind, _ := stanza.Type(e); kind {
	case atom.Subscribe, atom.Subscribed, atom.Unsubscribe, atom.Unsubscribed:
		if !to.IsZero() {
			im.subscription(s, e, kind, to.Bare()) // §3.1.2: a full JID counts as its bare JID
		}
	case atom.Probe:
		if !to.IsZero() {
			im.probe(s, e, to)
		}
	case atom.Error:
		if to.Resource() != "" {
			im.pass(s, e, to)
		}
	case atom.Unavailable:
		if to.IsZero() {
			im.unavailable(s, kept)
			return
		}
		im.router.Direct(s.Session, to, false)
		im.pass(s, e, to)
	default:
		im.availablePresence(s, e, to, kept)
	}
}

// availablePresence takes a presence without type. What a priority may be is checked of broadcast and directed presence alike.
func (im *IM) availablePresence(s *host.Sender, e codec.Element, to jid.JID, kept []byte) {
	p, ok := priority(e)
	switch {
	case !ok:
		s.Fail(e, stanza.Error{Condition: atom.BadRequest, Text: "priority is a number from -128 to 127"})
	case to.IsZero():
		im.available(s, kept, p)
	default:
		im.router.Direct(s.Session, to, true)
		im.pass(s, e, to)
	}
}

// priority returns the priority of a presence, 0 when it has none (RFC 6121 §4.7.2.3). ok is false when it is no
// integer from -128 to +127, or given twice.
func priority(e codec.Element) (p int8, ok bool) {
	given := false
	for c := e.First(); !c.IsZero(); c = c.Next() {
		if !c.Is(atom.NSClient, atom.Priority) {
			continue
		}
		n, err := strconv.ParseInt(string(c.Text()), 10, 8)
		if given || err != nil || !c.First().IsZero() {
			return 0, false
		}
		p, given = int8(n), true
	}
	return p, true
}

// pass hands a stanza that was addressed to somebody on as it is: directed presence (RFC 6121 §4.6.3) and IQs. What the session sent
// before goes first.
func (im *IM) pass(s *host.Sender, e codec.Element, to jid.JID) {
	if !s.Pending {
		im.route(e, to)
		return
	}
	b := im.bench()
	defer b.putAway()
	kept := b.keep(e)
	im.job(s, func() host.Continuation {
		im.opened(kept, func(_ *bench, e codec.Element) { im.route(e, to) })
		return nil
	})
}

// opened calls f with a stanza that was kept, and a bench whose builder is free.
func (im *IM) opened(kept []byte, f func(b *bench, e codec.Element)) {
	b := im.bench()
	defer b.putAway()
	e, err := b.open(kept)
	if err != nil {
		im.host.Log.Error("a stanza that was kept cannot be read", "err", err)
		return
	}
	f(b, e)
}

// route posts a stanza to a local address: to the resource that is bound at a full JID, or to all available ones
// (RFC 6121 §8.5.2.1.2, §8.5.3). It returns how many got it.
func (im *IM) route(e codec.Element, to jid.JID) int {
	if !im.local(to) {
		return 0 // TODO RFC 6121 §4.2.2: presence to contacts on other servers.
	}
	var room [8]router.Target
	targets := room[:0]
	if to.IsBare() {
		targets = im.router.Targets(targets, to, router.Reachable)
	} else if t, ok := im.router.Target(to); ok {
		targets = append(targets, t)
	}
	if kind, _ := stanza.Type(e); kind == atom.Unavailable && stanza.KindOf(e) == stanza.Presence {
		im.forgetDirected(e, targets)
	}
	return im.post(e, targets)
}

// forgetDirected ends the receivers' directed presence to a resource that goes (RFC 6121 §4.6.1).
func (im *IM) forgetDirected(e codec.Element, targets []router.Target) {
	from, err := im.router.Resolve(e.Attr(atom.From))
	if err != nil {
		return
	}
	for _, t := range targets {
		im.router.Direct(t.Session, from, false)
	}
}
