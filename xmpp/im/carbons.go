package im

import (
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/stanza"
)

// Carbons (XEP-0280) of archived messages are frames of the archive like the messages themselves: they carry the place that the message has in
// the archive of the account whose sessions get them, so they keep its order, are paged when they cannot be sent at once, and count for
// the cursor. Those of other messages are sent live, or not at all.

// copies says who may get carbons of a message.
type copies uint8

const (
	toSender    copies = 1 << iota // the sender's other sessions: <sent/>
	toRecipient                    // the recipient's other sessions: <received/>
)

// copiesOf are the rules of XEP-0280 §6.1 and §9, with the MUC-related messages told by their payload. What an error was sent in response to is
// not known: it is judged by what it repeats of that, and one that repeats nothing is copied.
func copiesOf(e codec.Element) copies {
	kind, _ := stanza.Type(e)
	if kind == atom.GroupChat {
		return 0
	}
	var body, talk, muc, invited, repeats bool
	for c := e.First(); !c.IsZero(); c = c.Next() {
		switch {
		case c.Is(atom.NSCarbons, atom.Private), c.Is(atom.NSHints, atom.NoCopy):
			return 0
		case c.Is(atom.NSClient, atom.Body):
			body = true
		case c.NS() == atom.NSChatStates, c.NS() == atom.NSReceipts, c.NS() == atom.NSMarkers:
			talk = true
		case c.Is(atom.NSMUCUser, atom.X):
			muc, invited = true, invited || hasInvite(c) // XEP-0045 §7.8.2
		case string(c.Namespace()) == "jabber:x:conference":
			invited = true // XEP-0249
		}
		repeats = repeats || !c.Is(atom.NSClient, atom.Error)
	}
	switch {
	case invited:
	case kind == atom.Chat, talk, kind == atom.Normal && body, kind == atom.Error && (body || !repeats):
		if muc {
			return toSender // the room has sent it to all who are there
		}
	default:
		return 0
	}
	return toSender | toRecipient
}

func hasInvite(x codec.Element) bool {
	for c := x.First(); !c.IsZero(); c = c.Next() {
		if string(c.LocalName()) == "invite" {
			return true
		}
	}
	return false
}

// lost reports whether e is an error whose addressee has gone: nobody gets it, but it may be copied. A client's answer to a
// carbon is none: that goes to the account itself, and nowhere (XEP-0280 §10.3).
func (im *IM) lost(e codec.Element, from, to jid.JID) bool {
	kind, _ := stanza.Type(e)
	return kind == atom.Error && !to.IsBare() && to.Bare() != from.Bare()
}

// copied returns the sessions that get carbons of a message, have being those that get it itself. What an account sends to itself is sent.
func (im *IM) copied(c copies, from, to jid.JID, have []router.Target) (sent, received []router.Target) {
	if c&toSender != 0 {
		sent = im.router.Copied(nil, from, from, have)
	}
	if c&toRecipient != 0 && from.Bare() != to.Bare() {
		received = im.router.Copied(nil, to, from, have)
	}
	return sent, received
}

// carbons posts the carbons of a message that is not archived.
func (im *IM) carbons(e codec.Element, from, to jid.JID, have []router.Target) {
	if sent, received := im.copied(copiesOf(e), from, to, have); len(sent)+len(received) > 0 {
		b := im.bench()
		defer b.putAway()
		b.copyTo(sent, atom.Sent, e, 0)
		b.copyTo(received, atom.Received, e, 0)
	}
}

// copy posts the carbons of a message that was committed, to those that copied has found.
func (m *message) copy(sent, received []router.Target) {
	if len(sent)+len(received) == 0 {
		return
	}
	b := m.im.bench()
	defer b.putAway()
	head, _, tail := m.frame.Parts(codec.Compact)
	b.buf = append(append(b.buf[:0], head...), tail...)
	e, err := b.open(b.buf)
	if err != nil {
		m.im.host.Log.Error("a message cannot be copied", "jid", m.to.String(), "err", err)
		return
	}
	b.copyTo(sent, atom.Sent, e, m.sentAs())
	b.copyTo(received, atom.Received, e, m.seq)
}

// sentAs returns the entry that the message is in the sender's archive, 0 when it is in none.
func (m *message) sentAs() uint64 {
	if m.from.Bare() == m.to.Bare() {
		return m.seq
	}
	return m.own
}

// copyTo posts carbons of e, the archive's entry seq (0: none), which must not be built on b.
func (b *bench) copyTo(targets []router.Target, name atom.Atom, e codec.Element, seq uint64) {
	for i := range targets {
		f := b.carbon(e, name, targets[i].Session, seq, time.Time{})
		router.Post(targets[i:i+1], f)
		f.Release()
	}
}

// carbon makes the frame of a copy for s: <sent/> or <received/> by the account itself (XEP-0280 §7, §8). The message in it has its stanza-id
// (XEP-0313 §3.5), and, when it comes late, its time beside it (XEP-0297 §3.2).
func (b *bench) carbon(e codec.Element, name atom.Atom, s *router.Session, seq uint64, late time.Time) *codec.Frame {
	account := s.JID.Bare().String()
	w := b.build().Start(atom.NSClient, atom.Message).Attr(atom.From, account).Attr(atom.To, s.JID.String()).AttrBytes(atom.Type, e.Attr(atom.Type))
	w.Start(atom.NSCarbons, name).Start(atom.NSForward, atom.Forwarded)
	if !late.IsZero() {
		addDelay(w, b.im.host.Domain, late)
		w.End()
	}
	w.Copy(e)
	if seq != 0 {
		key := b.im.host.ArchiveKey(s.JID)
		addStanzaID(w, account, &key, seq)
	}
	f := codec.NewFrame()
	f.Encode(b.im.router.Encoders[s.Encoding], w.Element())
	if f.ID = seq; seq == 0 {
		f.Passing, f.Key = passing(e), b.im.waits(e)
	}
	return f
}

// copyFor tells which carbon of an archived message s gets when it has turned them on and does not get the message itself; atom.Unknown is none.
func copyFor(s *router.Session, stored codec.Element, e store.Entry) atom.Atom {
	name, wanted := atom.Received, toRecipient
	if e.From.Bare() == e.Account {
		name, wanted = atom.Sent, toSender
	}
	if e.From == s.JID || copiesOf(stored)&wanted == 0 {
		return atom.Unknown
	}
	return name
}
