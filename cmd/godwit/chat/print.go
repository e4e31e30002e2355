package chat

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
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
	if e.Event == Presence && e.From == s.out.last().JID().String() {
		return nil // our own
	}
	if text := e.forPeople(s.out.find(e.ID)) + s.aside(e); text != "" {
		return printLine(s.Out, e.Time, text)
	}
	return nil
}

// aside is what depends on where the session is.
func (s *Session) aside(e Event) string {
	switch {
	case e.Event == Connected && s.Terminal && s.logins == 0:
		return "; /help shows what you can do"
	case e.Event == Disconnected && s.connected:
		return ". What you type until then is kept, and sent then."
	case e.Event == Queued && s.Terminal && s.connected:
		return "" // it is on the screen already, as it was typed
	case e.Event == Queued && !s.connected:
		return "… to " + e.To + ": " + e.Body + " (kept until you are connected)"
	case e.Event == Queued:
		return "… to " + e.To + ": " + e.Body
	}
	return ""
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

// forPeople is an event as a line, "" for one that people do not need. sent is the message of ours that it is about, nil for none.
func (e *Event) forPeople(sent *outgoing) string {
	switch e.Event {
	case Connected:
		if e.Resumed {
			return "connected again as " + e.Me + "; nothing was missed"
		}
		return "connected as " + e.Me
	case Disconnected:
		return "✗ " + e.Text + "; trying again in " + seconds(e.Retry)
	case Again:
		return "… to " + e.To + ": " + e.Body + " (once more: nobody knows whether it arrived)"
	case Note:
		return e.Text
	case Accepted, Refused, Failed:
		return e.fate(sent)
	case Message:
		if e.Body != "" {
			return bare(e.From) + ": " + e.Body
		}
	case Presence:
		return e.presence()
	case Contact:
		return "contact " + e.JID + " (" + e.Subscription + ")"
	}
	return ""
}

// fate is what became of something of ours.
func (e *Event) fate(sent *outgoing) string {
	why := strings.TrimSuffix(e.Condition+", "+e.Text, ", ")
	switch {
	case sent == nil && e.Event != Failed:
		return ""
	case e.Event == Accepted:
		return "✓ to " + sent.to.String() + ": " + sent.body
	case e.Event == Refused:
		return "✗ to " + sent.to.String() + ": " + sent.body + " (not sent: " + e.Text + ")"
	case sent != nil:
		return "✗ to " + sent.to.String() + ": " + sent.body + " (" + why + ")"
	case e.From == "":
		return "✗ " + why
	}
	return "✗ from " + e.From + ": " + why
}

// seconds is a time to wait.
func seconds(n float64) string { return strconv.FormatFloat(n, 'f', 1, 64) + " s" }

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
	case "subscribed":
		return bare(e.From) + " lets you see when they are online"
	case "unsubscribe":
		return bare(e.From) + " sees no more when you are online"
	case "unsubscribed":
		return bare(e.From) + " does not let you see when they are online"
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
