package chat

import "testing"

func TestEventsForPeople(t *testing.T) {
	for _, test := range []struct {
		event Event
		want  string
	}{
		{Event{Event: Connected, Me: "a@x/r"}, "connected as a@x/r"},
		{Event{Event: Queued, To: "b@x", Body: "hi"}, "… to b@x: hi"},
		{Event{Event: Accepted}, "✓ to b@x: sent"},
		{Event{Event: Refused, Text: "lost"}, "✗ to b@x: sent (not sent: lost)"},
		{Event{Event: Message, From: "b@x/r", Body: "hi"}, "b@x: hi"},
		{Event{Event: Message, From: "b@x/r"}, ""},
		{Event{Event: Failed, From: "b@x", Condition: "item-not-found", Text: "gone"}, "✗ from b@x: item-not-found, gone"},
		{Event{Event: Failed, From: "b@x", Condition: "item-not-found"}, "✗ from b@x: item-not-found"},
		{Event{Event: Presence, From: "b@x/r"}, "b@x/r is online"},
		{Event{Event: Presence, From: "b@x/r", Show: "away", Status: "tea"}, "b@x/r is away, tea"},
		{Event{Event: Presence, From: "b@x/r", Type: "unavailable"}, "b@x/r is offline"},
		{Event{Event: Presence, From: "b@x", Type: "subscribe"}, "b@x wants to see when you are online: /accept b@x lets them"},
		{Event{Event: Presence, From: "b@x", Type: "subscribed"}, "b@x: subscribed"},
		{Event{Event: Contact, JID: "b@x", Subscription: "both"}, "contact b@x (both)"},
		{Event{Event: Other, XML: "<iq/>"}, ""},
	} {
		if got := test.event.forPeople(sentMessage{"b@x", "sent"}); got != test.want {
			t.Errorf("%s: %q, want %q", test.event.Event, got, test.want)
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
