package chat

import (
	"strings"
	"testing"

	"github.com/godwit-im/godwit/xmpp/jid"
)

func TestEventsForPeople(t *testing.T) {
	sent := &outgoing{to: jid.MustParse("b@x"), body: "sent"}
	for _, test := range []struct {
		event Event
		want  string
	}{
		{Event{Event: Connected, Me: "a@x/r"}, "connected as a@x/r"},
		{Event{Event: Connected, Me: "a@b/c", Resumed: true}, "connected again as a@b/c; nothing was missed"},
		{Event{Event: Disconnected, Text: "the connection was lost: EOF", Retry: 1.96}, "✗ the connection was lost: EOF; trying again in 2.0 s"},
		{Event{Event: Again, To: "b@x", Body: "hi"}, "… to b@x: hi (once more: nobody knows whether it arrived)"},
		{Event{Event: Note, Text: "done"}, "done"},
		{Event{Event: Accepted}, "✓ to b@x: sent"},
		{Event{Event: Refused, Text: "lost"}, "✗ to b@x: sent (not sent: lost)"},
		{Event{Event: Message, From: "b@x/r", Body: "hi"}, "b@x: hi"},
		{Event{Event: Message, From: "b@x/r"}, ""},
		{Event{Event: Failed, From: "b@x", Condition: "item-not-found", Text: "gone"}, "✗ to b@x: sent (item-not-found, gone)"},
		{Event{Event: Failed, From: "b@x", Condition: "item-not-found"}, "✗ to b@x: sent (item-not-found)"},
		{Event{Event: Presence, From: "b@x/r"}, "b@x/r is online"},
		{Event{Event: Presence, From: "b@x/r", Show: "away", Status: "tea"}, "b@x/r is away, tea"},
		{Event{Event: Presence, From: "b@x/r", Type: "unavailable"}, "b@x/r is offline"},
		{Event{Event: Presence, From: "b@x", Type: "subscribe"}, "b@x wants to see when you are online: /accept b@x lets them"},
		{Event{Event: Presence, From: "b@x", Type: "subscribed"}, "b@x lets you see when they are online"},
		{Event{Event: Presence, From: "b@x", Type: "unsubscribed"}, "b@x does not let you see when they are online"},
		{Event{Event: Presence, From: "b@x", Type: "unsubscribe"}, "b@x sees no more when you are online"},
		{Event{Event: Presence, From: "b@x", Type: "probe"}, "b@x: probe"},
		{Event{Event: Contact, JID: "b@x", Subscription: "both"}, "contact b@x (both)"},
		{Event{Event: Other, XML: "<iq/>"}, ""},
	} {
		if got := test.event.forPeople(sent); got != test.want {
			t.Errorf("%s: %q, want %q", test.event.Event, got, test.want)
		}
	}
}

func TestEventsThatAreAboutNoMessageOfOurs(t *testing.T) {
	for _, test := range []struct {
		event Event
		want  string
	}{
		{Event{Event: Accepted, ID: "p"}, ""},
		{Event{Event: Refused, ID: "p"}, ""},
		{Event{Event: Failed, From: "b@x", Condition: "item-not-found", Text: "gone"}, "✗ from b@x: item-not-found, gone"},
		{Event{Event: Failed, Condition: "/to wants an address"}, "✗ /to wants an address"},
	} {
		if got := test.event.forPeople(nil); got != test.want {
			t.Errorf("%s: %q, want %q", test.event.Event, got, test.want)
		}
	}
}

func TestWhatIsPrintedDependsOnWhoWatches(t *testing.T) {
	queued := Event{Event: Queued, ID: "1", To: "b@x", Body: "hi"}
	for _, test := range []struct {
		event               Event
		terminal, connected bool
		want                string
	}{
		{queued, false, true, "… to b@x: hi\n"},
		{queued, true, true, ""}, // it was typed there
		{queued, true, false, "… to b@x: hi (kept until you are connected)\n"},
		{Event{Event: Connected, Me: "a@x/r"}, true, false, "connected as a@x/r; /help shows what you can do\n"},
		{Event{Event: Disconnected, Text: "EOF", Retry: 1}, true, true, "✗ EOF; trying again in 1.0 s. What you type until then is kept, and sent then.\n"},
		{Event{Event: Disconnected, Text: "EOF", Retry: 1}, true, false, "✗ EOF; trying again in 1.0 s\n"},
	} {
		var out strings.Builder
		s := Session{Out: &out, Terminal: test.terminal, connected: test.connected, out: newOutbox()}
		if err := s.print(test.event); err != nil {
			t.Fatal(err)
		}
		if _, got, _ := strings.Cut(out.String(), " "); got != test.want {
			t.Errorf("%+v: %q, want %q", test, got, test.want)
		}
	}
}

func TestOthersDoNotMoveTheCursor(t *testing.T) {
	for text, want := range map[string]string{
		"plain 😀":             "plain 😀",
		"two\nlines":          "two\n         lines",
		"\x1b[2J\r\x00\x7f":   "␛[2J␍␀␥",
		"\u009b31m\u0085":     "␥31m␥",
		"12:00:00 eve: forge": "12:00:00 eve: forge",
	} {
		if got := tame(text); got != want {
			t.Errorf("tame(%q) = %q, want %q", text, got, want)
		}
	}
}
