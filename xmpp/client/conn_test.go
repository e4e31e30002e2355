package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

var (
	juliet = jid.MustParse("juliet@example.com")
	romeo  = jid.MustParse("romeo@example.net")
)

// contextOf returns one that ends when a test has taken too long.
func contextOf(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// briefly returns one that ends soon, for what must not happen.
func briefly() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 30*time.Millisecond)
}

// logIn returns a connection in the clear, and the server's end of it. With cfg.SM acks are on.
func logIn(t testing.TB, cfg client.Config) (*client.Conn, *peer) {
	t.Helper()
	address, accept := listen(t)
	cfg.Address, cfg.JID, cfg.Password, cfg.Mode, cfg.Mechanisms = address, juliet, "secret", client.Plain, []string{"PLAIN"}
	dialed := make(chan error, 1)
	var conn *client.Conn
	go func() {
		var err error
		conn, err = client.Dial(contextOf(t), cfg)
		dialed <- err
	}()
	p := accept()
	if err := p.login(); err != nil {
		t.Fatal(err)
	}
	switch {
	case cfg.Resume:
		p.mustHear(t, `<enable xmlns='urn:xmpp:sm:3' resume='true'/>`)
		p.say(`<enabled xmlns='urn:xmpp:sm:3' id='s' resume='true'/>`)
	case cfg.SM:
		p.mustHear(t, `<enable xmlns='urn:xmpp:sm:3'/>`)
		p.say(`<enabled xmlns='urn:xmpp:sm:3'/>`)
	}
	if err := <-dialed; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Abort)
	return conn, p
}

func (p *peer) mustHear(t testing.TB, want string) {
	t.Helper()
	if got, err := p.hear(); err != nil || got != want {
		t.Fatalf("got %s, %v\nwant %s", got, err, want)
	}
}

// mustBeSilent checks that the client says nothing for a moment.
func (p *peer) mustBeSilent(t testing.TB) {
	t.Helper()
	p.conn.SetDeadline(time.Now().Add(30 * time.Millisecond))
	got, err := p.hear()
	if e := net.Error(nil); !errors.As(err, &e) || !e.Timeout() {
		t.Fatalf("the client says %s, %v", got, err)
	}
	p.conn.SetDeadline(time.Now().Add(patience))
}

func mustRecv(t testing.TB, c *client.Conn, id string) {
	t.Helper()
	s, err := c.Recv(contextOf(t))
	if err != nil || s.ID() != id {
		t.Fatalf("got %v, %v, want %s", s, err, id)
	}
}

const ping = `<iq type='get' id='%d' from='example.com'><ping xmlns='urn:xmpp:ping'/></iq>`
const pong = `<iq id='%d' to='example.com' type='result'/>`

func TestQueueAtTheLimit(t *testing.T) {
	conn, p := logIn(t, client.Config{Queue: 2})
	p.say(`<message id='1'/>` + fmt.Sprintf(ping, 1))
	p.mustHear(t, fmt.Sprintf(pong, 1)) // one waits, one more may
	p.say(`<message id='2'/>` + fmt.Sprintf(ping, 2))
	p.mustBeSilent(t)
	mustRecv(t, conn, "1")
	p.mustHear(t, fmt.Sprintf(pong, 2))
	mustRecv(t, conn, "2")
}

func TestQueueBytes(t *testing.T) {
	conn, p := logIn(t, client.Config{QueueBytes: 1000})
	big := `<message id='%d'><body>` + strings.Repeat("x", 900) + `</body></message>`
	p.say(fmt.Sprintf(big, 1) + fmt.Sprintf(ping, 1))
	p.mustBeSilent(t)
	mustRecv(t, conn, "1")
	p.mustHear(t, fmt.Sprintf(pong, 1))
	p.say(`<message id='2'><body>small</body></message>` + fmt.Sprintf(ping, 2))
	p.mustHear(t, fmt.Sprintf(pong, 2))
	mustRecv(t, conn, "2")
}

// TestNobodyReceives has a server send for ever: it must be stopped by TCP, and go on when somebody receives.
func TestNobodyReceives(t *testing.T) {
	const size, count = 1 << 12, 4 << 10
	conn, p := logIn(t, client.Config{})
	text := []byte(strings.Repeat(`<message id='m'><body>`+strings.Repeat("x", size-39)+`</body></message>`, count))
	p.conn.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
	written, err := p.conn.Write(text)
	if e := net.Error(nil); !errors.As(err, &e) || !e.Timeout() {
		t.Fatalf("the client took %d bytes that nobody wants: %v", written, err)
	}
	p.conn.SetWriteDeadline(time.Now().Add(patience))
	go p.conn.Write(text[written:])
	for i := range len(text) / size {
		if s, err := conn.Recv(contextOf(t)); err != nil || s.ID() != "m" {
			t.Fatalf("stanza %d: %v, %v", i, s, err)
		}
	}
}

// TestServerDoesNotRead has a client send to a server that takes nothing.
func TestServerDoesNotRead(t *testing.T) {
	conn, _ := logIn(t, client.Config{})
	body := strings.Repeat("x", 10_000)
	for sent := 0; ; sent++ {
		ctx, cancel := briefly()
		_, err := conn.Message(ctx, romeo, body)
		cancel()
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			return
		case err != nil:
			t.Fatal(err)
		case sent > 10_000:
			t.Fatal("100 MB were taken from us and by nobody")
		}
	}
}

func TestServerTakesNothingForTooLong(t *testing.T) {
	conn, _ := logIn(t, client.Config{WriteTimeout: 20 * time.Millisecond})
	for {
		if _, err := conn.Message(contextOf(t), romeo, strings.Repeat("x", 10_000)); errors.Is(err, client.ErrLost) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestWindow(t *testing.T) {
	conn, p := logIn(t, client.Config{SM: true, Window: 2, AckEvery: 100})
	acked := conn.Acked()
	for range 2 {
		if _, err := conn.Message(contextOf(t), romeo, ""); err != nil {
			t.Fatal(err)
		}
		p.hear()
	}
	full := func() {
		t.Helper()
		ctx, cancel := briefly()
		defer cancel()
		if _, err := conn.Message(ctx, romeo, "too many"); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("sending more than the window: %v", err)
		}
	}
	full()
	p.say(`<a xmlns='urn:xmpp:sm:3' h='1'/>` + fmt.Sprintf(ping, 1))
	p.mustHear(t, fmt.Sprintf(pong, 1)) // the pong is one that is open, and an id is in the channel
	full()
	if id := <-acked; id == "" {
		t.Fatal("no id")
	}
	p.say(`<a xmlns='urn:xmpp:sm:3' h='3'/>`)
	<-acked
	if _, err := conn.Message(contextOf(t), romeo, "", client.ID("last")); err != nil {
		t.Fatal(err)
	}
	if err := p.say(`<a xmlns='urn:xmpp:sm:3' h='4'/>`); err != nil {
		t.Fatal(err)
	}
	if id := <-acked; id != "last" {
		t.Fatalf("acked %s", id)
	}
}

func TestKeepBytes(t *testing.T) {
	conn, p := logIn(t, client.Config{Resume: true, KeepBytes: 1000, AckEvery: 100})
	for _, size := range []int{700, 300} { // at the limit, which the second passes
		if _, err := conn.Message(contextOf(t), romeo, strings.Repeat("x", size)); err != nil {
			t.Fatal(err)
		}
		p.hear()
	}
	ctx, cancel := briefly()
	defer cancel()
	if _, err := conn.Message(ctx, romeo, "too much"); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("sending more than is kept: %v", err)
	}
	p.say(`<a xmlns='urn:xmpp:sm:3' h='1'/>`)
	if _, err := conn.Message(contextOf(t), romeo, "", client.ID("last")); err != nil {
		t.Fatal(err)
	}
}

func TestAbortResets(t *testing.T) {
	conn, p := logIn(t, client.Config{})
	conn.Abort()
	if _, err := p.hear(); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the server sees %v", err)
	}
	if err := conn.Wait(contextOf(t)); err != client.ErrClosed {
		t.Errorf("ended by %v", err)
	}
	if _, err := conn.Message(contextOf(t), romeo, "too late"); err != client.ErrClosed {
		t.Errorf("sending: %v", err)
	}
	if _, err := conn.Recv(contextOf(t)); err != client.ErrClosed {
		t.Errorf("receiving: %v", err)
	}
	conn.Abort() // twice is once
}

func TestAbortWhileTheQueueIsFull(t *testing.T) {
	conn, p := logIn(t, client.Config{Queue: 1})
	p.say(`<message id='1'/><message id='2'/>` + fmt.Sprintf(ping, 1))
	p.mustBeSilent(t)
	conn.Abort()
	conn.Wait(contextOf(t))
	mustRecv(t, conn, "1")
}

func TestCloseWhileTheQueueIsFull(t *testing.T) {
	conn, p := logIn(t, client.Config{SM: true, Queue: 2})
	p.say(`<message id='1'/>` + fmt.Sprintf(ping, 1))
	p.mustHear(t, fmt.Sprintf(pong, 1))
	p.say(`<message/><message/><message/>`)
	closed := make(chan error, 1)
	go func() { closed <- conn.Close(contextOf(t)) }()
	p.mustHear(t, `<a xmlns='urn:xmpp:sm:3' h='0'/>`)
	p.mustHear(t, `</stream:stream>`)
	p.say(`</stream:stream>`)
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	mustRecv(t, conn, "1")
	for n := 1; ; n++ {
		if _, err := conn.Recv(contextOf(t)); err == client.ErrClosed && n <= 2 {
			return
		} else if err != nil {
			t.Fatalf("after %d the end is %v", n, err)
		}
	}
}

func TestCloseIsNotAnswered(t *testing.T) {
	conn, p := logIn(t, client.Config{})
	ctx, cancel := briefly()
	defer cancel()
	if err := conn.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("closing: %v", err)
	}
	p.mustHear(t, `</stream:stream>`)
	if err := p.gone(); err != nil {
		t.Error(err)
	}
	if err := conn.Close(contextOf(t)); err != nil {
		t.Errorf("closing again: %v", err)
	}
}

func TestDialIsGivenUp(t *testing.T) {
	for name, mode := range map[string]client.Mode{"plain": client.Plain, "direct TLS": client.DirectTLS, "link": client.Link} {
		t.Run(name, func(t *testing.T) {
			address, accept := listen(t)
			ctx, cancel := context.WithCancel(context.Background())
			failed := make(chan error, 1)
			go func() {
				_, err := client.Dial(ctx, client.Config{Address: address, JID: juliet, Mode: mode})
				failed <- err
			}()
			p := accept()
			if _, err := p.conn.Read(make([]byte, 1)); err != nil {
				t.Fatal(err) // it waits for our answer now
			}
			cancel()
			if err := <-failed; !errors.Is(err, context.Canceled) {
				t.Errorf("the error is %v", err)
			}
			if err := p.gone(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestDialNobody(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	_, err = client.Dial(contextOf(t), client.Config{Address: l.Addr().String(), JID: juliet})
	if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("the error is %v", err)
	}
	if _, err = client.Dial(contextOf(t), client.Config{}); err == nil {
		t.Error("nobody has logged in")
	}
}

func TestIQIsGivenUp(t *testing.T) {
	conn, p := logIn(t, client.Config{})
	ctx, cancel := context.WithCancel(context.Background())
	failed := make(chan error, 1)
	go func() {
		_, err := conn.IQ(ctx, buildXML(`<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>`))
		failed <- err
	}()
	p.mustHear(t, `<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>`)
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	p.say(`<iq type='result' id='1'/>`)
	mustRecv(t, conn, "1")
}

// TestManyAtOnce has many goroutines send and many receive, with a server that echoes and acks.
func TestManyAtOnce(t *testing.T) {
	const goroutines, each = 8, 200
	conn, p := logIn(t, client.Config{SM: true, AckEvery: 7, Queue: 3})
	go p.echo()
	var all sync.WaitGroup
	for g := range goroutines {
		all.Go(func() {
			var ids []string
			for i := range each {
				id, err := conn.Message(contextOf(t), romeo, fmt.Sprint(g, i))
				if err != nil {
					t.Error(err)
					return
				}
				ids = append(ids, id)
			}
			if err := conn.WaitAcked(contextOf(t), ids...); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() {
			for range each {
				if _, err := conn.Recv(contextOf(t)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	if open := conn.Unacked(); len(open) > 0 {
		t.Errorf("not acked: %q", open)
	}
}

// echo sends every message back and acks, until the connection ends.
func (p *peer) echo() {
	count := 0
	for {
		event, e, err := p.next()
		switch {
		case err != nil || event != codec.EventElement:
			return
		case e.Is(atom.NSClient, atom.Message):
			count++
			p.say(fmt.Sprintf(`<message id='%s'/>`, e.Attr(atom.ID)))
		case e.Is(atom.NSSM, atom.R):
			p.say(fmt.Sprintf(`<a xmlns='urn:xmpp:sm:3' h='%d'/>`, count))
		}
	}
}

func TestSendRaw(t *testing.T) {
	conn, p := logIn(t, client.Config{})
	if err := conn.SendRaw(contextOf(t), []byte("<message></presence>")); err != nil {
		t.Fatal(err)
	}
	if _, err := p.hear(); err == nil {
		t.Error("the server understands it")
	}
}

func TestSendXMLErrors(t *testing.T) {
	conn, _ := logIn(t, client.Config{})
	for text, want := range map[string]string{
		"":                  "nothing was built",
		"<message":          "XML to send",
		"<a></b>":           "XML to send",
		"</stream:stream>x": "closes the stream",
	} {
		if err := conn.SendXML(contextOf(t), text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if err := conn.Send(contextOf(t), func(*codec.Builder) {}); err == nil {
		t.Error("nothing was sent")
	}
}

func TestTraceHasNoSecrets(t *testing.T) {
	var trace syncBuffer
	conn, p := logIn(t, client.Config{Trace: &trace})
	p.say(`<message id='1'/>`)
	mustRecv(t, conn, "1")
	got := trace.String()
	for _, want := range []string{"C: <?xml", "S: <?xml", "C: <auth …/>", "S: <success …/>", "C: <iq ", "S: <message id='1'/>"} {
		if !strings.Contains(got, want) {
			t.Errorf("the trace lacks %s:\n%s", want, got)
		}
	}
	if strings.Contains(got, "AGp1bGll") {
		t.Errorf("the trace holds the password:\n%s", got)
	}
}

// syncBuffer is a buffer for one writer and one reader at once.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
