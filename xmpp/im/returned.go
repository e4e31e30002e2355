package im

import (
	"bytes"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/stanza"
)

// owed returns what is not 0 when the sender of a stanza that is in no archive is to hear that its receiver does not get it: of a request to another session,
// and of a message with a text (RFC 6121 §8.5.3.2). The server's own requests are not answered.
func owed(e codec.Element) uint64 {
	from := e.Attr(atom.From)
	if bytes.IndexByte(from, '/') < 0 {
		return 0
	}
	switch kind, _ := stanza.Type(e); {
	case e.Name() == atom.IQ && (kind == atom.Get || kind == atom.Set):
		return stanza.AnswerKey(from, e.Attr(atom.ID))
	case e.Name() == atom.Message && kind != atom.Error && !passing(e) && !stanza.Storable(e):
		return 1
	}
	return 0
}

// Returned implements host.IM: XEP-0198 §4 with RFC 6121 §8.5.3.2.
func (im *IM) Returned(f *codec.Frame) {
	defer f.Release()
	if f.Owed == 0 {
		return
	}
	var s codec.Scratch
	e, err := im.router.Open(f, &s)
	if err != nil {
		im.host.Log.Error("a stanza that was not taken cannot be read", "err", err)
		return
	}
	to, err := im.router.Resolve(e.Attr(atom.To))
	if err != nil || stanza.KindOf(e) == stanza.Message && im.elsewhere(e, to) {
		return
	}
	from, err := im.router.Resolve(e.Attr(atom.From))
	if err != nil {
		return
	}
	b := im.bench()
	defer b.putAway()
	im.route(stanza.BuildError(b.build(), e, stanza.Error{Condition: atom.ServiceUnavailable}), from)
}

// elsewhere reports whether other sessions have, or get, a message that was to go to one that has ended.
func (im *IM) elsewhere(e codec.Element, to jid.JID) bool {
	others := im.router.Targets(nil, to.Bare(), router.Able)
	if to.IsBare() {
		return len(others) > 0 // they were sent it too
	}
	kind, _ := stanza.Type(e)
	return router.MessageFate(kind, router.ToUnbound, len(others) > 0) == router.Everybody && im.post(e, others) > 0
}
