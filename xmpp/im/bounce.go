package im

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/stanza"
)

// Bounce is the flag of archive entries that are stanza errors, kept until their client has them: no part of the account's history.
const Bounce = 1 << 1

// bounce puts the error that the sender of m gets into its own archive, in the batch that counts m as handled (XEP-0198 §4): the client will not send m
// again, so it has to hear of the error even if we crash before it has. A stream that cannot be resumed does not need that, its client is told before it is acked.
func (m *message) bounce(tx *store.Tx) (err error) {
	im := m.im
	im.body, _ = im.router.Encoders[codec.Compact].AppendSplit(im.body[:0], m.refusal(&im.stamps))
	e := store.Entry{Account: m.from.Bare(), With: m.to, From: m.to, Time: m.sent, Flags: toResource | Bounce, Stanza: im.body}
	m.seq, _, err = tx.Append(e)
	m.bounced = err == nil
	return err
}

// deliverBounce posts the error to the session of the stream, like a message.
func (m *message) deliverBounce() {
	im := m.im
	t, ok := im.router.Target(m.from)
	if !ok {
		return
	}
	f := codec.NewFrame()
	defer f.Release()
	f.Encode(im.router.Encoders[t.Encoding], m.refusal(&im.stamps))
	f.ID = m.seq
	im.stampID(f, &im.stamps, m.from.Bare(), m.seq)
	router.Post([]router.Target{t}, f)
}

// refusal builds the error for a message to an account that does not exist (RFC 6121 §8.5.1).
func (m *message) refusal(b *codec.Builder) codec.Element {
	b.Reset()
	return m.buildError(b, stanza.Error{Condition: atom.ServiceUnavailable})
}

// meant reports whether an archive entry with the 'to' is for s. An error is for who has sent the message, and nobody else.
func (im *IM) meant(e *store.Entry, to []byte, s *router.Session) bool {
	switch {
	case e.Flags&Bounce != 0:
		return s.JID.EqualBytes(to)
	case e.Flags&toResource != 0:
		return im.concerns(to, s)
	}
	return true
}
