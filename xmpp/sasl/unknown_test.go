package sasl

import (
	"errors"
	"hash"
	"testing"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// attempt answers one login with a wrong password: the server's first challenge
// and its error.
func attempt(t *testing.T, mechanism, name string, cfg ServerConfig, lookup func(jid.JID) (Credentials, bool)) (serverFirst, error) {
	t.Helper()
	c, s := newPair(t, mechanism, name, "wrong", plainly(mechanism), cfg)
	first, _, _ := c.Step(nil)
	_, state, err := s.Step(first)
	if state != NeedCredentials || err != nil {
		t.Fatalf("%s as %s: state %d, %v", mechanism, name, state, err)
	}
	s.SetCredentials(lookup(s.Account()))
	challenge, _, err := s.Step(nil)
	if err != nil {
		return serverFirst{}, err
	}
	m, ok := parseServerFirst(string(challenge))
	if !ok {
		t.Fatalf("%s as %s: challenge %q", mechanism, name, challenge)
	}
	final, _, err := c.Step(challenge)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = s.Step(final)
	return m, err
}

// TestUnknownUser: who does not have a password cannot tell whether an account
// exists, nor which hashes it has.
func TestUnknownUser(t *testing.T) {
	onlySHA1 := func(jid.JID) (Credentials, bool) {
		return Credentials{keys: [hashes]keys{stored.keys[0]}}, true
	}
	leaky := func(jid.JID) (Credentials, bool) { return stored, false } // found counts
	for _, mechanism := range everyMechanism {
		known, knownErr := attempt(t, mechanism, "user", serverConfig(), store)
		for name, lookup := range map[string]func(jid.JID) (Credentials, bool){
			"nobody": store, "someone": store, "imported": onlySHA1, "leaky": leaky,
		} {
			m, err := attempt(t, mechanism, name, serverConfig(), lookup)
			if !errors.Is(err, knownErr) || condition(t, err) != NotAuthorized {
				t.Errorf("%s as %s: %v, but %v for a known user", mechanism, name, err, knownErr)
			}
			if len(m.salt) != len(known.salt) || m.iterations != known.iterations || len(m.nonce) != len(known.nonce) {
				t.Errorf("%s as %s: challenge %v, but %v for a known user", mechanism, name, m, known)
			}
			again, _ := attempt(t, mechanism, name, serverConfig(), lookup)
			if string(again.salt) != string(m.salt) {
				t.Errorf("%s as %s: the salt changes", mechanism, name)
			}
		}
	}
}

// TestDecoySalts: each name, hash and host secret has a salt of its own.
func TestDecoySalts(t *testing.T) {
	seen := map[string]string{}
	other := serverConfig()
	other.Secret = []byte("another secret of the host")
	for _, cfg := range []ServerConfig{serverConfig(), other} {
		for _, mechanism := range everyMechanism[3:6] {
			for _, name := range []string{"nobody", "someone"} {
				m, _ := attempt(t, mechanism, name, cfg, store)
				what := mechanism + " " + name + " " + string(cfg.Secret)
				if before, ok := seen[string(m.salt)]; ok {
					t.Errorf("%s has the salt of %s", what, before)
				}
				seen[string(m.salt)] = what
			}
		}
	}
}

// TestUnknownUserCostsPBKDF2: a login by PLAIN computes as many hashes for an unknown user as for a known one, all those of PBKDF2 among them.
func TestUnknownUserCostsPBKDF2(t *testing.T) {
	make256 := hashSHA256.new
	defer func() { hashSHA256.new = make256 }()
	sums := 0
	hashSHA256.new = func() hash.Hash { return countedHash{make256(), &sums} }
	cost := func(name string) int {
		s, _ := NewServer("PLAIN", serverConfig())
		_, _, _ = s.Step([]byte("\x00" + name + "\x00wrong"))
		s.SetCredentials(store(s.Account()))
		sums = 0
		_, _, err := s.Step(nil)
		if condition(t, err) != NotAuthorized {
			t.Fatalf("%s: %v", name, err)
		}
		return sums
	}
	if known, unknown := cost("user"), cost("nobody"); unknown != known || known < MinIterations {
		t.Errorf("an unknown user costs %d hashes, a known one %d", unknown, known)
	}
}

// countedHash counts its sums.
type countedHash struct {
	hash.Hash
	sums *int
}

func (h countedHash) Sum(b []byte) []byte {
	*h.sums++
	return h.Hash.Sum(b)
}

// TestUnknownUserNeverSucceeds: not even whoever knows the decoy's keys, or
// sends a proof for them.
func TestUnknownUserNeverSucceeds(t *testing.T) {
	c, s := newPair(t, "SCRAM-SHA-256", "nobody", "x", plainly("SCRAM-SHA-256"), serverConfig())
	first, _, _ := c.Step(nil)
	challenge, _, _ := step(s, first)
	x := s.exchange.(*scramServer)
	m, _ := parseServerFirst(string(challenge))
	salted, _ := x.hash.saltedPassword("x", m.salt, m.iterations)
	x.keys.stored = x.hash.sum(x.hash.clientKey(salted)) // as if "x" were the password
	final, _, _ := c.Step(challenge)
	reply, state, err := s.Step(final)
	wantFailure(t, "a decoy's right proof", NotAuthorized, reply, state, err)
}
