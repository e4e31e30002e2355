package chat

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"
	"unicode/utf8"
)

// maxLine is the most bytes of a line.
const maxLine = 200_000

// read sends what is to be sent: first Send, then the lines of In.
func (s *Session) read(ctx context.Context) {
	select {
	case <-s.ready:
	case <-ctx.Done():
		return
	}
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
	if err != nil && err != errQuit && ctx.Err() == nil {
		s.tell(ctx, Event{Event: Failed, Time: time.Now(), Condition: reason(err)})
		err = nil
	}
	return err
}

// message sends a chat message, or keeps it until there is a connection.
func (s *Session) message(ctx context.Context, text string) error {
	if s.To.IsZero() {
		return errors.New("nobody to send it to: name an address as argument, or with /to")
	}
	if i := strings.IndexFunc(text, isUnsendable); i >= 0 || !utf8.ValidString(text) {
		return errors.New("not sent: it has characters that XMPP cannot carry")
	}
	select {
	case s.out.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	s.out.order.Lock()
	defer s.out.order.Unlock()
	m := &outgoing{id: rand.Text(), to: s.To, body: text}
	conn := s.out.put(m)
	s.tell(ctx, Event{Event: Queued, Time: time.Now(), ID: m.id, To: m.to.String(), Body: text})
	if conn != nil {
		s.post(ctx, conn, m)
	}
	return nil
}

// isUnsendable reports whether XML does not allow a character (XML 1.0 §2.2).
func isUnsendable(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff
}
