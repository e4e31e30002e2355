package sasl

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"testing"
)

// byHand is HMAC-SHA-256 as RFC 2104 §2 has it, made from the hash alone.
func byHand(key, message string) string {
	inner, outer := make([]byte, 64), make([]byte, 64)
	copy(inner, key)
	copy(outer, key)
	for i := range inner {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	h := sha256.Sum256(append(inner, message...))
	h = sha256.Sum256(append(outer, h[:]...))
	return string(h[:])
}

// TestTokenVectors compares with HMACs made by hand, and by another language's library.
func TestTokenVectors(t *testing.T) {
	for _, v := range []struct{ who, binding, want string }{
		{"Initiator", "", "3f6de92b45cddc50c601ad166458f7b5874565e399f3006b1afb03f0bb03ff88"},
		{"Responder", "", "5572a63e0496195609273c23be8a50b9bee64e0369324079e73245bf4472a5b1"},
		{"Initiator", "the data of tls-exporter", "fbad155d2315bcd60f0ae27f4bd8af87a98e41312631daf9f1f0b3ecbeb5fb48"},
		{"Responder", "the data of tls-exporter", "e6b84af4fff0243398636f4bf5d89585c12b5ba5fa80956b7a7be872b52f4a42"},
	} {
		got := hashToken("secret-token", v.who, v.binding)
		if hex.EncodeToString(got) != v.want || string(got) != byHand("secret-token", v.who+v.binding) {
			t.Errorf("%s %q: %x, want %s", v.who, v.binding, got, v.want)
		}
	}
}

// present runs the server's side of a login by a token, against the tokens that there are.
func present(t *testing.T, name, message string, cfg ServerConfig, tokens ...string) (*Server, []byte, error) {
	t.Helper()
	s, err := NewTokenServer(name, cfg)
	if err != nil {
		t.Fatal(err)
	}
	data, state, err := s.Step([]byte(message))
	if err != nil {
		return s, data, err
	}
	if state != NeedCredentials {
		t.Fatalf("state %d", state)
	}
	s.SetTokens(tokens)
	data, _, err = s.Step(nil)
	return s, data, err
}

// TestTokens: each mechanism with each token that there may be.
func TestTokens(t *testing.T) {
	for _, name := range TokenMechanisms(serverConfig()) {
		for _, tokens := range [][]string{{"mine"}, {"mine", "other"}, {"other", "mine"}} {
			c, err := NewTokenClient(name, "user", "mine", clientConfig())
			if err != nil {
				t.Fatal(err)
			}
			message, _, _ := c.Step(nil)
			s, data, err := present(t, name, string(message), serverConfig(), tokens...)
			if err != nil || s.Token() != "mine" || s.Account().String() != "user@example.com" {
				t.Errorf("%s %v: %v, %q of %s", name, tokens, err, s.Token(), s.Account())
			}
			if err := c.Success(data); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestWrongTokens: no token, a wrong one, one with another binding: all the same.
func TestWrongTokens(t *testing.T) {
	elsewhere := serverConfig()
	elsewhere.ChannelBindings = []ChannelBinding{{TLSExporter, []byte("another connection")}, {TLSServerEndPoint, []byte("another certificate")}}
	for _, name := range TokenMechanisms(serverConfig()) {
		c, _ := NewTokenClient(name, "user", "mine", clientConfig())
		message, _, _ := c.Step(nil)
		for _, tokens := range [][]string{nil, {"other"}, {"other", "another"}} {
			if s, _, err := present(t, name, string(message), serverConfig(), tokens...); condition(t, err) != NotAuthorized || s.Token() != "" {
				t.Errorf("%s %v: %v", name, tokens, err)
			}
		}
		_, _, err := present(t, name, string(message), elsewhere, "mine")
		if bound := name != "HT-SHA-256-NONE"; bound && condition(t, err) != NotAuthorized || !bound && err != nil {
			t.Errorf("%s, over another connection: %v", name, err)
		}
	}
}

// TestTokenMessages: a message that is none says so before anything is looked up.
func TestTokenMessages(t *testing.T) {
	hash := string(make([]byte, sha256.Size))
	for _, m := range []string{"", "user", "user\x00", "\x00" + hash, "user\x00" + hash[1:], "user\x00" + hash + "x", "\xff\x00" + hash} {
		if _, _, err := present(t, "HT-SHA-256-NONE", m, serverConfig(), "mine"); condition(t, err) != MalformedRequest {
			t.Errorf("%q: %v", m, err)
		}
	}
	if _, _, err := present(t, "HT-SHA-256-NONE", "user@example.com\x00"+hash, serverConfig(), "mine"); condition(t, err) != NotAuthorized {
		t.Errorf("a name that is no localpart: %v", err)
	}
}

// TestTokenOffer: what is offered is what the connection can bind to, where it is encrypted, and the host allows.
func TestTokenOffer(t *testing.T) {
	all := []string{"HT-SHA-256-EXPR", "HT-SHA-256-ENDP", "HT-SHA-256-NONE"}
	for _, c := range []struct {
		change func(cfg *ServerConfig)
		want   []string
	}{
		{func(*ServerConfig) {}, all},
		{func(cfg *ServerConfig) { cfg.TLS = false }, nil},
		{func(cfg *ServerConfig) { cfg.ChannelBindings = bindings[1:] }, all[1:]},
		{func(cfg *ServerConfig) { cfg.ChannelBindings = nil }, all[2:]},
		{func(cfg *ServerConfig) { cfg.Allowed = []string{"SCRAM-SHA-256"} }, nil},
		{func(cfg *ServerConfig) { cfg.Allowed = all[:1] }, all[:1]},
	} {
		cfg := serverConfig()
		c.change(&cfg)
		if got := TokenMechanisms(cfg); !slices.Equal(got, c.want) {
			t.Errorf("%v, want %v", got, c.want)
		}
		for _, name := range all {
			if _, err := NewTokenServer(name, cfg); (err == nil) != slices.Contains(c.want, name) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for _, name := range all { // with passwords they are nothing
		if _, err := NewServer(name, serverConfig()); condition(t, err) != InvalidMechanism {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewTokenServer(Plain, serverConfig()); condition(t, err) != InvalidMechanism {
		t.Error(err)
	}
}

// TestTokenServerIsProved: a server that has not the token is found out.
func TestTokenServerIsProved(t *testing.T) {
	for _, data := range []string{"", "x", string(hashToken("other", "Responder", "")), string(hashToken("mine", "Initiator", ""))} {
		c, _ := NewTokenClient("HT-SHA-256-NONE", "user", "mine", clientConfig())
		_, _, _ = c.Step(nil)
		if err := c.Success([]byte(data)); condition(t, err) != Aborted {
			t.Errorf("%q: %v", data, err)
		}
	}
}
