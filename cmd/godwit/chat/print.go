package chat

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// print writes an event.
func (s *Session) print(e Event) error {
	if s.JSON {
		enc := json.NewEncoder(s.Out)
		enc.SetEscapeHTML(false)
		return enc.Encode(e)
	}
	if e.Event == Presence && e.From == s.Conn.JID().String() {
		return nil // our own
	}
	if text := e.forPeople(s.sent[e.ID]); text != "" {
		return printLine(s.Out, e.Time, text)
	}
	return nil
}

// printLine writes the time and a text that comes from others: what would move the cursor is shown, not sent to the terminal.
func printLine(w io.Writer, at time.Time, text string) error {
	layout := "15:04:05"
	if at.IsZero() {
		at = time.Now()
	}
	if time.Since(at) > 24*time.Hour {
		layout = "2006-01-02 15:04:05"
	}
	_, err := fmt.Fprintf(w, "%s %s\n", at.Local().Format(layout), tame(text))
	return err
}

// tame makes control characters visible; of a text with several lines the later ones are indented.
func tame(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ' && r != '\n':
			return '␀' + r
		case r == 0x7f || r >= 0x80 && r < 0xa0:
			return '␥'
		}
		return r
	}, strings.ReplaceAll(text, "\n", "\n         "))
}

// forPeople is an event as a line, "" for one that people do not need. sent is the message of ours that it is about.
func (e *Event) forPeople(sent sentMessage) string {
	switch e.Event {
	case Connected:
		return "connected as " + e.Me
	case Queued:
		return "… to " + e.To + ": " + e.Body
	case Accepted:
		if sent.to != "" {
			return "✓ to " + sent.to + ": " + sent.body
		}
	case Refused:
		return "✗ to " + sent.to + ": " + sent.body + " (not sent: " + e.Text + ")"
	case Message:
		if e.Body != "" {
			return bare(e.From) + ": " + e.Body
		}
	case Failed:
		return "✗ from " + e.From + ": " + strings.TrimSuffix(e.Condition+", "+e.Text, ", ")
	case Presence:
		return e.presence()
	case Contact:
		return "contact " + e.JID + " (" + e.Subscription + ")"
	}
	return ""
}

func (e *Event) presence() string {
	switch e.Type {
	case "":
		state := "online"
		if e.Show != "" {
			state = e.Show
		}
		return strings.TrimSuffix(e.From+" is "+state+", "+e.Status, ", ")
	case "unavailable":
		return e.From + " is offline"
	case "subscribe":
		return bare(e.From) + " wants to see when you are online: /accept " + bare(e.From) + " lets them"
	}
	return bare(e.From) + ": " + e.Type
}

// bare is an address without its resource.
func bare(address string) string {
	if j, err := jid.Parse(address); err == nil {
		return j.Bare().String()
	}
	return address
}
