package chat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// Session is one run of the client. Its exported fields are set before Run.
type Session struct {
	Conn *client.Conn // logged in
	// Dial logs in again when the connection is lost, to go on with its stream if r is not nil; without Dial a lost connection is the end. Nobody else may use the
	// keyboard by then.
	Dial func(ctx context.Context, r *client.Resumption) (*client.Conn, error)
	// Reconnect is how long Dial is tried; 0: without end.
	Reconnect time.Duration
	// Pause is that before the first attempt; each further one is twice as long, up to 30 times the first; 0: 1 s.
	Pause time.Duration
	// Answer is how long the server may accept nothing before the connection counts as lost; 0: 30 s.
	Answer time.Duration

	To   jid.JID   // whom lines go to; /to changes it
	In   io.Reader // lines to send, after Send; nil: none
	Out  io.Writer
	Send []string // messages to send first
	Lang string   // of what is sent, for xml:lang
	JSON bool     // print events as JSON, one a line
	// Wait is how many messages with a body must have come before the session ends by itself; negative: it does not.
	Wait int
	// Terminal says that In is one: somebody reads what is printed, sees what is typed, and need not end In when Wait messages have come.
	Terminal bool

	events chan Event
	late   []Event // came when the loop had ended; under mu
	mu     sync.Mutex
	ready  chan struct{} // closed when the first connection takes messages
	opened func()        // closes it
	out    *outbox
	seen   seen        // of the goroutine that receives
	silent atomic.Bool // the connection was ended because of silence

	// Of the loop:
	connected bool
	logins    int
	came      int
	back      int  // messages of ours that came back with an error
	inputOK   bool // the end of the input has come
	quit      bool // it was /quit
}

// Run sends and receives until everything is done that was asked for, or ctx ends. It closes the connection. The error says what was left undone.
func (s *Session) Run(ctx context.Context) error {
	if err := s.Conn.WaitAcked(ctx); errors.Is(err, client.ErrNoAcks) {
		return errors.Join(errNoAcks, s.Conn.Close(ctx))
	}
	s.prepare()
	running, stop := context.WithCancel(ctx)
	defer stop()
	var work sync.WaitGroup
	work.Go(func() { s.stay(running) })
	go s.read(running) // not waited for: reading a terminal cannot be interrupted
	err := s.loop(running)
	stop()
	work.Wait()
	return errors.Join(err, s.finish(ctx))
}

var errNoAcks = errors.New("the server has no acks (XEP-0198): nobody could say whether it has a message")

func (s *Session) prepare() {
	s.events, s.ready, s.out = make(chan Event), make(chan struct{}), newOutbox()
	s.opened = sync.OnceFunc(func() { close(s.ready) })
	if s.Answer == 0 {
		s.Answer = answerTimeout
	}
	if s.Pause == 0 {
		s.Pause = firstPause
	}
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
	return errors.Join(s.close(ctx), s.undone(ctx))
}

// close closes the last connection.
func (s *Session) close(ctx context.Context) error {
	conn := s.out.last()
	if conn == nil {
		conn = s.Conn
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	if err := conn.Close(closing); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// undone says what is.
func (s *Session) undone(ctx context.Context) error {
	var errs []error
	tried, untried := s.out.counts()
	if tried > 0 {
		errs = append(errs, fmt.Errorf("%s not accepted by the server: nobody knows whether they arrive", were(tried)))
	}
	if untried > 0 {
		errs = append(errs, fmt.Errorf("%s not sent", were(untried)))
	}
	if s.back > 0 {
		errs = append(errs, fmt.Errorf("%s came back with an error", messages(s.back)))
	}
	if errs == nil && errors.Is(ctx.Err(), context.DeadlineExceeded) && s.came < s.Wait {
		errs = append(errs, fmt.Errorf("%d of %s came in time", s.came, messages(s.Wait)))
	}
	return errors.Join(errs...)
}

// messages is a number of them.
func messages(n int) string {
	if n == 1 {
		return "1 message"
	}
	return fmt.Sprintf("%d messages", n)
}

func were(n int) string {
	if n == 1 {
		return "1 message was"
	}
	return messages(n) + " were"
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
	if s.quit && !s.connected {
		return true // who quits does not wait for a connection
	}
	waited := s.Wait >= 0 && s.came >= s.Wait
	input := s.inputOK || s.Terminal && s.Wait > 0
	return waited && input && len(s.out.slots) == 0
}

// take counts and prints one event.
func (s *Session) take(e Event) (over bool, err error) {
	switch e.Event {
	case eof:
		s.inputOK = true
		if e.err == errQuit {
			s.quit, s.Wait, e.err = true, 0, nil
		}
		return false, e.err
	case ended:
		return true, e.err
	case Failed: // the server says so before it acks
		if s.out.find(e.ID) != nil {
			s.back++
		}
	case Message:
		if e.Body != "" {
			s.came++
		}
	}
	err = s.print(e)
	switch e.Event {
	case Connected:
		s.connected = true
		s.logins++
	case Disconnected:
		s.connected = false
	case Accepted, Refused, Failed:
		s.out.take(e.ID, time.Now())
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
