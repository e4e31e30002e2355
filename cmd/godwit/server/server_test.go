package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godwit-im/godwit/cmd/godwit/admin"
	"github.com/godwit-im/godwit/cmd/godwit/config"
	"github.com/godwit-im/godwit/edge"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// logs is a log that a test can look into.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) has(text string) bool { return l.count(text) > 0 }

func (l *logs) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.b.String(), text)
}

// settings serve localhost on all three kinds of ports.
func settings(t *testing.T) *config.Config {
	c := config.Default()
	c.Data = filepath.Join(t.TempDir(), "data")
	c.Host = []config.HostConfig{{Domain: "localhost"}}
	for _, kind := range []string{config.KindC2S, config.KindC2STLS, config.KindLink} {
		c.Listen = append(c.Listen, config.ListenConfig{Kind: kind, Address: "127.0.0.1:0", Plaintext: kind == config.KindC2S})
	}
	c.Limits.DrainSpread = 10 * time.Millisecond
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	return c
}

func startServer(t *testing.T, c *config.Config) (*Server, *logs) {
	t.Helper()
	l := new(logs)
	s, err := Start(c, "test", slog.New(slog.NewTextHandler(l, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return s, l
}

// login returns a client that is logged in on the listener with that place.
func login(t *testing.T, s *Server, listener int, mode client.Mode) *client.Conn {
	t.Helper()
	c, err := client.Dial(t.Context(), client.Config{
		JID: jid.MustParse("alice@localhost"), Password: "secret", Mode: mode, SM: true,
		Address: s.Addr(listener).String(), TLS: &tls.Config{RootCAs: roots(t, s)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// roots are what vouches for the server: its own certificate.
func roots(t *testing.T, s *Server) *x509.CertPool {
	t.Helper()
	pem, err := os.ReadFile(SelfSignedFile(s.config.Data, "localhost"))
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(pem) {
		t.Fatalf("no certificate (%v)", err)
	}
	return pool
}

func addAlice(t *testing.T, s *Server) {
	t.Helper()
	if _, err := s.Room().Do(t.Context(), admin.Request{Do: admin.AddUser, JID: "alice@localhost", Password: "secret"}); err != nil {
		t.Fatal(err)
	}
}

func TestEveryPortLeadsToASession(t *testing.T) {
	s, _ := startServer(t, settings(t))
	addAlice(t, s)
	for _, try := range []struct {
		listener int
		mode     client.Mode
	}{{0, client.StartTLS}, {0, client.Plain}, {1, client.DirectTLS}, {2, client.Link}} {
		c := login(t, s, try.listener, try.mode)
		if err := c.Close(t.Context()); err != nil {
			t.Errorf("mode %d: %v", try.mode, err)
		}
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestShutdownClosesSessionsInGoodOrder(t *testing.T) {
	s, l := startServer(t, settings(t))
	addAlice(t, s)
	c := login(t, s, 2, client.Link)
	gone := make(chan error, 1)
	go func() {
		_, err := c.Recv(context.Background())
		gone <- err
	}()
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-gone; err == nil || !strings.Contains(err.Error(), "system-shutdown") {
		t.Errorf("the session ended with %v, want system-shutdown", err)
	}
	for _, text := range []string{"msg=draining sessions=1", "msg=drained"} {
		if !l.has(text) {
			t.Errorf("the log has no %s", text)
		}
	}
	again, _ := startServer(t, s.config) // nothing is held
	if err := again.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestShutdownDoesNotWaitForTheOperator: sessions are told while an operation is under way, however long that takes.
func TestShutdownDoesNotWaitForTheOperator(t *testing.T) {
	s, l := startServer(t, settings(t))
	addAlice(t, s)
	c := login(t, s, 0, client.StartTLS)
	call := func(request string) net.Conn {
		operator, err := net.Dial("unix", filepath.Join(s.config.Data, "control.sock"))
		if err == nil {
			_, err = io.WriteString(operator, request)
		}
		if err != nil {
			t.Fatal(err)
		}
		return operator
	}
	operator, other := call(`{"do":"hesita`), call("{}\n")
	if _, err := io.ReadAll(other); err != nil { // answered: both are in
		t.Fatal(err)
	}
	down := make(chan error)
	go func() { down <- s.Shutdown(context.Background()) }()
	if _, err := c.Recv(t.Context()); err == nil || !strings.Contains(err.Error(), "system-shutdown") {
		t.Errorf("the session ended with %v, want system-shutdown", err)
	}
	if _, err := io.WriteString(operator, `te"}`+"\n"); err != nil {
		t.Error(err)
	}
	if err := errors.Join(<-down, operator.Close(), other.Close()); err != nil || !l.has("do=hesitate") {
		t.Errorf("the operation was not waited for: %v", err)
	}
}

func TestReloadShowsTheNewCertificate(t *testing.T) {
	dir := t.TempDir()
	chain, key := filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")
	renew := func() {
		t.Helper()
		c, k, err := edge.SelfSigned(time.Now(), "example.org")
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string][]byte{chain: c, key: k} {
			if err := os.WriteFile(name, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	renew()
	c := settings(t)
	c.Host = []config.HostConfig{{Domain: "example.org", Certificate: chain, Key: key}}
	s, l := startServer(t, c)
	defer s.Shutdown(context.Background())
	first, statement := shown(t, s.Addr(1)), proof(t, s)

	renew()
	if string(shown(t, s.Addr(1))) != string(first) {
		t.Error("a new certificate before Reload")
	}
	if err := s.Reload(); err != nil || !l.has("certificates reloaded") {
		t.Error(err)
	}
	if string(shown(t, s.Addr(1))) == string(first) {
		t.Error("the old certificate after Reload")
	}
	if proof(t, s) == statement {
		t.Error("the link is proved by the old certificate after Reload")
	}
	if err := os.WriteFile(chain, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Reload(); err == nil {
		t.Error("nonsense was loaded")
	}
	if shown(t, s.Addr(1)) == nil {
		t.Error("no certificate after a reload that failed")
	}
}

// TestLinkWithoutProof: a certificate that cannot prove the link's key is an error of the operator's, told once.
func TestLinkWithoutProof(t *testing.T) {
	dir := t.TempDir()
	chain, key := filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")
	c, k, err := edge.SelfSigned(time.Now(), "example.org")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(chain, bytes.Repeat(c, 20), 0o600), os.WriteFile(key, k, 0o600)); err != nil {
		t.Fatal(err)
	}
	settings := settings(t)
	settings.Host = []config.HostConfig{{Domain: "example.org", Certificate: chain, Key: key}}
	s, l := startServer(t, settings)
	defer s.Shutdown(context.Background())
	for range 3 {
		if _, err := s.link.statement("example.org"); err == nil {
			t.Error("a statement with a chain of 20")
		}
	}
	if n := l.count("clients cannot use the link"); n != 1 {
		t.Errorf("told %d times", n)
	}
}

// shown is the certificate that a port shows.
func shown(t *testing.T, address net.Addr) []byte {
	t.Helper()
	conn, err := tls.Dial("tcp", address.String(), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"xmpp-client"}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].Raw
}

// proof is the statement for example.org, which is cached, however a client spells that.
func proof(t *testing.T, s *Server) string {
	t.Helper()
	first, err := s.link.statement("example.org")
	for _, domain := range []string{"example.org", "EXAMPLE.org", "example.ORG.", ""} {
		second, again := s.link.statement(domain)
		if err != nil || again != nil || string(first) != string(second) {
			t.Fatalf("statements: %v, for %q %v, the same: %v", err, domain, again, string(first) == string(second))
		}
	}
	if n := len(s.link.statements); n != 1 {
		t.Errorf("%d statements are kept for one domain", n)
	}
	if _, err := s.link.statement("example.com"); err == nil {
		t.Error("a statement for a domain that is not served")
	}
	return string(first)
}

func TestStartThatFailsLeavesNothingBehind(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	c := settings(t)
	c.Listen[2].Address = taken.Addr().String()
	quiet := slog.New(slog.DiscardHandler)
	if _, err := Start(c, "test", quiet); err == nil || !strings.Contains(err.Error(), "another process has this port") {
		t.Fatalf("got %v", err)
	}
	c.Listen[2].Address = "127.0.0.1:0"
	s, _ := startServer(t, c) // the store is not locked
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestASelfSignedCertificateIsKeptUntilItIsOld(t *testing.T) {
	c := settings(t)
	file := SelfSignedFile(c.Data, "localhost")
	read := func() string {
		s, _ := startServer(t, c)
		if err := s.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	first := read()
	if read() != first {
		t.Error("a new certificate each time")
	}
	chain, key, err := edge.SelfSigned(time.Now().AddDate(-1, 0, 29)) // 29 days left
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{file: chain, strings.TrimSuffix(file, ".pem") + ".key.pem": key} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if read() == string(chain) {
		t.Error("the old certificate is kept")
	}
	if err := os.WriteFile(file, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(c, "test", slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "remove it to have a new one made") {
		t.Errorf("nonsense: %v", err)
	}
}

func TestLimitsOfTheConfigurationHold(t *testing.T) {
	c := settings(t)
	c.Sessions = config.SessionsConfig{MaxPerAccount: 1, MaxStanzaBytes: 10_000}
	s, _ := startServer(t, c)
	defer s.Shutdown(context.Background())
	addAlice(t, s)
	one := login(t, s, 0, client.Plain)
	cfg := client.Config{JID: jid.MustParse("alice@localhost"), Password: "secret", Mode: client.Plain, Address: s.Addr(0).String()}
	if two, err := client.Dial(t.Context(), cfg); err == nil {
		two.Abort()
		t.Error("a second session of one account")
	}
	if _, err := one.Message(t.Context(), jid.MustParse("alice@localhost"), strings.Repeat("x", 9_000)); err != nil {
		t.Error(err)
	}
	if err := one.WaitAcked(t.Context()); err != nil {
		t.Errorf("9,000 bytes: %v", err)
	}
	if _, err := one.Message(t.Context(), jid.MustParse("alice@localhost"), strings.Repeat("x", 10_001)); err != nil {
		t.Error(err)
	}
	for {
		if _, err := one.Recv(t.Context()); err != nil {
			if !strings.Contains(err.Error(), "policy-violation") {
				t.Errorf("10,001 bytes: %v, want policy-violation", err)
			}
			return
		}
	}
}
