package mobile

import (
	"errors"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stanza"
)

// take takes a stanza that came.
func (s *session) take(got *client.Stanza) {
	switch got.Kind() {
	case stanza.Message:
		s.message(got)
	case stanza.Presence:
		s.tell(func(l Listener) { l.Presence(newPresence(got)) })
	case stanza.IQ:
		if item, ok := s.conn.Push(got); ok {
			s.tell(func(l Listener) { l.Contact(newContact(item)) })
		}
	}
}

// message takes a message, live or out of the archive, which may be the copy of one (XEP-0280).
func (s *session) message(got *client.Stanza) {
	m := s.read(got)
	switch e := m.element; {
	case m.Type == "error":
		s.failed(m, got)
	case !e.Child(atom.NSReceipts, atom.Received).IsZero():
		s.told(m, e.Child(atom.NSReceipts, atom.Received), Delivered)
	case !e.Child(atom.NSMarkers, atom.Displayed).IsZero():
		s.told(m, e.Child(atom.NSMarkers, atom.Displayed), Read)
	default:
		if m.Own && m.Archived {
			s.accepted(m.ID)
		}
		s.tell(func(l Listener) { l.Received(&m.Message) })
		if !m.Own && m.due && m.ID != "" && !e.Child(atom.NSReceipts, atom.Request).IsZero() {
			_ = s.note(m.Chat, m.ID, atom.NSReceipts, atom.Received) // XEP-0184 §5: best effort, the outbox may be full
		}
	}
}

// told takes what a recipient says of a message of ours, or another device of ours of one that we got.
func (s *session) told(m mail, mark codec.Element, state int) {
	id := string(mark.Attr(atom.ID))
	switch {
	case id == "":
	case !m.Own:
		s.out.arrived(m.Chat, id)
		s.tell(func(l Listener) { l.Delivery(m.Chat, id, state, "") })
	case state == Read:
		s.tell(func(l Listener) { l.Seen(m.Chat, id) })
	}
}

// failed takes the error that a message of ours was answered with.
func (s *session) failed(m mail, got *client.Stanza) {
	var why *client.StanzaError
	if id := got.ID(); id != "" && errors.As(got.Err(), &why) {
		s.tell(func(l Listener) { l.Delivery(m.Chat, id, Failed, why.Error()) })
	}
}

// mail is a Message and what it was read from.
type mail struct {
	Message
	element codec.Element
	due     bool // a receipt, if one is asked for: it is not for what was there before the app, or was sent to another device
}

// read reads a message, however it came.
func (s *session) read(got *client.Stanza) (m mail) {
	in := s.conn.Mail(got)
	e := in.Element
	m.element, m.ArchiveID, m.Archived = e, in.ID, in.Archived
	m.Type = typeOf(e)
	m.From, m.To = string(e.Attr(atom.From)), string(e.Attr(atom.To))
	from, to := bare(m.From), bare(m.To)
	m.due = isDue(in, m.To == to, s.begins)
	m.Own = from == "" || from == s.account()
	if m.Chat = from; m.Own {
		m.Chat = to
	}
	if m.ID = string(stanza.OriginID(e)); m.ID == "" {
		m.ID = string(e.Attr(atom.ID))
	}
	m.Body = string(e.Child(atom.NSClient, atom.Body).Text())
	m.Time = millis(in.Time)
	m.XML = string(xmltext.Encoder{}.AppendElement(nil, e))
	return m
}

// isDue reports whether a receipt is this device's to send, for a message to an account (or else to a device). A copy of one to the account may be all that anybody has got of it: whoever
// is there and has not said so yet gets it as a copy. What was in the archive before the app began there is history.
func isDue(m client.Mail, toAccount, begins bool) bool {
	return (!m.Copy || toAccount) && !(m.Archived && begins)
}

// account returns our bare JID.
func (c *Client) account() string { return c.cfg.JID.String() }

func typeOf(e codec.Element) string {
	if t, _ := stanza.Type(e); t != atom.Unknown {
		return t.String()
	}
	return string(e.Attr(atom.Type))
}

// bare returns the bare JID of an address, "" for one that is none.
func bare(address string) string {
	j, err := jid.Parse(address)
	if err != nil {
		return ""
	}
	return j.Bare().String()
}
