package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// flights counts how often a client has waited for an answer: what it writes without having read in between is one flight.
type flights struct {
	net.Conn

	mu    sync.Mutex
	n     int
	heard bool
}

func (f *flights) Write(p []byte) (int, error) {
	f.mu.Lock()
	if f.n == 0 || f.heard {
		f.n, f.heard = f.n+1, false
	}
	f.mu.Unlock()
	return f.Conn.Write(p)
}

func (f *flights) Read(p []byte) (int, error) {
	n, err := f.Conn.Read(p)
	f.mu.Lock()
	f.heard = f.heard || n > 0
	f.mu.Unlock()
	return n, err
}

func (f *flights) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.n
}

// returning is the end of a client's connection that a test looks at: a transcript, by which it knows how many flights there were when the first message came.
type returning struct {
	wire    *flights
	resumed bool // the session of TLS
	trips   int  // when the first message came; 0: none has
	lines   strings.Builder
}

func (r *returning) connect(ctx context.Context, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	r.wire = &flights{Conn: conn}
	return r.wire, err
}

func (r *returning) look(state tls.ConnectionState) error {
	r.resumed = state.DidResume
	return nil
}

// Write takes the transcript, a line at a time.
func (r *returning) Write(p []byte) (int, error) {
	if r.trips == 0 && bytes.HasPrefix(p, []byte("S: <message ")) {
		r.trips = 1 + r.wire.count() // 1 for TCP itself
	}
	return r.lines.Write(p)
}

// TestReturningInThreeRoundTrips: one for TCP, one for a TLS session that is resumed, one for the rest: header, login by a token, a stream that is resumed, and
// what the client has missed. The server was restarted each time.
func TestReturningInThreeRoundTrips(t *testing.T) {
	settings := settings(t)
	s, _ := startServer(t, settings)
	addAlice(t, s)
	cfg := client.Config{
		JID: jid.MustParse("alice@localhost"), Password: "secret", Mode: client.DirectTLS, AgentID: client.NewAgentID(), Resume: true,
		TLS: &tls.Config{RootCAs: roots(t, s), ClientSessionCache: tls.NewLRUClientSessionCache(2)},
	}
	for round, text := range []string{"at first", "after a restart", "and once more"} {
		look := new(returning)
		cfg.Address, cfg.Connect, cfg.Trace, cfg.TLS.VerifyConnection = s.Addr(1).String(), look.connect, look, look.look
		c, err := client.Dial(t.Context(), cfg)
		if err == nil && round == 0 {
			err = c.Presence(t.Context())
		}
		if round == 0 {
			write(t, s, text)
		}
		for body := ""; err == nil && body != text; { // behind presence
			var got *client.Stanza
			if got, err = c.Recv(t.Context()); err == nil {
				body = got.Body()
			}
		}
		if err == nil {
			err = c.WaitAcked(t.Context())
		}
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		cfg.Password, cfg.Known, cfg.Resumption = "", c.Known(), c.Resumption()
		c.Abort()
		_ = c.Wait(t.Context())
		if err := s.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		if round > 0 && (look.trips != 3 || !look.resumed || !c.Resumed()) {
			t.Errorf("%s: %d round trips, want 3; resumed: TLS %v, the stream %v\n%s", text, look.trips, look.resumed, c.Resumed(), look.lines.String())
		}
		if round < 2 {
			s, _ = startServer(t, settings)
			write(t, s, []string{"after a restart", "and once more"}[round])
		}
	}
}

// write sends a message to the account from another client of it.
func write(t *testing.T, s *Server, body string) {
	t.Helper()
	c := login(t, s, 1, client.DirectTLS)
	id, err := c.Message(t.Context(), jid.MustParse("alice@localhost"), body)
	if err == nil {
		err = c.WaitAcked(t.Context(), id)
	}
	if err == nil {
		err = c.Close(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestOurClientComesBackByToken: with a resumption, and no password, after a restart of the server.
func TestOurClientComesBackByToken(t *testing.T) {
	for i, mode := range []client.Mode{client.StartTLS, client.DirectTLS} {
		settings := settings(t)
		s, _ := startServer(t, settings)
		addAlice(t, s)
		cfg := client.Config{
			JID: jid.MustParse("alice@localhost"), Password: "secret", Resource: "phone", Mode: mode, TLS: &tls.Config{RootCAs: roots(t, s)},
			AgentID: "d4565fa7-4d72-4749-b3d3-740edbf87770", Resume: true, Bind2: true, NeedBinding: true,
		}
		for round := range 3 {
			cfg.Address = s.Addr(i).String()
			c, err := client.Dial(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(c.JID().Resource(), "phone/") || c.Resumed() != (round > 0) {
				t.Errorf("%s, resumed: %v", c.JID(), c.Resumed())
			}
			if round == 0 {
				if err = c.Presence(t.Context()); err == nil {
					_, err = c.Recv(t.Context())
				}
			}
			body := ""
			for err == nil && round > 0 && body == "" { // behind presence
				var got *client.Stanza
				if got, err = c.Recv(t.Context()); err == nil {
					body = got.Body()
				}
			}
			if err != nil || round > 0 && body != strconv.Itoa(round) {
				t.Fatal(body, err)
			}
			cfg.Password, cfg.Known, cfg.Resumption = "", c.Known(), c.Resumption()
			c.Abort()
			if err := s.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			s, _ = startServer(t, settings)
			write(t, s, strconv.Itoa(round+1))
		}
	}
}
