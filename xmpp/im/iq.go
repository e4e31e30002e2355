package im

import (
	"bytes"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stanza"
)

// IQ implements host.IM: RFC 6121 §8.5.3. A request reaches a resource only from those who may know that it is there.
func (im *IM) IQ(s *host.Sender, e codec.Element, to jid.JID) {
	kind, _ := stanza.Type(e)
	request := kind == atom.Get || kind == atom.Set
	from := s.Session.JID
	switch _, bound := im.router.Target(to); {
	case !bound && request:
		s.Fail(e, stanza.Error{Condition: atom.ServiceUnavailable}) // §8.5.3.2.3
	case !bound:
		// An answer to somebody who has gone.
	case !request:
		im.pass(s, e, to)
	case from.Bare() != to.Bare() && !im.router.HasDirected(to, from):
		im.request(s, e, to, false)
	case s.Pending:
		im.request(s, e, to, true)
	case im.route(e, to) == 0:
		s.Fail(e, stanza.Error{Condition: atom.ServiceUnavailable}) // it ends at this moment, or has no room for more
	}
}

// request hands on a request, in a job, if the asked account shares its presence with the asker's (§8.5.3.1): that is known, or only the store knows.
func (im *IM) request(s *host.Sender, e codec.Element, to jid.JID, known bool) {
	b := im.bench()
	defer b.putAway()
	kept := b.keep(e)
	from, id, written := s.Session.JID, bytes.Clone(e.Attr(atom.ID)), bytes.Clone(e.Attr(atom.To))
	im.job(s, func() host.Continuation {
		delivered := 0
		if known || im.maySee(from, to) {
			im.opened(kept, func(_ *bench, e codec.Element) { delivered = im.route(e, to) })
		}
		if delivered == 0 { // who has asked may have lost its connection: its stream keeps the answer
			b := im.bench()
			defer b.putAway()
			err := stanza.Error{Condition: atom.ServiceUnavailable}
			im.route(stanza.BuildErrorFor(b.build(), atom.IQ, id, written, []byte(from.String()), err), from)
		}
		return nil
	})
}
