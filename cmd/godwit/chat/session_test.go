package chat

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/xmpp/client"
)

func TestHelpTellsOfEveryCommand(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	alice := startTalk(t, openRoad(t, s.Addr(0)), nothing)
	alice.types(t, "/help")
	help := alice.expect(t, Note).Text
	for _, c := range commands() {
		if !strings.Contains(help, "\n  "+strings.TrimSpace(c.name+" "+c.takes)+" ") || !strings.Contains(help, " "+c.help+"\n") {
			t.Errorf("%s is not in\n%s", c.name, help)
		}
	}
}

func TestCommandsSayWhatTheyHaveDone(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	alice := startTalk(t, openRoad(t, s.Addr(0)), nothing)
	for _, test := range []struct{ line, kind, want string }{
		{"/roster", Note, "you have no contacts: /add ADDRESS asks somebody to be one"},
		{"/add bob@localhost", Note, "asked bob@localhost to let you see when they are online"},
		{"/deny bob@localhost", Note, "bob@localhost may not see when you are online"},
		{"/away at tea", Note, "you are shown as away"},
		{"/back", Note, "you are shown as online"},
		{"/to carol@localhost", Note, "you talk to carol@localhost"},
		{"/to", Failed, "/to wants an address, as in /to name@domain"},
		{"/to a@b@c", Failed, "/to wants an address, as in /to name@domain"},
		{"/remove carol@localhost", Failed, "the server says item-not-found"},
		{"/dance", Failed, "/dance is no command: /help shows those that there are"},
		{"bell \a", Failed, "not sent: it has characters that XMPP cannot carry"},
	} {
		alice.types(t, test.line)
		if e := alice.expect(t, test.kind); e.Text+e.Condition != test.want {
			t.Errorf("%s: %q, want %q", test.line, e.Text+e.Condition, test.want)
		}
	}
}

func TestSeenForgetsTheOldest(t *testing.T) {
	var s seen
	for n := range remembered + 1 {
		if id := fmt.Sprint(n); s.again(id) || !s.again(id) {
			t.Fatalf("%s: not new, or new twice", id)
		}
	}
	for range 2 {
		if s.again("") {
			t.Error("no id is not new")
		}
	}
	if !s.again("1") || s.again("0") {
		t.Error("the second is forgotten, or the first is not")
	}
	if len(s.ids) != remembered {
		t.Errorf("%d are remembered, want %d", len(s.ids), remembered)
	}
}

func TestStalled(t *testing.T) {
	const long = time.Minute
	o, now := newOutbox(), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	later := now.Add(2 * long)
	for range 2 {
		o.slots <- struct{}{}
	}
	first, second := &outgoing{id: "1"}, &outgoing{id: "2"}
	o.put(first)
	o.put(second)
	o.up(nil, now)
	if o.stalled(later, long) {
		t.Error("nothing was sent")
	}
	o.wrote(first, now)
	o.wrote(second, later)
	if o.stalled(now.Add(long), long) || !o.stalled(later, long) {
		t.Error("it is the oldest that counts")
	}
	o.take("1", later)
	if o.stalled(later, long) || !o.stalled(later.Add(2*long), long) {
		t.Error("an ack is a sign of life")
	}
	o.isDown()
	if o.stalled(later.Add(2*long), long) {
		t.Error("nothing is expected of no connection")
	}
	o.up(nil, later.Add(2*long))
	o.take("2", later)
	if o.stalled(later.Add(9*long), long) {
		t.Error("nothing waits")
	}
}

func TestWhatMayPass(t *testing.T) {
	for _, test := range []struct {
		err  error
		want bool
	}{
		{fmt.Errorf("%w: %w", client.ErrLost, io.ErrUnexpectedEOF), true},
		{client.ErrServerClosed, true},
		{errSilent, true},
		{fmt.Errorf("starting the link: %w", io.EOF), true},
		{&client.StreamError{Condition: "system-shutdown"}, true},
		{&client.SASLError{Condition: "temporary-auth-failure"}, true},
		{&client.StreamError{Condition: "conflict"}, false},
		{&client.StreamError{Condition: "policy-violation"}, false}, // it would be sent again, and refused again
		{&client.SASLError{Condition: "not-authorized"}, false},
		{&link.Refusal{Reason: link.HostUnknown}, false},
		{client.ErrProtocol, false},
		{errors.New("anything else"), false},
	} {
		if got := passing(test.err); got != test.want {
			t.Errorf("%v: %v, want %v", test.err, got, test.want)
		}
	}
}

func TestReasonsAreInWords(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("%w: %w", client.ErrLost, io.EOF), "the connection was lost: EOF"},
		{&client.StreamError{Condition: "system-shutdown"}, "the server is shutting down"},
		{&client.StreamError{Condition: "reset"}, "stream error: reset"},
		{&client.StanzaError{Condition: "item-not-found", Text: "gone"}, "the server says item-not-found, gone"},
		{fmt.Errorf("client: connecting: dial: %w", syscall.ECONNREFUSED), "connection refused"},
	} {
		if got := reason(test.err); got != test.want {
			t.Errorf("%v: %q, want %q", test.err, got, test.want)
		}
	}
}

func TestAnotherVersionIsNamed(t *testing.T) {
	err := advise(&link.Refusal{Reason: link.UnknownDictionary}, &Config{User: alice})
	if !strings.Contains(err.Error(), "the server is of another version: use one of its age") {
		t.Error(err)
	}
}
