package sasl

import (
	"bytes"
	"testing"
)

// TestServerOrder sends right messages in wrong places: twice, before their
// time, after the end.
func TestServerOrder(t *testing.T) {
	for _, mechanism := range everyMechanism[:6] {
		begin := func() (c *Client, s *Server, first []byte) {
			c, s = newPair(t, mechanism, "user", password, plainly(mechanism), serverConfig())
			first, _, _ = c.Step(nil)
			return c, s, first
		}

		_, s, first := begin()
		_, _, _ = step(s, first)
		challenge, state, err := step(s, first)
		wantFailure(t, mechanism+": first message twice", MalformedRequest, challenge, state, err)

		_, s, first = begin()
		_, _, _ = s.Step(first)
		challenge, state, err = s.Step(first)
		wantFailure(t, mechanism+": a message during the lookup", MalformedRequest, challenge, state, err)
		s.SetCredentials(stored, true)
		challenge, state, err = s.Step(nil)
		wantFailure(t, mechanism+": the lookup's result after that", MalformedRequest, challenge, state, err)

		_, s, first = begin()
		_, _, _ = s.Step(first)
		challenge, state, err = s.Step(nil)
		wantFailure(t, mechanism+": no credentials set", MalformedRequest, challenge, state, err)

		_, s, first = begin()
		_, _, _ = s.Step(first)
		s.SetCredentials(stored, true)
		challenge, state, err = s.Step([]byte{})
		wantFailure(t, mechanism+": a message instead of nil", MalformedRequest, challenge, state, err)

		c, s, first := begin()
		challenge, _, _ = step(s, first)
		final, _, _ := c.Step(challenge)
		_, s, _ = begin()
		challenge, state, err = step(s, final)
		wantFailure(t, mechanism+": last message first", MalformedRequest, challenge, state, err)

		_, s, _ = begin()
		s.SetCredentials(stored, true) // out of place: nothing happens
		challenge, state, err = s.Step(final)
		wantFailure(t, mechanism+": credentials before a name", MalformedRequest, challenge, state, err)

		c, s, _ = begin()
		if _, err := dialogue(c, s); err == nil {
			t.Fatalf("%s: the client can be used twice", mechanism)
		}
		c, s, first = begin()
		challenge, _, _ = step(s, first)
		final, _, _ = c.Step(challenge)
		if _, state, err := s.Step(final); state != Done || err != nil {
			t.Fatalf("%s: state %d, %v", mechanism, state, err)
		}
		for _, again := range [][]byte{final, first, nil, {}} {
			challenge, state, err = s.Step(again)
			wantFailure(t, mechanism+": after the end", MalformedRequest, challenge, state, err)
		}
		if s.Username() != "user" {
			t.Errorf("%s: after the end the user is %q", mechanism, s.Username())
		}
	}
}

// TestPlainOrder: PLAIN is one message (RFC 4616 §2).
func TestPlainOrder(t *testing.T) {
	s, _ := NewServer("PLAIN", serverConfig())
	message := []byte("\x00user\x00pencil")
	if _, state, err := step(s, message); state != Done || err != nil {
		t.Fatalf("state %d, %v", state, err)
	}
	challenge, state, err := s.Step(message)
	wantFailure(t, "twice", MalformedRequest, challenge, state, err)

	s, _ = NewServer("PLAIN", serverConfig())
	_, _, _ = step(s, []byte("\x00user\x00wrong"))
	challenge, state, err = step(s, message)
	wantFailure(t, "a second attempt", MalformedRequest, challenge, state, err)
}

// TestReplay: what one exchange proved proves nothing in another.
func TestReplay(t *testing.T) {
	cfg := serverConfig()
	cfg.Rand = &counter{}
	c, s := newPair(t, "SCRAM-SHA-256", "user", password, plainly("SCRAM-SHA-256"), cfg)
	sent, err := dialogue(c, s)
	if err != nil {
		t.Fatal(err)
	}
	s, _ = NewServer("SCRAM-SHA-256", cfg) // the source has gone on
	_, _, _ = step(s, sent[0])
	challenge, state, err := step(s, sent[1])
	wantFailure(t, "a replay", NotAuthorized, challenge, state, err)
}

// TestMessageLimit: at the limit a message is read, past it it is not.
func TestMessageLimit(t *testing.T) {
	for n, want := range map[int]Condition{maxMessage: NotAuthorized, maxMessage + 1: MalformedRequest} {
		s, _ := NewServer("PLAIN", serverConfig())
		message := append([]byte("\x00user\x00"), bytes.Repeat([]byte("x"), n-6)...)
		challenge, state, err := step(s, message)
		wantFailure(t, "PLAIN", want, challenge, state, err)
	}
	// RFC 4616 §2: 255 bytes each must be accepted.
	s, _ := NewServer("PLAIN", serverConfig())
	name := string(bytes.Repeat([]byte("a"), 255))
	if _, state, err := s.Step([]byte("\x00" + name + "\x00" + name)); state != NeedCredentials || s.Username() != name {
		t.Errorf("255 bytes each: state %d, %v", state, err)
	}
}

// TestClientOrder is the same for the client.
func TestClientOrder(t *testing.T) {
	fresh := func() (*Client, []byte) {
		c, s := newPair(t, "SCRAM-SHA-1", "user", password, plainly("SCRAM-SHA-1"), serverConfig())
		first, _, _ := c.Step(nil)
		challenge, _, _ := step(s, first)
		return c, challenge
	}

	c, _ := NewClient("SCRAM-SHA-1", "user", password, plainly("SCRAM-SHA-1"))
	response, state, err := c.Step([]byte("r=a,s=YQ==,i=4096"))
	wantFailure(t, "a challenge before the beginning", Aborted, response, state, err)

	c, _ = NewClient("SCRAM-SHA-1", "user", password, plainly("SCRAM-SHA-1"))
	if err := c.Success(nil); condition(t, err) != Aborted {
		t.Errorf("success before the beginning: %v", err)
	}

	c, challenge := fresh()
	if err := c.Success(nil); condition(t, err) != Aborted {
		t.Errorf("success before the proof: %v", err)
	}
	_, _, _ = c.Step(challenge)
	if err := c.Success(nil); condition(t, err) != Aborted {
		t.Errorf("success before the server's proof: %v", err)
	}

	c, challenge = fresh()
	_, _, _ = c.Step(challenge)
	response, state, err = c.Step(challenge)
	wantFailure(t, "the same challenge twice", Aborted, response, state, err)

	c, _ = NewClient("PLAIN", "user", password, plainly("PLAIN"))
	if err := c.Success(nil); condition(t, err) != Aborted {
		t.Errorf("success before PLAIN is sent: %v", err)
	}
	_, _, _ = c.Step(nil)
	if err := c.Success([]byte("x")); condition(t, err) != Aborted {
		t.Errorf("PLAIN with data: %v", err)
	}
}

// TestClientRefuses: what a server, or who poses as one, cannot make a client
// believe or compute.
func TestClientRefuses(t *testing.T) {
	c, s := newPair(t, "SCRAM-SHA-1", "user", password, plainly("SCRAM-SHA-1"), serverConfig())
	first, _, _ := c.Step(nil)
	right, _, _ := step(s, first)
	m, _ := parseServerFirst(string(right))
	own := c.exchange.(*scramClient).nonce
	for what, challenge := range map[string]string{
		"a nonce of its own":  "r=x" + m.nonce + ",s=YQ==,i=4096",
		"nothing added":       "r=" + own + ",s=YQ==,i=4096",
		"a shorter nonce":     "r=" + own[1:] + ",s=YQ==,i=4096",
		"too few iterations":  "r=" + m.nonce + ",s=YQ==,i=4095",
		"too many iterations": "r=" + m.nonce + ",s=YQ==,i=5000001",
		"a mandatory m":       "m=x,r=" + m.nonce + ",s=YQ==,i=4096",
		"m as an extension":   "r=" + m.nonce + ",s=YQ==,i=4096,m=x",
		"no salt":             "r=" + m.nonce + ",s=,i=4096",
		"an error":            "e=other-error",
		"NUL":                 "r=" + m.nonce + ",s=YQ==,i=4096,x=\x00",
		"not UTF-8":           "r=" + m.nonce + ",s=YQ==,i=4096,x=\xff",
		"nothing":             "",
	} {
		c, _ := NewClient("SCRAM-SHA-1", "user", password, plainly("SCRAM-SHA-1"))
		_, _, _ = c.Step(nil)
		response, state, err := c.Step([]byte(challenge))
		wantFailure(t, what, Aborted, response, state, err)
	}
	for _, final := range []string{"e=invalid-proof", "v=", "v=YQ==", "", "x", "v=" + encode64(make([]byte, 20)), "v=" + encode64(make([]byte, 20)) + ",m=x"} {
		c, _ := NewClient("SCRAM-SHA-1", "user", password, plainly("SCRAM-SHA-1"))
		_, _, _ = c.Step(nil)
		_, _, _ = c.Step(right)
		if err := c.Success([]byte(final)); condition(t, err) != Aborted {
			t.Errorf("server-final %q: %v", final, err)
		}
	}
	for _, tt := range []struct {
		mechanism, username, password string
		want                          error
	}{
		{"SCRAM-SHA-1", "user", "", ErrPassword},
		{"PLAIN", "user", "\x00", ErrPassword},
		{"PLAIN", "user", "\xff", ErrPassword},
	} {
		if _, err := NewClient(tt.mechanism, tt.username, tt.password, clientConfig()); err != tt.want {
			t.Errorf("NewClient(%s, %q, %+q): %v", tt.mechanism, tt.username, tt.password, err)
		}
	}
	for _, username := range []string{"", "a\x00b", "\xff"} {
		if _, err := NewClient("PLAIN", username, password, clientConfig()); condition(t, err) != MalformedRequest {
			t.Errorf("NewClient for %q: %v", username, err)
		}
	}
	cfg := clientConfig()
	cfg.TLS = false
	if _, err := NewClient("PLAIN", "user", password, cfg); condition(t, err) != EncryptionRequired {
		t.Errorf("PLAIN without TLS: %v", err)
	}
	if _, err := NewClient("GSSAPI", "user", password, cfg); condition(t, err) != InvalidMechanism {
		t.Errorf("an unknown mechanism: %v", err)
	}
}
