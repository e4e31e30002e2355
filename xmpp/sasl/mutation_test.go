package sasl

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// quick are credentials that cost nothing, for tests that log in thousands of
// times; no account can have them.
var quick = func() Credentials {
	c, err := newCredentials(password, 1, &counter{})
	if err != nil {
		panic(err)
	}
	return c
}()

// transcript logs in once and returns what the client sent. To be cheap it does
// the client's arithmetic here, for quick.
func transcript(t *testing.T, name string) (sent [][]byte) {
	t.Helper()
	c, s := newPair(t, name, "user", password, plainly(name), serverConfig())
	first, _, _ := c.Step(nil)
	if name == Plain {
		return [][]byte{first}
	}
	x := c.exchange.(*scramClient)
	challenge, _, _ := quickly(s, first)
	m, ok := parseServerFirst(string(challenge))
	if !ok {
		t.Fatalf("%s: challenge %q", name, challenge)
	}
	k, _ := deriveScramKeys(x.hash, password, m.salt, m.iterations)
	withoutProof := "c=" + encode64(append([]byte(x.gs2), x.binding.Data...)) + ",r=" + m.nonce
	proof := k.proof(x.bare + "," + string(challenge) + "," + withoutProof)
	return [][]byte{first, []byte(withoutProof + ",p=" + encode64(proof))}
}

// quickly is step with the credentials quick.
func quickly(s *Server, message []byte) ([]byte, State, error) {
	challenge, state, err := s.Step(message)
	if state == NeedCredentials {
		s.SetCredentials(quick, s.Username() == "user")
		return s.Step(nil)
	}
	return challenge, state, err
}

// replay sends messages to a new server, whose nonce is always the same, and
// returns the last state.
func replay(t *testing.T, name string, messages [][]byte) (*Server, State) {
	t.Helper()
	s, err := NewServer(name, serverConfig())
	if err != nil {
		t.Fatal(err)
	}
	state := Failed
	for _, m := range messages {
		if _, state, err = quickly(s, m); err != nil {
			condition(t, err)
			return s, Failed
		}
	}
	return s, state
}

// TestMutations changes, drops, doubles and inserts every byte of every message
// of a login that is right: it is never right any more.
func TestMutations(t *testing.T) {
	for _, name := range everyMechanism {
		right := transcript(t, name)
		if s, state := replay(t, name, right); state != Done || s.Username() != "user" {
			t.Fatalf("%s: state %d without any change", name, state)
		}
		for i, message := range right {
			for changed := range mutations(message) {
				if name == Plain && sameLogin(changed) {
					continue
				}
				messages := slices.Clone(right)
				messages[i] = changed
				if s, state := replay(t, name, messages); state == Done {
					t.Errorf("%s: %q instead of %q logs in %q", name, changed, message, s.Account())
				}
			}
		}
	}
}

// sameLogin reports whether a PLAIN message has the right password and another
// form of the right name: U is u.
func sameLogin(message []byte) bool {
	parts := strings.Split(string(message), "\x00")
	return len(parts) == 3 && strings.EqualFold(parts[1], "user") && parts[2] == password && parts[0] == ""
}

// mutations yields every proper prefix of m and every change of one byte.
func mutations(m []byte) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for i := range m {
			ok := yield(m[:i]) && yield(slices.Delete(bytes.Clone(m), i, i+1)) && yield(slices.Insert(bytes.Clone(m), i, m[i]))
			for bit := range 8 {
				changed := bytes.Clone(m)
				changed[i] ^= 1 << bit
				ok = ok && yield(changed)
			}
			for _, c := range []byte("\x00,=nyp\xff") {
				changed := bytes.Clone(m)
				changed[i] = c
				if !bytes.Equal(changed, m) {
					ok = ok && yield(changed)
				}
				ok = ok && (c == m[i] || yield(slices.Insert(bytes.Clone(m), i, c)))
			}
			if !ok {
				return
			}
		}
	}
}

// FuzzServer feeds a server two messages. It never panics, never goes on after
// a failure, and logs nobody in who does not send the password or the proof.
func FuzzServer(f *testing.F) {
	f.Add(uint8(6), []byte("\x00user\x00pencil"), []byte(nil))
	f.Add(uint8(6), []byte("user@example.com\x00user\x00pencil"), []byte(nil))
	f.Add(uint8(6), []byte(nil), []byte("\x00user\x00pencil"))
	f.Add(uint8(5), []byte("n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL,x=y"), []byte("c=biws,r=fyko+d2lbbFgONRv9qkxdawL,x=y,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="))
	f.Add(uint8(2), []byte("p=tls-exporter,a=user@example.com,n=a=2Cb=3D,r=x"), []byte("c=,r=,p="))
	f.Add(uint8(5), []byte("y,,m=x,n=user,r=x"), []byte("m=x,c=biws,r=x,p="))
	f.Fuzz(func(t *testing.T, n uint8, first, second []byte) {
		name := everyMechanism[int(n)%len(everyMechanism)]
		s, err := NewServer(name, serverConfig())
		if err != nil {
			t.Fatal(err)
		}
		failed := false
		for _, message := range [][]byte{first, second} {
			challenge, state, err := quickly(s, message)
			if failed && err == nil || (err != nil) != (state == Failed) || err != nil && challenge != nil {
				t.Fatalf("%s: %q, state %d, %v, failed before: %v", name, challenge, state, err, failed)
			}
			failed = failed || err != nil
			if state == NeedCredentials || err != nil && condition(t, err) == TemporaryAuthFailure {
				t.Fatalf("%s: state %d, %v", name, state, err)
			}
			if state == Done && !(name == Plain && s.Username() == "user" && bytes.HasSuffix(message, []byte("\x00"+password))) && !proven(name, first, second) {
				t.Fatalf("%s: %q and %q log in %q", name, first, second, s.Account())
			}
		}
	})
}

// proven reports whether the proof in a client-final message is the one that
// somebody with the password sends. It does the arithmetic of RFC 5802 §3 from
// the client's side.
func proven(name string, first, final []byte) bool {
	m, ok := known(name)
	a, err := parseClientFirst(string(first))
	b, err2 := parseClientFinal(string(final))
	if !ok || m.hash == nil || err != nil || err2 != nil {
		return false
	}
	have := quick.keys[m.hash.index]
	k, _ := deriveScramKeys(m.hash, password, have.salt, have.iterations)
	offer := m.hash.offerHash(Mechanisms(serverConfig()), []string{TLSExporter, TLSServerEndPoint})
	challenge := serverFirst{b.nonce, have.salt, have.iterations, offer}.String()
	return bytes.Equal(b.proof, k.proof(a.bare+","+challenge+","+b.withoutProof))
}
