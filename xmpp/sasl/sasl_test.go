package sasl

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// What the tests share: the account user@example.com with the password of the
// RFCs, and a connection that has TLS and two channel bindings.

const password = "pencil"

var (
	host     = jid.MustParse("example.com")
	bindings = []ChannelBinding{{TLSExporter, []byte("exported")}, {TLSServerEndPoint, []byte("certificate, with a comma")}}

	// known once derived; 4096 iterations keep the tests fast
	stored = func() Credentials {
		c, err := NewCredentials(password, MinIterations, &counter{})
		if err != nil {
			panic(err)
		}
		return c
	}()
)

// counter is an io.Reader of bytes that never end and are always the same.
type counter struct{ n byte }

func (c *counter) Read(b []byte) (int, error) {
	for i := range b {
		c.n++
		b[i] = c.n
	}
	return len(b), nil
}

func serverConfig() ServerConfig {
	return ServerConfig{
		Host: host, TLS: true, ChannelBindings: bindings, Iterations: MinIterations,
		Secret: []byte("0123456789abcdef"), Rand: &counter{},
	}
}

func clientConfig() ClientConfig {
	return ClientConfig{
		Offered: Mechanisms(serverConfig()), OfferedBindings: []string{TLSServerEndPoint, TLSExporter},
		ChannelBindings: bindings, TLS: true, Rand: &counter{n: 100},
	}
}

// store answers like an account database that has only user@example.com.
func store(account jid.JID) (Credentials, bool) {
	return stored, account == jid.MustParse("user@example.com")
}

// step gives s a message and, if it asks, the credentials.
func step(s *Server, message []byte) ([]byte, State, error) {
	challenge, state, err := s.Step(message)
	if state == NeedCredentials {
		s.SetCredentials(store(s.Account()))
		return s.Step(nil)
	}
	return challenge, state, err
}

// dialogue runs an exchange between c and s to its end. It returns every message
// the client sent, and nil or the first error of either side.
func dialogue(c *Client, s *Server) (sent [][]byte, err error) {
	response, _, err := c.Step(nil)
	for err == nil {
		sent = append(sent, bytes.Clone(response))
		challenge, state, serr := step(s, response)
		if serr != nil {
			return sent, serr
		}
		if state == Done {
			return sent, c.Success(challenge)
		}
		response, _, err = c.Step(challenge)
	}
	return sent, err
}

// newPair makes both sides of an exchange.
func newPair(t *testing.T, mechanism, username, password string, cc ClientConfig, sc ServerConfig) (*Client, *Server) {
	t.Helper()
	c, err := NewClient(mechanism, username, password, cc)
	if err != nil {
		t.Fatalf("NewClient(%s, %q): %v", mechanism, username, err)
	}
	s, err := NewServer(mechanism, sc)
	if err != nil {
		t.Fatalf("NewServer(%s): %v", mechanism, err)
	}
	return c, s
}

// condition returns the condition of err, "" if it is nil.
func condition(t *testing.T, err error) Condition {
	t.Helper()
	if err == nil {
		return ""
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is a %T, want *Error", err, err)
	}
	return e.Condition
}

// wantFailure checks what Step returned.
func wantFailure(t *testing.T, what string, want Condition, challenge []byte, state State, err error) {
	t.Helper()
	if got := condition(t, err); got != want || state != Failed || challenge != nil {
		t.Errorf("%s: %q, state %d, %v, want the failure %s", what, challenge, state, err, want)
	}
}

var everyMechanism = []string{
	"SCRAM-SHA-512-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS",
	"SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN",
}

// plainly returns a client configuration for a mechanism: without channel
// bindings unless it needs them, so that the flag is n.
func plainly(mechanism string) ClientConfig {
	cfg := clientConfig()
	if m, _ := known(mechanism); !m.plus {
		cfg.ChannelBindings = nil
	}
	return cfg
}

func TestEveryMechanism(t *testing.T) {
	for _, name := range everyMechanism {
		for _, login := range []struct {
			password string
			want     Condition
		}{
			{password, ""},
			{"Pencil", NotAuthorized},
			{"pencil ", NotAuthorized},
			{"\u00e9", NotAuthorized},
		} {
			c, s := newPair(t, name, "user", login.password, plainly(name), serverConfig())
			_, err := dialogue(c, s)
			if got := condition(t, err); got != login.want {
				t.Errorf("%s with %q: %v, want %q", name, login.password, err, login.want)
			}
			if err == nil && (s.Username() != "user" || s.Account() != jid.MustParse("user@example.com")) {
				t.Errorf("%s: the account is %q", name, s.Account())
			}
		}
	}
}

// TestWithoutInitialResponse: a client may begin with an empty <auth/>
// (RFC 6120 §6.4.2); the server answers with an empty challenge, once.
func TestWithoutInitialResponse(t *testing.T) {
	for _, name := range everyMechanism {
		c, s := newPair(t, name, "user", password, plainly(name), serverConfig())
		challenge, state, err := s.Step(nil)
		if challenge == nil || len(challenge) != 0 || state != Continue || err != nil {
			t.Errorf("%s: %q, state %d, %v, want an empty challenge", name, challenge, state, err)
		}
		if _, err := dialogue(c, s); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		_, s = newPair(t, name, "user", password, plainly(name), serverConfig())
		_, _, _ = s.Step(nil)
		challenge, state, err = s.Step(nil)
		wantFailure(t, name+" without any response", MalformedRequest, challenge, state, err)
	}
}

// TestServerFinalAsChallenge: a server may send its last message as a challenge
// and success without data (RFC 6120 §6.3.10).
func TestServerFinalAsChallenge(t *testing.T) {
	c, s := newPair(t, "SCRAM-SHA-256", "user", password, plainly("SCRAM-SHA-256"), serverConfig())
	first, _, _ := c.Step(nil)
	challenge, _, _ := step(s, first)
	final, _, _ := c.Step(challenge)
	signature, _, _ := step(s, final)
	response, state, err := c.Step(signature)
	if response == nil || len(response) != 0 || state != Done || err != nil {
		t.Errorf("after the signature: %q, state %d, %v", response, state, err)
	}
	if err := c.Success(nil); err != nil {
		t.Error(err)
	}
}

func TestMechanisms(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(*ServerConfig)
		want []string
	}{
		{"everything", func(c *ServerConfig) {}, everyMechanism},
		{"no TLS, no binding", func(c *ServerConfig) { c.TLS, c.ChannelBindings = false, nil }, everyMechanism[3:6]},
		{"no binding", func(c *ServerConfig) { c.ChannelBindings = nil }, everyMechanism[3:]},
		{"policy", func(c *ServerConfig) { c.Allowed = []string{"PLAIN", "SCRAM-SHA-1-PLUS", "X"} }, []string{"SCRAM-SHA-1-PLUS", "PLAIN"}},
		{"nothing", func(c *ServerConfig) { c.Allowed = []string{} }, nil},
	} {
		cfg := serverConfig()
		tt.edit(&cfg)
		if got := Mechanisms(cfg); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		for _, name := range everyMechanism {
			_, err := NewServer(name, cfg)
			if (err == nil) != slices.Contains(tt.want, name) {
				t.Errorf("%s: NewServer(%s): %v", tt.name, name, err)
			}
		}
	}
}

// TestMechanismNotOffered: nothing works that was not offered
// (CVE-2017-10807 in another server was one that did).
func TestMechanismNotOffered(t *testing.T) {
	bare := serverConfig()
	bare.TLS, bare.ChannelBindings = false, nil
	strict := serverConfig()
	strict.Allowed = []string{"SCRAM-SHA-256-PLUS"}
	for _, tt := range []struct {
		name string
		cfg  ServerConfig
		want Condition
	}{
		{"ANONYMOUS", serverConfig(), InvalidMechanism},
		{"EXTERNAL", serverConfig(), InvalidMechanism},
		{"DIGEST-MD5", serverConfig(), InvalidMechanism},
		{"", serverConfig(), InvalidMechanism},
		{"plain", serverConfig(), InvalidMechanism},
		{"PLAIN ", serverConfig(), InvalidMechanism},
		{"SCRAM-SHA-1-PLUS-PLUS", serverConfig(), InvalidMechanism},
		{"PLAIN", bare, EncryptionRequired},
		{"SCRAM-SHA-1-PLUS", bare, InvalidMechanism},
		{"PLAIN", strict, MechanismTooWeak},
		{"SCRAM-SHA-256", strict, MechanismTooWeak},
		{"SCRAM-SHA-256", ServerConfig{}, TemporaryAuthFailure},
	} {
		s, err := NewServer(tt.name, tt.cfg)
		if got := condition(t, err); got != tt.want || s != nil {
			t.Errorf("NewServer(%q): %v, want %s", tt.name, err, tt.want)
		}
	}
	short := serverConfig()
	for n, want := range map[int]Condition{minSecret - 1: TemporaryAuthFailure, minSecret: ""} {
		short.Secret = make([]byte, n)
		if _, err := NewServer("PLAIN", short); condition(t, err) != want {
			t.Errorf("with a secret of %d bytes: %v", n, err)
		}
	}
}

// TestNoNonce: a source of nonces that fails must not become a known nonce.
func TestNoNonce(t *testing.T) {
	sc, cc := serverConfig(), clientConfig()
	sc.Rand, cc.Rand = bytes.NewReader(make([]byte, nonceSize-1)), bytes.NewReader(nil)
	if s, err := NewServer("SCRAM-SHA-1", sc); s != nil || condition(t, err) != TemporaryAuthFailure {
		t.Errorf("server: %v", err)
	}
	if c, err := NewClient("SCRAM-SHA-1", "user", password, cc); c != nil || condition(t, err) != TemporaryAuthFailure {
		t.Errorf("client: %v", err)
	}
}

// TestNoncesDiffer: with the default source no two exchanges share a nonce.
func TestNoncesDiffer(t *testing.T) {
	cfg := serverConfig()
	cfg.Rand = nil
	seen := map[string]bool{}
	for range 100 {
		s, err := NewServer("SCRAM-SHA-1", cfg)
		if err != nil {
			t.Fatal(err)
		}
		nonce := s.exchange.(*scramServer).nonce
		if seen[nonce] || len(nonce) != 32 || !isNonce(nonce) {
			t.Fatalf("the nonce %q is used or not one", nonce)
		}
		seen[nonce] = true
	}
}
