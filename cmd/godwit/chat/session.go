package chat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// Session is one run of the client. Its exported fields are set before Run.
type Session struct {
	Conn *client.Conn
	To   jid.JID   // whom lines go to; /to changes it
	In   io.Reader // lines to send, after Send; nil: none
	Out  io.Writer
	Send []string // messages to send first
	Lang string   // of what is sent, for xml:lang
	JSON bool     // print events as JSON, one a line
	// Wait is how many messages with a body must have come before the session ends by itself; negative: it does not.
	Wait int
	// Open lets it end before the end of In, when Wait messages have come: for terminals.
	Open bool

	events  chan Event
	late    []Event // came when the loop had ended; under mu
	mu      sync.Mutex
	sent    map[string]sentMessage // queued and not accepted
	came    int
	back    int  // messages of ours that came back with an error
	inputOK bool // the end of the input has come
}

// sentMessage is one that waits to be accepted.
type sentMessage struct{ to, body string }

// Run sends and receives until everything is done that was asked for, or ctx ends. It closes the connection. The error says what was left undone.
func (s *Session) Run(ctx context.Context) error {
	s.events, s.sent = make(chan Event), make(map[string]sentMessage)
	running, stop := context.WithCancel(ctx)
	defer stop()
	if err := s.print(Event{Event: Connected, Time: time.Now(), Me: s.Conn.JID().String()}); err != nil {
		return err
	}
	acked := s.Conn.Acked()
	if err := s.Conn.Presence(running); err != nil {
		return err
	}
	var work sync.WaitGroup
	work.Go(func() { s.receive(running) })
	work.Go(func() { s.watchAcks(running, acked) })
	go s.read(running) // not waited for: reading a terminal cannot be interrupted
	err := s.loop(running)
	stop()
	work.Wait()
	return errors.Join(err, s.finish(ctx))
}

// closeTimeout is how long the server may take to close its end.
const closeTimeout = 3 * time.Second

// finish prints what came in the last moment, closes, and says what is left undone.
func (s *Session) finish(ctx context.Context) error {
	s.mu.Lock()
	late := s.late
	s.late = nil
	s.mu.Unlock()
	for _, e := range late {
		if _, err := s.take(e); err != nil {
			return err
		}
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	if err := s.Conn.Close(closing); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if n := len(s.sent); n > 0 {
		return fmt.Errorf("%d messages were not accepted by the server: they may or may not arrive", n)
	}
	if s.back > 0 {
		return fmt.Errorf("%d messages came back with an error", s.back)
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) && s.came < s.Wait {
		return fmt.Errorf("%d of %d messages came in time", s.came, s.Wait)
	}
	return nil
}

// loop takes events until nothing is left to do.
func (s *Session) loop(ctx context.Context) error {
	for !s.done() {
		select {
		case e := <-s.events:
			if over, err := s.take(e); over || err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

// done reports whether the session may end.
func (s *Session) done() bool {
	waited := s.Wait >= 0 && s.came >= s.Wait
	input := s.inputOK || s.Open && s.Wait > 0
	return waited && input && len(s.sent) == 0
}

// take counts and prints one event.
func (s *Session) take(e Event) (over bool, err error) {
	switch e.Event {
	case eof:
		s.inputOK = true
		if e.err == errQuit {
			s.Wait, e.err = 0, nil
		}
		return false, e.err
	case ended:
		return true, e.err
	case Queued:
		s.sent[e.ID] = sentMessage{e.To, e.Body}
	case Failed: // the server says so before it acks
		if _, ours := s.sent[e.ID]; ours {
			delete(s.sent, e.ID)
			s.back++
		}
	case Message:
		if e.Body != "" {
			s.came++
		}
	}
	err = s.print(e)
	if e.Event == Accepted || e.Event == Refused {
		delete(s.sent, e.ID)
	}
	return false, err
}

// tell gives an event to the loop, or to finish when the loop is over.
func (s *Session) tell(ctx context.Context, e Event) {
	select {
	case s.events <- e:
	case <-ctx.Done():
		s.mu.Lock()
		s.late = append(s.late, e)
		s.mu.Unlock()
	}
}

// receive tells of stanzas until the connection or ctx ends.
func (s *Session) receive(ctx context.Context) {
	for {
		st, err := s.Conn.Recv(ctx)
		if err != nil {
			if ctx.Err() == nil {
				s.tell(ctx, Event{Event: ended, err: err})
			}
			return
		}
		s.tell(ctx, received(s.Conn, st, time.Now()))
	}
}

// watchAcks tells of what the server has accepted.
func (s *Session) watchAcks(ctx context.Context, acked <-chan string) {
	for {
		select {
		case id := <-acked:
			s.tell(ctx, Event{Event: Accepted, Time: time.Now(), ID: id})
		case <-ctx.Done():
			return
		}
	}
}
