package chat

import (
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/stanza"
)

// The kinds of events.
const (
	Connected    = "connected"    // Me, Resumed
	Disconnected = "disconnected" // Text, Retry: the connection, or an attempt to have one again, has failed
	Queued       = "queued"       // ID, To, Body: on its way, or kept until there is a connection
	Again        = "again"        // ID, To, Body: sent once more, as nobody knows whether it arrived
	Accepted     = "accepted"     // ID: the server has it for good
	Refused      = "refused"      // ID, Text: never sent
	Message      = "message"      // From, ID, Type, Body, Lang
	Failed       = "error"        // From, ID, Condition, Text: a stanza of ours came back; without From, what was typed is wrong
	Presence     = "presence"     // From, Type ("" available), Show, Status
	Contact      = "contact"      // JID, Subscription: of the roster, asked for or pushed
	Note         = "note"         // Text: what a command has done
	Other        = "other"        // anything else, in XML

	ended = "ended" // err: the last connection is gone
	eof   = "eof"   // there is no more input
)

// Event is one thing that has happened, a line of the output.
type Event struct {
	Event        string    `json:"event"`
	Time         time.Time `json:"time"` // of a message: when it was sent
	Me           string    `json:"me,omitempty"`
	Resumed      bool      `json:"resumed,omitempty"` // the stream goes on: nothing was missed
	ID           string    `json:"id,omitempty"`
	StanzaID     string    `json:"stanza_id,omitempty"` // XEP-0359
	From         string    `json:"from,omitempty"`
	To           string    `json:"to,omitempty"`
	Type         string    `json:"type,omitempty"`
	Body         string    `json:"body,omitempty"`
	Lang         string    `json:"lang,omitempty"` // of Body
	Delayed      bool      `json:"delayed,omitempty"`
	Show         string    `json:"show,omitempty"`
	Status       string    `json:"status,omitempty"`
	JID          string    `json:"jid,omitempty"`
	Subscription string    `json:"subscription,omitempty"`
	Condition    string    `json:"condition,omitempty"`
	Text         string    `json:"text,omitempty"`
	Retry        float64   `json:"retry_seconds,omitempty"` // until the next attempt
	XML          string    `json:"xml,omitempty"`           // the whole stanza

	err error
}

// received makes an event of a stanza.
func received(conn *client.Conn, s *client.Stanza, now time.Time) Event {
	e := s.Element()
	ev := Event{
		Event: Other, Time: now, ID: s.ID(), From: string(e.Attr(atom.From)), To: string(e.Attr(atom.To)), Type: string(e.Attr(atom.Type)), XML: s.String(),
	}
	if failure, ok := s.Err().(*client.StanzaError); ok {
		ev.Event, ev.Condition, ev.Text = Failed, failure.Condition, failure.Text
		return ev
	}
	switch s.Kind() {
	case stanza.Message:
		ev.Event = Message
		ev.message(e)
	case stanza.Presence:
		ev.Event = Presence
		ev.Show, ev.Status = childText(e, "show"), childText(e, "status")
	case stanza.IQ:
		if item, ok := conn.Push(s); ok {
			ev.contact(item)
		}
	}
	return ev
}

func (ev *Event) message(e codec.Element) {
	body := e.Child(atom.NSClient, atom.Body)
	ev.Body, ev.Lang = string(body.Text()), string(e.Lang())
	if lang := body.Lang(); lang != nil {
		ev.Lang = string(lang)
	}
	ev.StanzaID = string(e.Child(atom.NSStanzaID, atom.StanzaID).Attr(atom.ID))
	if delay := e.Child(atom.NSDelay, atom.Delay); !delay.IsZero() {
		ev.Delayed = true
		if t, err := time.Parse(time.RFC3339Nano, string(delay.Attr(atom.Stamp))); err == nil {
			ev.Time = t
		}
	}
}

func (ev *Event) contact(item client.RosterItem) {
	ev.Event, ev.JID, ev.Subscription = Contact, item.JID.String(), item.Subscription
}

// childText is the text of the first child of the stanza's own namespace with that name.
func childText(e codec.Element, name string) string {
	for c := range e.Children() {
		if c.NS() == e.NS() && string(c.LocalName()) == name {
			return string(c.Text())
		}
	}
	return ""
}
