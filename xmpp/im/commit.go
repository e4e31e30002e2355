package im

import (
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/archiveid"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/stanza"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// toResource is the flag of archive entries that are addressed to a full JID.
const toResource = 1 << 0

// message is a message on its way through the store: first the operation that archives it, then the host.Done that its
// sender gets. It is reused.
type message struct {
	im       *IM
	frame    *codec.Frame // in the archive's coding and what its receivers used when it was sent
	from, to jid.JID      // from is full; to is as the sender wrote it
	sent     time.Time
	origin   []byte // XEP-0359 §3, empty when there is none
	id       []byte // of the stanza, for an error
	mailbox  stream.Mailbox
	stream   *host.Stream // of the sender, when it can be resumed: h is counted with what is stored
	h        uint32
	number   uint32
	fate     router.Fate
	storable bool
	copies   copies
	urgent   bool // worth a push

	temporary bool // mail, and in no archive

	hasID, addressed bool // the stanza had an 'id', a 'to'

	seq       uint64 // in the recipient's archive
	own       uint64 // in the sender's archive, 0: it has no copy of its own there
	duplicate bool
	stranger  bool // no such account, on either side
	bounced   bool // and the sender's archive says so, see bounce
	refused   bool // it is in no archive, and no session has taken it
	err       error
}

func (im *IM) newMessage() *message {
	if m, ok := im.messages.Get().(*message); ok {
		return m
	}
	return &message{im: im}
}

// Settle implements host.Done: m is reused.
func (m *message) Settle() {
	*m = message{im: m.im, origin: m.origin[:0], id: m.id[:0]}
	m.im.messages.Put(m)
}

// Size implements store.Sized.
func (m *message) Size() int {
	head, _, tail := m.frame.Parts(codec.Compact)
	return 512 + 2*(len(head)+len(tail))
}

// Apply implements store.Op: both archives in one batch, one when sender and recipient are the same account; and the count of the sender's stream, whatever
// becomes of the message. Nothing is written for a sender whose account was removed meanwhile: its name may be given out again.
func (m *message) Apply(tx *store.Tx) error {
	if ok, err := m.im.exists(tx, m.from); err != nil || !ok {
		m.stranger = !ok
		return err
	}
	if m.stream != nil && sabotageCountOutsideBatch {
		m.h--
	}
	if m.stream != nil {
		if err := tx.SetStreamIn(m.stream.Account, m.stream.ID, m.h); err != nil {
			return err
		}
	}
	if !m.storable {
		return nil
	}
	ok, err := tx.HasAccount(m.to)
	if err != nil || !ok {
		m.stranger = !ok
		if err == nil && m.stream != nil {
			err = m.bounce(tx)
		}
		return err
	}
	im := m.im
	head, _, tail := m.frame.Parts(codec.Compact)
	im.body = append(append(im.body[:0], head...), tail...)
	e := store.Entry{Account: m.to.Bare(), With: m.from, From: m.from, OriginID: m.origin, Time: m.sent, Stanza: im.body}
	if e.Flags, err = m.flags(tx, &e); err != nil {
		return err
	}
	if !m.to.IsBare() {
		e.Flags |= toResource
	}
	if m.seq, m.duplicate, err = tx.Append(e); err != nil || m.duplicate {
		return err
	}
	// The recipient's archive has decided that the message is new. The same origin-id may go to another recipient.
	e.OriginID = nil
	if own := m.from.Bare(); own != e.Account && im.local(own) {
		e.Account, e.With, e.Outgoing = own, m.to, true
		var flags uint8
		if flags, err = m.flags(tx, &e); err != nil {
			return err
		}
		e.Flags = e.Flags&toResource | flags
		m.own, _, err = tx.Append(e)
	}
	if sabotageDeliverBeforeCommit && err == nil {
		m.deliver()
	}
	return err
}

// exists reports whether j is of an account that is there, or of none of ours.
func (im *IM) exists(tx *store.Tx, j jid.JID) (bool, error) {
	if !im.local(j) {
		return true, nil
	}
	return tx.HasAccount(j)
}

// flags returns those that an entry gets by the wish of its sender, or by the rules of its account.
func (m *message) flags(tx *store.Tx, e *store.Entry) (uint8, error) {
	if m.temporary {
		return unarchived, tx.AddArchiveFlags(e.Account, hasTemporary)
	}
	return ruled(tx, e)
}

// Committed implements store.Op: it delivers the message, which is durable now, and tells the sender.
func (m *message) Committed(err error) {
	if m.err = err; err != nil {
		m.im.host.Log.Error("storing a message failed", "err", err)
	} else if m.bounced {
		m.deliverBounce()
	} else if !m.stranger && !m.duplicate && !(sabotageDeliverBeforeCommit && m.storable) {
		m.deliver()
	}
	m.frame.Release()
	m.frame = nil
	report(m, m.mailbox, m.stream)
}

// report posts the Done to the session that sent the stanza, or, when its connection is gone, to its stream.
func report(d host.Done, mailbox stream.Mailbox, st *host.Stream) {
	if !mailbox.Post(stream.Mail{Note: d}) && (st == nil || !st.Lost.Post(stream.Mail{Note: d})) {
		d.Settle()
	}
}

// deliver posts the message to the sessions that are there now, and copies of it to others.
func (m *message) deliver() {
	var room [8]router.Target
	targets := m.im.targets(room[:0], m.to, m.fate, m.storable)
	sent, received := m.im.copied(m.copies, m.from, m.to, targets)
	router.Expect(received, m.seq)
	if len(targets) > 0 {
		m.im.complete(m.frame, targets)
		if m.storable {
			if len(sent)+len(received) == 0 && connected(targets) {
				onlyFor(targets, m.frame) // nobody reads it again below
			}
			m.frame.ID = m.seq
			m.im.stampID(m.frame, &m.im.stamps, m.to.Bare(), m.seq)
		}
	}
	if n := router.Post(targets, m.frame); n == 0 && m.frame.Owed != 0 && m.fate != router.Ignore {
		m.refused = true
		return
	}
	m.copy(sent, received)
	if !connected(targets) {
		m.im.wake(m)
	}
}

// complete adds the encodings of targets that came after the message was encoded. Nobody else may have f yet.
func (im *IM) complete(f *codec.Frame, targets []router.Target) {
	for _, t := range targets {
		if !f.Has(t.Encoding) {
			im.addEncoding(f, t.Encoding)
		}
	}
}

// onlyFor drops the encoding that was for the archive alone. Nobody else may have f yet.
func onlyFor(targets []router.Target, f *codec.Frame) {
	for _, t := range targets {
		if t.Encoding == codec.Compact {
			return
		}
	}
	f.Drop(codec.Compact)
}

func (im *IM) addEncoding(f *codec.Frame, missing codec.Encoding) {
	b := im.bench()
	defer b.putAway()
	head, _, tail := f.Parts(codec.Compact)
	b.buf = append(append(b.buf[:0], head...), tail...)
	if e, err := b.open(b.buf); err == nil {
		f.Encode(im.router.Encoders[missing], e)
	}
}

// stampID adds the id that the message has in the archive of the account by (XEP-0359 §2.1).
func (im *IM) stampID(f *codec.Frame, b *codec.Builder, by jid.JID, seq uint64) {
	b.Reset()
	key := im.host.ArchiveKey(by)
	im.stamp(f, addStanzaID(b, by.String(), &key, seq).Element())
}

// addStanzaID starts a stanza-id by the account, which has that key.
func addStanzaID(b *codec.Builder, by string, key *archiveid.Key, seq uint64) *codec.Builder {
	var id [archiveid.Len]byte
	return b.Start(atom.NSStanzaID, atom.StanzaID).Attr(atom.By, by).AttrBytes(atom.ID, key.Append(id[:0], seq))
}

// stamp adds a child to f in all its encodings.
func (im *IM) stamp(f *codec.Frame, child codec.Element) {
	for _, enc := range im.router.Encoders {
		if f.Has(enc.Encoding()) {
			f.Stamp(enc, child)
		}
	}
}

// Stanza implements host.Done.
func (m *message) Stanza() uint32 { return m.number }

// Counted implements host.Done: an operation that has failed has written nothing.
func (m *message) Counted() bool { return m.err == nil }

// Answer implements host.Done. A duplicate is answered like the first: not at all.
func (m *message) Answer(b *codec.Builder) codec.Element {
	err := stanza.Error{Condition: atom.ServiceUnavailable} // RFC 6121 §8.5.1
	switch {
	case m.err != nil:
		err.Condition = atom.InternalServerError
	case !m.stranger && !m.refused, m.bounced:
		return codec.Element{}
	}
	return m.buildError(b, err)
}

func (m *message) buildError(b *codec.Builder, err stanza.Error) codec.Element {
	var id, to []byte
	if m.hasID {
		id = m.id
	}
	if m.addressed {
		to = []byte(m.to.String())
	}
	return stanza.BuildErrorFor(b, atom.Message, id, to, []byte(m.from.String()), err)
}
