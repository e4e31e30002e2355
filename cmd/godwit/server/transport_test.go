package server

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// overLink is a configuration for a port that takes the link.
func overLink(t *testing.T, s *Server, listener int, transports ...client.Transport) client.Config {
	t.Helper()
	return client.Config{
		JID: jid.MustParse("alice@localhost"), Password: "secret", Mode: client.Link, SM: true, Transports: transports,
		Address: s.Addr(listener).String(), TLS: &tls.Config{RootCAs: roots(t, s)},
	}
}

// pingsItself sends a long message to its own address and wants it back.
func pingsItself(t *testing.T, c *client.Conn) {
	t.Helper()
	body := strings.Repeat("To be, or not to be. ", 5000)
	m := `<message xmlns='jabber:client' type='chat' id='1' to='` + c.JID().String() + `'><body>` + body + `</body></message>`
	if err := c.SendXML(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	for {
		st, err := c.Recv(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if st.Body() == body {
			return
		}
	}
}

// TestEveryTransport: the link goes over each transport, to both kinds of ports, first with the password and then with the device's key; the routing token comes with it.
func TestEveryTransport(t *testing.T) {
	cfg := settings(t)
	cfg.Link.Route, cfg.Link.Padding = "node-1", "padme"
	cfg.Listen[1].Compression = []string{"zlib"}
	s, _ := startServer(t, cfg)
	addAlice(t, s)
	for _, listener := range []int{1, 2} {
		for _, over := range []client.Transport{client.OverTCP, client.OverTLS, client.OverWebSocket} {
			cfg := overLink(t, s, listener, over)
			cfg.Padding, cfg.Compression = link.PaddingPadme, "zlib"
			for range 2 {
				c, err := client.Dial(t.Context(), cfg)
				if err != nil {
					t.Fatalf("%v: %v", over, err)
				}
				if c.Transport() != over || c.Compressed() || string(c.LinkKeys().Route) != "node-1" {
					t.Errorf("over %v, compressed %v, route %q", c.Transport(), c.Compressed(), c.LinkKeys().Route)
				}
				pingsItself(t, c)
				cfg.Link, cfg.Password = c.LinkKeys(), ""
				if err := c.Close(t.Context()); err != nil {
					t.Errorf("%v: %v", over, err)
				}
			}
			cfg.Link.Server, cfg.Password = append([]byte{cfg.Link.Server[0] ^ 1}, cfg.Link.Server[1:]...), "secret"
			c, err := client.Dial(t.Context(), cfg) // a key that the server does not have any more
			if err != nil {
				t.Fatalf("%v: %v", over, err)
			}
			_ = c.Close(t.Context())
		}
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestBlockedTransports: a network that lets some through, however it treats the others, is lived with.
func TestBlockedTransports(t *testing.T) {
	s, _ := startServer(t, settings(t))
	addAlice(t, s)
	blocks := map[string]func(net.Conn){
		"closes":       func(c net.Conn) { _ = c.Close() },
		"says nothing": func(c net.Conn) { _, _ = io.Copy(io.Discard, c) },
		"wants a log-in": func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 302 Found\r\nLocation: http://portal/\r\n\r\n")
			_ = c.Close()
		},
		"resets": func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0); _ = c.Close() },
	}
	for name, block := range blocks {
		portal, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer portal.Close()
		go func() {
			for {
				c, err := portal.Accept()
				if err != nil {
					return
				}
				go block(c)
			}
		}()
		for blocked, want := range []client.Transport{client.OverTCP, client.OverTLS, client.OverWebSocket, 0} {
			var dials atomic.Int32
			cfg := overLink(t, s, 2)
			cfg.TransportTimeout = 5 * time.Second
			if name == "says nothing" {
				cfg.TransportTimeout = time.Second
			}
			cfg.Connect = func(ctx context.Context, address string) (net.Conn, error) {
				if int(dials.Add(1)) <= blocked {
					address = portal.Addr().String()
				}
				return new(net.Dialer).DialContext(ctx, "tcp", address)
			}
			c, err := client.Dial(t.Context(), cfg)
			switch {
			case want == 0 && (err == nil || !strings.Contains(err.Error(), "(over TLS: ") || !strings.Contains(err.Error(), "; over WebSocket: ")):
				t.Errorf("%s, all: %v", name, err)
			case want != 0 && err != nil:
				t.Errorf("%s, %d blocked: %v", name, blocked, err)
			case want != 0 && c.Transport() != want:
				t.Errorf("%s, %d blocked: over %v", name, blocked, c.Transport())
			}
			if c != nil {
				_ = c.Close(t.Context())
			}
		}
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestNotBlocked: what the server has said, and what nobody could reach, is not tried again over another transport.
func TestNotBlocked(t *testing.T) {
	s, _ := startServer(t, settings(t))
	addAlice(t, s)
	var dials atomic.Int32
	cfg := overLink(t, s, 2)
	cfg.Connect = func(ctx context.Context, address string) (net.Conn, error) {
		dials.Add(1)
		return new(net.Dialer).DialContext(ctx, "tcp", address)
	}
	once := func(what string) {
		t.Helper()
		if n := dials.Swap(0); n != 1 {
			t.Errorf("%s: %d dials", what, n)
		}
	}
	wrong := cfg
	wrong.Password = "wrong"
	if _, err := client.Dial(t.Context(), wrong); err == nil {
		t.Error("logged in")
	}
	once("a wrong password")
	wrong = cfg
	wrong.JID = jid.MustParse("alice@example.org")
	refusal := (*link.Refusal)(nil)
	if _, err := client.Dial(t.Context(), wrong); !errors.As(err, &refusal) {
		t.Error(err)
	}
	once("another host")
	wrong = cfg
	wrong.TLS = nil
	if _, err := client.Dial(t.Context(), wrong); err == nil {
		t.Error("logged in")
	}
	once("an unknown authority")
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := client.Dial(t.Context(), cfg); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Error(err)
	}
	once("nobody there")
	wrong = cfg
	wrong.Transports = []client.Transport{7}
	if _, err := client.Dial(t.Context(), wrong); err == nil {
		t.Error("a seventh transport")
	}
}

// TestWebPort: a port for everything answers a browser that comes by chance.
func TestWebPort(t *testing.T) {
	s, _ := startServer(t, settings(t))
	web := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots(t, s), ServerName: "localhost"}, ForceAttemptHTTP2: true}}
	for _, listener := range []int{1, 2} {
		r, err := web.Get("https://" + s.Addr(listener).String() + "/")
		if err != nil || r.StatusCode != http.StatusNotFound {
			t.Errorf("%+v, %v", r, err)
		}
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}
