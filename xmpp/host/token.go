package host

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/sasl"
)

// The times of tokens, see Host.TokenLifetime and Host.TokenRotation.
const (
	DefaultTokenLifetime = 21 * 24 * time.Hour
	DefaultTokenRotation = 24 * time.Hour
)

// Token is a token as its client gets it (XEP-0484 §3.3).
type Token struct {
	Secret  string // "" is none
	Expires time.Time
}

// TokenUse is a login by a token (XEP-0484 §3.4).
type TokenUse struct {
	Secret     string
	Count      uint64
	Counted    bool // the client counts its logins by the token
	Invalidate bool // it is the last one
}

// token is what is kept of a token, as JSON in its agent's record.
type token struct {
	Secret    string    `json:"secret"`
	Mechanism string    `json:"mechanism"` // the only one that it is for
	Issued    time.Time `json:"issued"`
	Expires   time.Time `json:"expires"`
	Count     uint64    `json:"count,omitempty"` // the least that has not come yet
	// Rests is the hash of the account's credentials when the token was made: with others it is void, whoever has changed them.
	Rests []byte `json:"rests"`
}

// The errors of a token that is the client's and does not log it in.
var (
	ErrTokenExpired = errors.New("host: the token has expired")
	ErrTokenReplay  = errors.New("host: the count that came with the token has come before")
)

func restsOn(credentials []byte) []byte {
	h := sha256.Sum256(credentials)
	return h[:]
}

// Tokens returns the tokens that an agent of the account may log in with by the mechanism, the new one first (XEP-0484 §5.1). An expired one is among
// them: only who has it learns that. It reads the disk: call it in a job.
func (h *Host) Tokens(account jid.JID, credentials []byte, agentID, mechanism string) (secrets []string, err error) {
	a, ok, err := agent(h.Store, account, agentID)
	if err != nil || !ok {
		return nil, err
	}
	if secrets = a.restingOn(credentials, mechanism); len(secrets) > 0 {
		return secrets, nil
	}
	now, _, err := h.Store.Account(account) // it may have got more keys since its credentials were read
	if err != nil || !sasl.Keeps(now.Credentials, credentials) {
		return nil, err
	}
	return a.restingOn(now.Credentials, mechanism), nil
}

// restingOn returns the tokens for the mechanism that rest on these credentials, the new one first.
func (a *agentRecord) restingOn(credentials []byte, mechanism string) (secrets []string) {
	for _, t := range []*token{a.New, a.Current} {
		if t != nil && t.Mechanism == mechanism && bytes.Equal(t.Rests, restsOn(credentials)) {
			secrets = append(secrets, t.Secret)
		}
	}
	return secrets
}

// CheckToken reports whether a token that the client has proved to have logs it in: nil, ErrTokenExpired, ErrTokenReplay, or ErrChanged when it is gone.
// Login looks again. It reads the disk: call it in a job.
func (h *Host) CheckToken(account jid.JID, agentID string, u TokenUse, now time.Time) error {
	a, _, err := agent(h.Store, account, agentID)
	if err == nil {
		err = a.use(u, now)
	}
	return err
}

// use logs in with a token: it becomes the current one, so that what was before is void, and its count goes up (XEP-0484 §3.5, §5.1).
func (a *agentRecord) use(u TokenUse, now time.Time) error {
	slot := &a.New
	if *slot == nil || (*slot).Secret != u.Secret {
		slot = &a.Current
	}
	t := *slot
	switch {
	case t == nil || t.Secret != u.Secret:
		return ErrChanged
	case !now.Before(t.Expires):
		return ErrTokenExpired
	case u.Counted && u.Count < t.Count:
		return ErrTokenReplay // §3.4
	}
	if u.Counted {
		t.Count = u.Count + 1
	}
	if slot == &a.New {
		a.Current, a.New = t, nil
	}
	if u.Invalidate { // §3.6
		a.Current, a.New = nil, nil
	}
	return nil
}

// tokens does what the login wants with tokens, and returns the one that its client gets.
func (h *Host) tokens(a *agentRecord, l Login) (Token, error) {
	mechanism := l.WantToken
	if l.Token != nil {
		if err := a.use(*l.Token, l.Now); err != nil {
			return Token{}, err
		}
		if t := a.Current; t != nil && mechanism == "" && l.Now.Sub(t.Issued) >= cmp.Or(h.TokenRotation, DefaultTokenRotation) {
			mechanism = t.Mechanism // §3.5
		}
	}
	if mechanism == "" {
		return Token{}, nil
	}
	now := l.Now.UTC()
	a.New = &token{
		Secret: rand.Text() + rand.Text(), Mechanism: mechanism,
		Issued: now, Expires: now.Add(cmp.Or(h.TokenLifetime, DefaultTokenLifetime)).Truncate(time.Second),
		Rests: restsOn(l.Credentials),
	}
	return Token{a.New.Secret, a.New.Expires}, nil
}

// RevokeTokens makes the tokens of all agents of the account void. What else is known of the agents stays.
func RevokeTokens(tx *store.Tx, account jid.JID) error {
	return changeAgents(tx, account, func(a *agentRecord) bool {
		any := a.New != nil || a.Current != nil
		a.New, a.Current = nil, nil
		return any
	})
}

// moveTokens lets the tokens that rest on the credentials of before rest on those of now.
func moveTokens(tx *store.Tx, account jid.JID, before, now []byte) error {
	from, to := restsOn(before), restsOn(now)
	return changeAgents(tx, account, func(a *agentRecord) (any bool) {
		for _, t := range []*token{a.New, a.Current} {
			if t != nil && bytes.Equal(t.Rests, from) {
				t.Rests, any = to, true
			}
		}
		return any
	})
}

// changeAgents writes the records of those agents of the account that f reports to have changed.
func changeAgents(tx *store.Tx, account jid.JID, f func(a *agentRecord) bool) error {
	changed := make(map[string]agentRecord)
	err := agents(tx, account, func(id string, a agentRecord) bool {
		if f(&a) {
			changed[id] = a
		}
		return true
	})
	if err != nil {
		return err
	}
	for id, a := range changed {
		if err := putAgent(tx, account, id, a); err != nil {
			return err
		}
	}
	return nil
}
