package host

import (
	"errors"
	"testing"
	"time"

	"github.com/godwit-im/godwit/store"
)

const ht = "HT-SHA-256-NONE"

// use logs juliet's phone in with a token at a time.
func use(h *Host, u TokenUse, at time.Time) (LoggedIn, error) {
	if err := h.CheckToken(juliet, phone, u, at); err != nil {
		return LoggedIn{}, err
	}
	return h.Login(Login{Account: juliet, Credentials: []byte("secret"), Agent: Agent{ID: phone}, Token: &u, Now: at})
}

func wanted(t *testing.T, h *Host) Token {
	t.Helper()
	return login(t, h, Login{Agent: Agent{ID: phone}, WantToken: ht}).Token
}

// good reports whether a token still logs in at noon, without using it.
func good(h *Host, secret string) bool {
	return h.CheckToken(juliet, phone, TokenUse{Secret: secret}, noon) == nil
}

func TestTokenExpires(t *testing.T) {
	h := newHost(t)
	h.TokenLifetime, h.TokenRotation = time.Hour, 2*time.Hour
	tok := wanted(t, h)
	if want := noon.Add(time.Hour); !tok.Expires.Equal(want) {
		t.Errorf("it expires %v, want %v", tok.Expires, want)
	}
	if r, err := use(h, TokenUse{Secret: tok.Secret}, tok.Expires.Add(-time.Nanosecond)); err != nil || r.Token.Secret != "" {
		t.Error(r, err)
	}
	if _, err := use(h, TokenUse{Secret: tok.Secret}, tok.Expires); !errors.Is(err, ErrTokenExpired) {
		t.Error(err)
	}
}

// TestTokenRotation: an old token brings a new one at each login, and is good until the new one is used (XEP-0484 §3.5).
func TestTokenRotation(t *testing.T) {
	h := newHost(t)
	first := wanted(t, h).Secret
	at := noon.Add(DefaultTokenRotation)
	if r, err := use(h, TokenUse{Secret: first}, at.Add(-time.Second)); err != nil || r.Token.Secret != "" {
		t.Error("before it is due:", r, err)
	}
	lost, err := use(h, TokenUse{Secret: first}, at)
	if err != nil || lost.Token.Secret == "" {
		t.Fatal(lost, err)
	}
	second, err := use(h, TokenUse{Secret: first}, at)
	if err != nil || second.Token.Secret == "" || good(h, lost.Token.Secret) || !good(h, first) {
		t.Fatal("the new token was never used:", second, err)
	}
	if r, err := use(h, TokenUse{Secret: second.Token.Secret}, at); err != nil || r.Token.Secret != "" {
		t.Error(r, err)
	}
	if good(h, first) || !good(h, second.Token.Secret) {
		t.Error("the old token outlives the use of the new one")
	}
}

// TestTokenCount: a count comes once (XEP-0484 §3.4), also when both logins have been looked at before either is done.
func TestTokenCount(t *testing.T) {
	h := newHost(t)
	secret := wanted(t, h).Secret
	counted := func(n uint64) TokenUse { return TokenUse{Secret: secret, Counted: true, Count: n} }
	for _, c := range []struct {
		n  uint64
		ok bool
	}{{0, true}, {0, false}, {1, true}, {7, true}, {7, false}, {6, false}, {8, true}} {
		if _, err := use(h, counted(c.n), noon); c.ok && err != nil || !c.ok && !errors.Is(err, ErrTokenReplay) {
			t.Errorf("count %d: %v", c.n, err)
		}
	}
	u := counted(9)
	for _, want := range []error{nil, ErrTokenReplay} {
		_, err := h.Login(Login{Account: juliet, Credentials: []byte("secret"), Agent: Agent{ID: phone}, Token: &u, Now: noon})
		if !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
}

// TestTokenInvalidated: the last login by a token brings a new one only when it is wanted (XEP-0484 §3.6).
func TestTokenInvalidated(t *testing.T) {
	h := newHost(t)
	secret := wanted(t, h).Secret
	r, err := use(h, TokenUse{Secret: secret, Invalidate: true}, noon.Add(DefaultTokenRotation))
	if err != nil || r.Token.Secret != "" || good(h, secret) {
		t.Error(r, err)
	}
	u := TokenUse{Secret: wanted(t, h).Secret, Invalidate: true}
	r, err = h.Login(Login{Account: juliet, Credentials: []byte("secret"), Agent: Agent{ID: phone}, Token: &u, WantToken: ht, Now: noon})
	if err != nil || good(h, u.Secret) || !good(h, r.Token.Secret) {
		t.Error(r, err)
	}
}

// TestTokenIsRevoked: with the account's password, with its agent, and by hand.
func TestTokenIsRevoked(t *testing.T) {
	tokens := func(h *Host, credentials string) int {
		s, err := h.Tokens(juliet, []byte(credentials), phone, ht)
		if err != nil {
			t.Error(err)
		}
		return len(s)
	}
	for name, revoke := range map[string]func(tx *store.Tx) error{
		"password": func(tx *store.Tx) error { return tx.PutAccount(juliet, store.Account{Credentials: []byte("new")}) },
		"tokens":   func(tx *store.Tx) error { return RevokeTokens(tx, juliet) },
		"agent":    func(tx *store.Tx) error { return RemoveAgent(tx, juliet, phone) },
		"account":  func(tx *store.Tx) error { return tx.DeleteAccount(juliet) },
	} {
		h := newHost(t)
		wanted(t, h)
		if n := tokens(h, "secret"); n != 1 {
			t.Errorf("%s: %d tokens before", name, n)
		}
		change(t, h, revoke)
		a, ok, err := h.Account(juliet)
		if n := tokens(h, string(a.Credentials)); n != 0 || err != nil {
			t.Errorf("%s: %d tokens after, account %v, %v", name, n, ok, err)
		}
	}
}

// TestTokenIsForItsMechanism alone (XEP-0484 §3.4), and for its agent.
func TestTokenIsForItsMechanism(t *testing.T) {
	h := newHost(t)
	wanted(t, h)
	for _, c := range []struct {
		agent, mechanism string
		want             int
	}{{phone, ht, 1}, {phone, "HT-SHA-256-EXPR", 0}, {"e" + phone[1:], ht, 0}} {
		if s, err := h.Tokens(juliet, []byte("secret"), c.agent, c.mechanism); len(s) != c.want || err != nil {
			t.Errorf("%v: %d, %v", c, len(s), err)
		}
	}
	if r := login(t, h, Login{WantToken: ht}); r.Token.Secret != "" {
		t.Error("a token for nobody")
	}
}
