package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/xmpp/client/mobile"
)

// app is an app on package mobile, as far as its listener goes: it notes what happens as lines.
type app struct {
	*mobile.Client
	name  string
	lines chan string
	state chan []byte   // the newest
	ticks chan struct{} // has something when Tick is to be called
	box   string
}

func (a *app) Connection(state int, reason string, fatal bool) {
	select {
	case a.ticks <- struct{}{}:
	default:
	}
	a.say("connection %d", state)
}

func (a *app) Received(m *mobile.Message) {
	if m.Body != "" {
		a.say("message %s %v", m.Body, m.Own)
	}
}

func (a *app) Delivery(chat, id string, state int, reason string) {
	a.say("delivery %s %d %s", id, state, reason)
}

func (a *app) Seen(chat, id string) { a.say("seen %s %s", chat, id) }

func (a *app) Presence(p *mobile.Presence) { a.say("presence %s %s%s", p.From, p.Type, p.Show) }

func (a *app) Contact(c *mobile.Contact) { a.say("contact %s %s", c.JID, c.Subscription) }

func (a *app) Save(state []byte) {
	select {
	case <-a.state:
	default:
	}
	a.state <- state
}

func (a *app) say(format string, args ...any) {
	a.lines <- strings.TrimSpace(fmt.Sprintf(format, args...))
}

// sees waits for a line; others before it do not matter.
func (a *app) sees(t *testing.T, format string, args ...any) {
	t.Helper()
	want := fmt.Sprintf(format, args...)
	deadline := time.After(patience)
	var seen []string
	for {
		select {
		case line := <-a.lines:
			if line == want {
				return
			}
			seen = append(seen, line)
		case <-deadline:
			t.Fatalf("%s: no %q among\n%s", a.name, want, strings.Join(seen, "\n"))
		}
	}
}

// next waits for the next message, which must be this one.
func (a *app) next(t *testing.T, want string) {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case line := <-a.lines:
			if line == want {
				return
			}
			if strings.HasPrefix(line, "message") {
				t.Fatalf("%s: %q, want %q", a.name, line, want)
			}
		case <-deadline:
			t.Fatalf("%s: no %q", a.name, want)
		}
	}
}

// startApp starts an app for an account, as one that was started before if it has a state.
func startApp(t *testing.T, l *local, name, transport string, state []byte) *app {
	t.Helper()
	return startAppOn(t, l, name, transport, filepath.Join(t.TempDir(), "outbox"), state)
}

func startAppOn(t *testing.T, l *local, name, transport, outbox string, state []byte) *app {
	t.Helper()
	return startAppWith(t, l, name, l.password(t, name), transport, outbox, state)
}

func startAppWith(t *testing.T, l *local, name, password, transport, outbox string, state []byte) *app {
	t.Helper()
	address := map[string]string{"link": l.Link, "tls": l.TLS, "starttls": l.C2S}[transport]
	ca, err := os.ReadFile(l.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	a := &app{name: name, lines: make(chan string, 10000), state: make(chan []byte, 1), ticks: make(chan struct{}, 1), box: outbox}
	box, err := mobile.OpenOutbox(a.box)
	if err != nil {
		t.Fatal(err)
	}
	a.Client, err = mobile.NewClient(&mobile.Config{
		JID: name + "@localhost", Password: password, Transport: transport, Address: address, CA: string(ca), Resource: "app",
	}, state, a, box)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(1000) })
	return a
}

// restart starts localserve again on the same folder and ports.
func (l *local) restart(t *testing.T) *local {
	t.Helper()
	port := func(address string) string {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			t.Fatal(err)
		}
		return port
	}
	return startLocal(t, l.Data, "--port", port(l.C2S), "--tls-port", port(l.TLS), "--link-port", port(l.Link))
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestMobile: two apps write to each other; the server is killed, and they go on.
func TestMobile(t *testing.T) {
	for _, transport := range []string{"link", "tls"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			testMobile(t, transport)
		})
	}
}

func testMobile(t *testing.T, transport string) {
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	alice, bob := startApp(t, l, "alice", transport, nil), startApp(t, l, "bob", transport, nil)
	first := must[string](t)(alice.Send("bob@localhost", "written without a connection"))
	noError(t, bob.Login(60_000))
	noError(t, alice.Login(60_000))
	alice.sees(t, "connection %d", mobile.Online)
	bob.sees(t, "message written without a connection false")
	alice.sees(t, "delivery %s %d", first, mobile.Delivered)
	noError(t, bob.MarkRead("alice@localhost", first))
	alice.sees(t, "delivery %s %d", first, mobile.Read)

	away := must[string](t)(alice.Send("carol@localhost", "who is not there"))
	alice.sees(t, "delivery %s %d", away, mobile.Accepted)

	l.kill(t)
	alice.sees(t, "connection %d", mobile.Offline)
	bob.sees(t, "connection %d", mobile.Offline)
	second := must[string](t)(alice.Send("bob@localhost", "while the server was away"))
	l = l.restart(t)
	noError(t, bob.Resume(60_000))
	noError(t, alice.Resume(60_000))
	bob.sees(t, "message while the server was away false")
	alice.sees(t, "delivery %s %d", second, mobile.Delivered)

	// The app is killed: all that it has is the last state and the outbox.
	alice.Suspend()
	third := must[string](t)(alice.Send("bob@localhost", "before the app was killed"))
	again := startAppOn(t, l, "alice", transport, alice.box, <-alice.state)
	noError(t, again.Resume(60_000))
	bob.sees(t, "message before the app was killed false")
	again.sees(t, "delivery %s %d", third, mobile.Delivered)

	// Another device of bob's has missed it all, and gets it from the archive; bob's own app, which began anew without its stream, only what it has not.
	desk := startApp(t, l, "bob", transport, nil)
	noError(t, desk.Login(60_000))
	desk.sees(t, "message written without a connection false")
	desk.sees(t, "message while the server was away false")
	desk.sees(t, "message before the app was killed false")
	bob.Suspend()
	must[string](t)(again.Send("bob@localhost", "a fourth"))
	desk.sees(t, "message a fourth false")
	must[string](t)(desk.Send("alice@localhost", "from the desk"))
	again.sees(t, "message from the desk false")
	for len(bob.lines) > 0 {
		<-bob.lines
	}
	noError(t, bob.Login(60_000))
	bob.next(t, "message a fourth false")
	bob.next(t, "message from the desk true")

	page, err := bob.History("alice@localhost", "", 5)
	noError(t, err)
	bodies := ""
	for i := range page.Len() {
		bodies += page.At(i).Body // that of a receipt is empty
	}
	if page.Complete || page.Len() != 5 || !strings.HasSuffix(bodies, "from the desk") {
		t.Errorf("the newest page: %q, complete: %v", bodies, page.Complete)
	}
	bob.Close(10_000)
	again.Close(10_000)
}

// keep ticks for an app until the test ends, as its alarms do.
func (a *app) keep(t *testing.T) {
	began := time.Now()
	ended := make(chan struct{})
	t.Cleanup(func() { close(ended) })
	a.Connect()
	go func() {
		for {
			now := time.Since(began).Milliseconds()
			var alarm <-chan time.Time
			if next := a.Tick(now); next > 0 {
				alarm = time.After(time.Duration(next-now) * time.Millisecond)
			}
			select {
			case <-alarm:
			case <-a.ticks:
			case <-ended:
				return
			}
		}
	}()
}

// TestMobileStaysConnected: nobody logs in, only time passes.
func TestMobileStaysConnected(t *testing.T) {
	t.Parallel()
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	alice, bob := startApp(t, l, "alice", "link", nil), startApp(t, l, "bob", "link", nil)
	alice.AppForeground()
	bob.AppBackground()
	alice.keep(t)
	bob.keep(t)
	alice.sees(t, "connection %d", mobile.Online)
	bob.sees(t, "connection %d", mobile.Online)
	l.kill(t)
	id := must[string](t)(alice.Send("bob@localhost", "are you there"))
	l.restart(t)
	bob.sees(t, "message are you there false")
	alice.sees(t, "delivery %s %d", id, mobile.Delivered)

	alice.NetworkChanged("another")
	alice.sees(t, "connection %d", mobile.Offline)
	alice.sees(t, "connection %d", mobile.Online)
	alice.Suspend()
	alice.sees(t, "connection %d", mobile.Offline)
}

// TestMobileSendsOnce: an app that is killed finds in its outbox what the server had already, and sends it again. In the archive it is once.
func TestMobileSendsOnce(t *testing.T) {
	t.Parallel()
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	alice := startApp(t, l, "alice", "link", nil)
	const n = 20
	for i := range n {
		must[string](t)(alice.Send("bob@localhost", fmt.Sprint(i)))
	}
	before := must[[]byte](t)(os.ReadFile(alice.box))
	noError(t, alice.Login(60_000))
	state := alice.State() // of the connection: the stream in it would be too old to go on with
	for range n {
		for !strings.HasSuffix(<-alice.lines, fmt.Sprint(" ", mobile.Accepted)) {
		}
	}
	copied := filepath.Join(t.TempDir(), "outbox")
	noError(t, os.WriteFile(copied, before, 0o600))
	again := startAppOn(t, l, "alice", "link", copied, state)
	noError(t, again.Resume(60_000))
	for range n {
		for !strings.HasSuffix(<-again.lines, fmt.Sprint(" ", mobile.Accepted)) {
		}
	}
	bob := startApp(t, l, "bob", "link", nil)
	noError(t, bob.Login(60_000))
	page := must[*mobile.Page](t)(bob.History("alice@localhost", "", 2*n))
	if page.Len() != n || !page.Complete {
		t.Fatalf("%d messages for %d", page.Len(), n)
	}
	for i := range n {
		if got := page.At(i).Body; got != fmt.Sprint(i) {
			t.Errorf("message %d is %s", i, got)
		}
	}
}

// TestMobileWithAnOldState: an app that is killed has a state from before its last connection. The stream in it has gone on since.
func TestMobileWithAnOldState(t *testing.T) {
	t.Parallel()
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	alice, bob := startApp(t, l, "alice", "link", nil), startApp(t, l, "bob", "link", nil)
	noError(t, alice.Login(60_000))
	noError(t, bob.Login(60_000))
	alice.Suspend()
	old := <-alice.state
	noError(t, alice.Resume(60_000))
	for i := range 5 {
		id := must[string](t)(alice.Send("bob@localhost", fmt.Sprint(i)))
		alice.sees(t, "delivery %s %d", id, mobile.Delivered)
		must[string](t)(bob.Send("alice@localhost", fmt.Sprint("answer ", i)))
		alice.sees(t, "message answer %d false", i)
	}
	again := startAppOn(t, l, "alice", "link", filepath.Join(t.TempDir(), "outbox"), old)
	noError(t, again.Resume(60_000))
	for i := range 5 {
		again.next(t, fmt.Sprintf("message %d true", i))
		again.next(t, fmt.Sprintf("message answer %d false", i))
	}
	id := must[string](t)(again.Send("bob@localhost", "and on"))
	again.sees(t, "delivery %s %d", id, mobile.Delivered)
}

// TestMobileSendsBeforeItSuspends: what was just sent is not left in the outbox until the app is there again.
func TestMobileSendsBeforeItSuspends(t *testing.T) {
	t.Parallel()
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	alice := startApp(t, l, "alice", "link", nil)
	noError(t, alice.Login(60_000))
	id := must[string](t)(alice.Send("bob@localhost", "good night"))
	alice.Suspend()
	alice.sees(t, "delivery %s %d", id, mobile.Accepted)
}

// TestMobileForgetsThePassword: after one login the state is enough, for a new session too.
func TestMobileForgetsThePassword(t *testing.T) {
	t.Parallel()
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	for _, transport := range []string{"link", "tls"} {
		first := startApp(t, l, "alice", transport, nil)
		noError(t, first.Login(60_000))
		first.Close(10_000)
		state := <-first.state
		again := startAppWith(t, l, "alice", "", transport, filepath.Join(t.TempDir(), "outbox"), state)
		noError(t, again.Login(60_000))
		again.Close(10_000)
		stranger := startAppWith(t, l, "alice", "", transport, filepath.Join(t.TempDir(), "outbox"), nil)
		if err := stranger.Login(60_000); err == nil {
			t.Error("anybody is let in")
		}
	}
}

// TestMobileMissesMuch: more than a page of the archive, in a new session, with messages that come meanwhile.
func TestMobileMissesMuch(t *testing.T) {
	t.Parallel()
	const missed, live = 120, 30
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	alice, bob := startApp(t, l, "alice", "link", nil), startApp(t, l, "bob", "tls", nil)
	noError(t, bob.Login(60_000))
	bob.Suspend()
	noError(t, alice.Login(60_000))
	var last string
	for i := range missed {
		last = must[string](t)(alice.Send("bob@localhost", fmt.Sprint(i)))
	}
	alice.sees(t, "delivery %s %d", last, mobile.Accepted)
	for i := range live {
		must[string](t)(alice.Send("bob@localhost", fmt.Sprint(missed+i)))
	}
	noError(t, bob.Login(60_000))
	for i := range missed + live {
		bob.next(t, fmt.Sprintf("message %d false", i))
	}
}
