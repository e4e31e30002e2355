package stanza

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// Kind is one of the three stanzas.
type Kind uint8

// The kinds. None is everything that is no stanza of the client namespace.
const (
	None Kind = iota
	Message
	Presence
	IQ
)

// KindOf returns the kind of e.
func KindOf(e codec.Element) Kind {
	if e.NS() != atom.NSClient {
		return None
	}
	switch e.Name() {
	case atom.Message:
		return Message
	case atom.Presence:
		return Presence
	case atom.IQ:
		return IQ
	}
	return None
}

// Type returns the 'type' of a stanza as an Atom, with the default of its kind when the attribute is absent: atom.Normal for
// a message (RFC 6121 §5.2.2), atom.Unknown for a presence (which then means available, §4.7.1) and for an IQ. A message of a type that
// the RFC does not define counts as normal (§5.2.2); other unknown types are atom.Unknown with ok false.
func Type(e codec.Element) (t atom.Atom, ok bool) {
	value := e.Attr(atom.Type)
	if value == nil {
		if e.Name() == atom.Message {
			return atom.Normal, true
		}
		return atom.Unknown, e.Name() == atom.Presence
	}
	t = atom.Lookup(value)
	switch e.Name() {
	case atom.Message:
		switch t {
		case atom.Chat, atom.GroupChat, atom.Headline, atom.Error, atom.Normal:
			return t, true
		}
		return atom.Normal, true
	case atom.Presence:
		switch t {
		case atom.Unavailable, atom.Subscribe, atom.Subscribed, atom.Unsubscribe, atom.Unsubscribed, atom.Probe, atom.Error:
			return t, true
		}
	case atom.IQ:
		switch t {
		case atom.Get, atom.Set, atom.Result, atom.Error:
			return t, true
		}
	}
	return atom.Unknown, false
}

// Storable reports whether a message is kept for its recipient: those of type normal and chat that carry more than a
// chat state (XEP-0160 §3, XEP-0313 §6.1), unless a hint says otherwise (XEP-0334 §4).
func Storable(e codec.Element) bool {
	if t, _ := Type(e); t != atom.Normal && t != atom.Chat {
		return false
	}
	content := false
	for c := e.First(); !c.IsZero(); c = c.Next() {
		switch c.NS() {
		case atom.NSHints:
			switch c.Name() {
			case atom.NoStore:
				return false
			case atom.Store:
				content = true
			}
		case atom.NSChatStates, atom.NSStanzaID: // a name is no content: clients give one to everything (XEP-0359 §3)
		case atom.NSClient:
			content = content || c.Name() != atom.Thread
		default:
			content = true
		}
	}
	return content
}

// Temporary reports whether a message is to be in no archive and no log. It is kept for its recipient all the same, until he has it (XEP-0334 §3.3, §4.1).
func Temporary(e codec.Element) bool { return !e.Child(atom.NSHints, atom.NoPermanentStore).IsZero() }

// OriginID returns the id that the sender's client gave the message for good (XEP-0359 §3), nil when it gave none.
func OriginID(e codec.Element) []byte {
	return e.Child(atom.NSStanzaID, atom.OriginID).Attr(atom.ID)
}
