package client

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/stanza"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// request handles a request of somebody else's: every get and set has an answer (RFC 6120 §8.2.3).
func (m *Machine) request(e codec.Element, out *stream.Output) {
	payload := e.First()
	switch {
	case payload.Is(atom.NSRoster, atom.Query) && m.isPush(e):
		m.app.Stanza(e)
		m.reply(stanza.BuildResult(out.Build(), e), out)
	case m.cfg.OwnIQ:
		m.app.Stanza(e)
	default:
		m.answer(e, payload, out)
	}
}

// isPush reports whether e is a roster push: from our own server, or to be ignored (RFC 6121 §2.1.6).
func (m *Machine) isPush(e codec.Element) bool {
	from := e.Attr(atom.From)
	return string(e.Attr(atom.Type)) == "set" && (from == nil || m.address.Bare().EqualBytes(from))
}

// answer answers a request out of what every client knows.
func (m *Machine) answer(e, payload codec.Element, out *stream.Output) {
	t, _ := stanza.Type(e)
	switch {
	case t != atom.Get && t != atom.Set || payload.IsZero(): // RFC 6120 §8.2.3
		m.refuse(e, atom.BadRequest, out)
	case t == atom.Get && payload.Is(atom.NSPing, atom.Ping): // XEP-0199 §4
		m.reply(stanza.BuildResult(out.Build(), e), out)
	case t == atom.Get && payload.Is(atom.NSVersion, atom.Query): // XEP-0092 §2
		m.reply(m.version(stanza.BuildResult(out.Build(), e)), out)
	case t == atom.Get && payload.Is(atom.NSDiscoInfo, atom.Query):
		m.disco(e, payload, out)
	default:
		m.refuse(e, atom.ServiceUnavailable, out) // RFC 6120 §8.4
	}
}

func (m *Machine) version(b *codec.Builder) *codec.Builder {
	b.Start(atom.NSVersion, atom.Query).Start(atom.NSVersion, atom.Name).Text(m.cfg.Name).End()
	if m.cfg.Version != "" {
		b.Start(atom.NSVersion, atom.Version).Text(m.cfg.Version).End()
	}
	return b
}

// disco tells what is answered here (XEP-0030 §3.1). There are no nodes.
func (m *Machine) disco(e, query codec.Element, out *stream.Output) {
	if query.Attr(atom.Node) != nil {
		m.refuse(e, atom.ItemNotFound, out) // XEP-0030 §3.2
		return
	}
	b := stanza.BuildResult(out.Build(), e).Start(atom.NSDiscoInfo, atom.Query)
	b.Start(atom.NSDiscoInfo, atom.Identity).Attr(atom.Category, "client").Attr(atom.Type, "pc").Attr(atom.Name, m.cfg.Name).End()
	for _, ns := range []atom.Atom{atom.NSDiscoInfo, atom.NSPing, atom.NSVersion} {
		b.Start(atom.NSDiscoInfo, atom.Feature).Attr(atom.Var, ns.String()).End()
	}
	m.reply(b, out)
}

// refuse answers with an error.
func (m *Machine) refuse(e codec.Element, condition atom.Atom, out *stream.Output) {
	b := out.Build()
	stanza.BuildError(b, e, stanza.Error{Condition: condition})
	m.reply(b, out)
}

// reply sends what b holds. It counts as sent, but nobody is told of its ack.
func (m *Machine) reply(b *codec.Builder, out *stream.Output) {
	if m.state != bound && m.state != enabling {
		return // after our </stream:stream> nothing may be sent (RFC 6120 §4.4)
	}
	e := b.Element()
	out.Send(e)
	m.sentReply(out, e)
}
