package chat

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/cmd/godwit/admin"
	"github.com/godwit-im/godwit/cmd/godwit/config"
	"github.com/godwit-im/godwit/cmd/godwit/server"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// startServer serves localhost, with alice and bob, over the link.
func startServer(t *testing.T) *server.Server {
	t.Helper()
	c := config.Default()
	c.Data = filepath.Join(t.TempDir(), "data")
	c.Host = []config.HostConfig{{Domain: "localhost"}}
	c.Listen = []config.ListenConfig{{Kind: config.KindLink, Address: "127.0.0.1:0"}}
	c.Limits.DrainSpread = 10 * time.Millisecond
	s, err := server.Start(c, "test", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Shutdown(context.Background()) })
	for _, name := range []string{"alice", "bob"} {
		if _, err := s.Room().Do(t.Context(), admin.Request{Do: admin.AddUser, JID: name + "@localhost", Password: name}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// talk is a session of alice's with bob, whom a test steers by lines.
type talk struct {
	*Session
	keyboard io.WriteCloser
	events   chan Event
	over     chan error
}

// patience is how long anything may take that a test waits for: far more than it does.
const patience = 30 * time.Second

// startTalk logs alice in over a road, and runs a session that change has made its changes to. Its streams cannot be resumed.
func startTalk(t *testing.T, r *road, change func(s *Session)) *talk {
	t.Helper()
	return startTalkThat(t, r, false, change)
}

// startTalkThat is startTalk for streams that may be such that they can be resumed.
func startTalkThat(t *testing.T, r *road, resumes bool, change func(s *Session)) *talk {
	t.Helper()
	d, err := NewDialer(&Config{
		User: jid.MustParse("alice@localhost"), Server: r.Addr().String(), Mode: client.Link, Insecure: true, Keys: t.TempDir(), Resume: resumes,
		Password: func(bool) (string, error) { return "alice", nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := d.Dial(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	in, keyboard := io.Pipe()
	screen, out := io.Pipe()
	k := &talk{keyboard: keyboard, events: make(chan Event, 1000), over: make(chan error, 1)}
	k.Session = &Session{
		Conn: conn, Dial: d.Dial, Pause: 10 * time.Millisecond, To: jid.MustParse("bob@localhost"), In: in, Out: out, JSON: true, Wait: -1,
	}
	change(k.Session)
	go func() {
		lines := json.NewDecoder(screen)
		for e := (Event{}); lines.Decode(&e) == nil; e = (Event{}) {
			k.events <- e
		}
	}()
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		err := k.Run(ctx)
		d.Close()
		out.Close()
		k.over <- err
	}()
	t.Cleanup(stop)
	k.expect(t, Connected)
	return k
}

// expect reads events until one is of that kind.
func (k *talk) expect(t *testing.T, kind string) Event {
	t.Helper()
	var before []string
	for {
		select {
		case e := <-k.events:
			if e.Event == kind {
				return e
			}
			before = append(before, e.Event+" "+e.Body+e.Condition+e.Text)
		case err := <-k.over:
			t.Fatalf("ended with %v before %s, after %q", err, kind, before)
		case <-time.After(patience):
			t.Fatalf("no %s, but %q", kind, before)
		}
	}
}

// next returns the next event.
func (k *talk) next(t *testing.T) Event {
	t.Helper()
	select {
	case e := <-k.events:
		return e
	case err := <-k.over:
		t.Fatalf("ended with %v", err)
	case <-time.After(patience):
		t.Fatal("nothing happens")
	}
	return Event{}
}

func (k *talk) types(t *testing.T, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if _, err := io.WriteString(k.keyboard, line+"\n"); err != nil {
			t.Fatal(err)
		}
	}
}

// ends wants the session to end with an error that has these parts, or without one.
func (k *talk) ends(t *testing.T, parts ...string) {
	t.Helper()
	select {
	case err := <-k.over:
		if err == nil && parts != nil || err != nil && parts == nil {
			t.Fatalf("ended with %v, want %q", err, parts)
		}
		for _, part := range parts {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("ended with %v, want %q", err, part)
			}
		}
	case <-time.After(patience):
		t.Fatal("does not end")
	}
}

// login logs bob in, who takes what comes.
func login(t *testing.T, s *server.Server) *client.Conn {
	t.Helper()
	d, err := NewDialer(&Config{
		User: jid.MustParse("bob@localhost"), Server: s.Addr(0).String(), Mode: client.Link, Insecure: true,
		Password: func(bool) (string, error) { return "bob", nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	bob, err := d.Dial(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bob.Abort)
	if err := bob.Presence(t.Context()); err != nil {
		t.Fatal(err)
	}
	return bob
}

// hears wants these messages to be the next.
func hears(t *testing.T, c *client.Conn, want ...string) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	for len(want) > 0 {
		st, err := c.Recv(ctx)
		if err != nil {
			t.Fatalf("%v before %q", err, want[0])
		}
		e := received(c, st, time.Now())
		if e.Event != Message || e.Body == "" {
			continue
		}
		if e.Body != want[0] {
			t.Fatalf("heard %q, want %q", e.Body, want[0])
		}
		want = want[1:]
	}
}
