package chat

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// maxLine is the most bytes of a line.
const maxLine = 200_000

// read sends what is to be sent: first Send, then the lines of In.
func (s *Session) read(ctx context.Context) {
	err := s.sendAll(ctx)
	s.tell(ctx, Event{Event: eof, err: err})
}

func (s *Session) sendAll(ctx context.Context) error {
	for _, text := range s.Send {
		if err := s.message(ctx, text); err != nil {
			return err
		}
	}
	if s.In == nil {
		return nil
	}
	lines := bufio.NewScanner(s.In)
	lines.Buffer(nil, maxLine)
	for lines.Scan() && ctx.Err() == nil {
		if err := s.line(ctx, lines.Text()); err != nil {
			return err
		}
	}
	return lines.Err()
}

// errQuit ends the input.
var errQuit = errors.New("quit")

// line obeys one line. What is wrong with it is told, and does not end the session.
func (s *Session) line(ctx context.Context, line string) error {
	var err error
	switch {
	case strings.TrimSpace(line) == "":
	case strings.HasPrefix(line, "//"): // a message that begins with a slash
		err = s.message(ctx, line[1:])
	case line[0] == '/':
		err = s.command(ctx, line)
	default:
		err = s.message(ctx, line)
	}
	if err != nil && err != errQuit && s.Conn.Err() == nil {
		s.tell(ctx, Event{Event: Failed, Time: time.Now(), From: "you", Condition: err.Error()})
		err = nil
	}
	return err
}

// message sends a chat message.
func (s *Session) message(ctx context.Context, text string) error {
	if s.To.IsZero() {
		return errors.New("nobody to send it to: name an address as argument, or with /to")
	}
	if i := strings.IndexFunc(text, isUnsendable); i >= 0 || !utf8.ValidString(text) {
		return errors.New("not sent: it has characters that XMPP cannot carry")
	}
	id := s.Conn.NewID()
	s.tell(ctx, Event{Event: Queued, Time: time.Now(), ID: id, To: s.To.String(), Body: text})
	options := []client.Option{client.ID(id)}
	body := text
	if s.Lang != "" {
		body = ""
		options = append(options, client.With(func(b *codec.Builder) {
			b.Start(atom.NSClient, atom.Body).Lang(s.Lang).Text(text).End()
		}))
	}
	_, err := s.Conn.Message(ctx, s.To, body, options...)
	if err != nil {
		s.tell(ctx, Event{Event: Refused, Time: time.Now(), ID: id, Text: err.Error()})
	}
	return err
}

// isUnsendable reports whether XML does not allow a character (XML 1.0 §2.2).
func isUnsendable(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff
}

// withJID are the commands that take an address.
var withJID = map[string]func(s *Session, ctx context.Context, j jid.JID) error{
	"/to":          func(s *Session, _ context.Context, j jid.JID) error { s.To = j; return nil },
	"/add":         func(s *Session, ctx context.Context, j jid.JID) error { return s.Conn.Subscribe(ctx, j) },
	"/accept":      func(s *Session, ctx context.Context, j jid.JID) error { return s.Conn.Approve(ctx, j) },
	"/deny":        func(s *Session, ctx context.Context, j jid.JID) error { return s.Conn.Deny(ctx, j) },
	"/unsubscribe": func(s *Session, ctx context.Context, j jid.JID) error { return s.Conn.Unsubscribe(ctx, j) },
	"/remove":      func(s *Session, ctx context.Context, j jid.JID) error { return s.Conn.RemoveContact(ctx, j) },
}

// command obeys a line that begins with a slash.
func (s *Session) command(ctx context.Context, line string) error {
	name, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	if f := withJID[name]; f != nil {
		j, err := jid.Parse(rest)
		if err != nil {
			return fmt.Errorf("%s wants an address", name)
		}
		return f(s, ctx, j)
	}
	switch name {
	case "/roster":
		return s.roster(ctx)
	case "/away":
		return s.Conn.Presence(ctx, away(rest)...)
	case "/back":
		return s.Conn.Presence(ctx)
	case "/quit":
		return errQuit
	}
	names := append(slices.Sorted(maps.Keys(withJID)), "/roster", "/away", "/back", "/quit")
	return fmt.Errorf("%s is no command: there are %s", name, strings.Join(names, " "))
}

// roster tells of the contacts.
func (s *Session) roster(ctx context.Context) error {
	items, err := s.Conn.Roster(ctx)
	for _, item := range items {
		e := Event{Time: time.Now()}
		e.contact(item)
		s.tell(ctx, e)
	}
	return err
}

// away is presence with show and status (RFC 6121 §4.7.2).
func away(status string) []client.Option {
	text := func(name, value string) client.Option {
		return client.With(func(b *codec.Builder) {
			b.StartNS(atom.NSClient.String(), name).Text(value).End()
		})
	}
	options := []client.Option{text("show", "away")}
	if status != "" {
		options = append(options, text("status", status))
	}
	return options
}
