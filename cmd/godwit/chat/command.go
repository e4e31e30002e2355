package chat

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// command is what a line that begins with a slash may ask for.
type command struct {
	name, takes string // "ADDRESS", "[TEXT]" or nothing
	help        string
	did         string // what is told when it is done, with the address in the place of %s
	to          func(c *client.Conn, ctx context.Context, j jid.JID) error
	run         func(s *Session, ctx context.Context, rest string) error
}

// commands are all there are. A function, as one of them tells of the others.
func commands() []command {
	return []command{
		{name: "/to", takes: "ADDRESS", help: "talk to somebody else", run: (*Session).turnTo},
		{name: "/add", takes: "ADDRESS", help: "ask to see when they are online", did: "asked %s to let you see when they are online", to: (*client.Conn).Subscribe},
		{name: "/accept", takes: "ADDRESS", help: "let them see when you are online", did: "%s may see when you are online", to: (*client.Conn).Approve},
		{name: "/deny", takes: "ADDRESS", help: "do not let them, or not any more", did: "%s may not see when you are online", to: (*client.Conn).Deny},
		{name: "/unsubscribe", takes: "ADDRESS", help: "see no more when they are online", did: "you see no more when %s is online", to: (*client.Conn).Unsubscribe},
		{name: "/remove", takes: "ADDRESS", help: "remove a contact", did: "removed %s", to: (*client.Conn).RemoveContact},
		{name: "/roster", help: "list your contacts", run: (*Session).roster},
		{name: "/away", takes: "[TEXT]", help: "show that you are away", run: (*Session).away},
		{name: "/back", help: "show that you are back", run: (*Session).backAgain},
		{name: "/help", help: "show this", run: (*Session).help},
		{name: "/quit", help: "leave", run: func(*Session, context.Context, string) error { return errQuit }},
	}
}

// command obeys a line that begins with a slash.
func (s *Session) command(ctx context.Context, line string) error {
	name, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	for _, c := range commands() {
		switch {
		case c.name != name:
		case c.run != nil:
			return c.run(s, ctx, rest)
		default:
			return s.aim(ctx, c, rest)
		}
	}
	return fmt.Errorf("%s is no command: /help shows those that there are", name)
}

// errOffline is the answer to a command that needs the server.
var errOffline = errors.New("not connected: try again when you are")

// aim obeys a command about somebody.
func (s *Session) aim(ctx context.Context, c command, rest string) error {
	j, err := address(c.name, rest)
	if err != nil {
		return err
	}
	conn := s.out.connection()
	if conn == nil {
		return errOffline
	}
	if err := c.to(conn, ctx, j); err != nil {
		return err
	}
	s.note(ctx, c.did, j)
	return nil
}

// address reads that of a command.
func address(command, text string) (jid.JID, error) {
	j, err := jid.Parse(text)
	if err != nil {
		return j, fmt.Errorf("%s wants an address, as in %[1]s name@domain", command)
	}
	return j, nil
}

func (s *Session) note(ctx context.Context, format string, args ...any) {
	s.tell(ctx, Event{Event: Note, Time: time.Now(), Text: fmt.Sprintf(format, args...)})
}

func (s *Session) turnTo(ctx context.Context, rest string) error {
	j, err := address("/to", rest)
	if err != nil {
		return err
	}
	s.To = j
	s.note(ctx, "you talk to %s", j)
	return nil
}

func (s *Session) help(ctx context.Context, _ string) error {
	var b strings.Builder
	b.WriteString("A line is a message, unless it begins with a slash:\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %-22s%s\n", strings.TrimSpace(c.name+" "+c.takes), c.help)
	}
	fmt.Fprintf(&b, "  %-22s%s\n", "//TEXT", "send a message that begins with a slash")
	b.WriteString("✓ is with the server for good, … not yet, ✗ did not work.")
	s.note(ctx, "%s", b.String())
	return nil
}

// roster tells of the contacts.
func (s *Session) roster(ctx context.Context, _ string) error {
	conn := s.out.connection()
	if conn == nil {
		return errOffline
	}
	items, err := conn.Roster(ctx)
	for _, item := range items {
		e := Event{Time: time.Now()}
		e.contact(item)
		s.tell(ctx, e)
	}
	if err == nil && len(items) == 0 {
		s.note(ctx, "you have no contacts: /add ADDRESS asks somebody to be one")
	}
	return err
}

// away is presence with show and status (RFC 6121 §4.7.2).
func (s *Session) away(ctx context.Context, status string) error {
	text := func(name, value string) client.Option {
		return client.With(func(b *codec.Builder) {
			b.StartNS(atom.NSClient.String(), name).Text(value).End()
		})
	}
	options := []client.Option{text("show", "away")}
	if status != "" {
		options = append(options, text("status", status))
	}
	return s.present(ctx, "you are shown as away", options)
}

func (s *Session) backAgain(ctx context.Context, _ string) error {
	return s.present(ctx, "you are shown as online", nil)
}

// present sends presence, now and when the connection is made anew.
func (s *Session) present(ctx context.Context, did string, options []client.Option) error {
	s.out.present(options)
	conn := s.out.connection()
	if conn == nil {
		return errOffline
	}
	if err := conn.Presence(ctx, options...); err != nil {
		return err
	}
	s.note(ctx, "%s", did)
	return nil
}
