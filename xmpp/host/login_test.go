package host

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/sasl"
)

const phone = "d4565fa7-4d72-4749-b3d3-740edbf87770"

// login logs juliet in.
func login(t *testing.T, h *Host, l Login) LoggedIn {
	t.Helper()
	l.Account, l.Credentials = juliet, []byte("secret")
	if l.Now.IsZero() {
		l.Now = noon
	}
	l.Device = l.Agent.Cursor()
	r, err := h.Login(l)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestLoginOfAnAgent: a new one begins where clients without a device have come to, and has a place of its own from then on.
func TestLoginOfAnAgent(t *testing.T) {
	h := newHost(t)
	addEntries(t, h, 5)
	change(t, h, func(tx *store.Tx) error { return tx.SetCursor(juliet, "", 3) })
	a := Agent{ID: phone, Software: "Birdsong", Device: "a phone"}
	login(t, h, Login{Agent: a})
	if c := cursor(t, h, a.Cursor()); c != 3 {
		t.Errorf("a new agent begins at %d, want 3", c)
	}
	change(t, h, func(tx *store.Tx) error { return tx.SetCursor(juliet, "", 5) })
	login(t, h, Login{Agent: a, Now: noon.Add(time.Hour)})
	if c := cursor(t, h, a.Cursor()); c != 3 {
		t.Errorf("the agent has come to %d, want 3", c)
	}
	n := 0
	err := Agents(h.Store, juliet, func(got Agent, seen time.Time) bool {
		n++
		if got != a || !seen.Equal(noon.Add(time.Hour)) {
			t.Errorf("%v, seen %v", got, seen)
		}
		return true
	})
	if err != nil || n != 1 {
		t.Errorf("%d agents, %v", n, err)
	}
}

// TestLoginAtTheEndOfTheArchive: with Bind the session begins behind all there is, and hears where that is.
func TestLoginAtTheEndOfTheArchive(t *testing.T) {
	h := newHost(t)
	a := Agent{ID: phone}
	if r := login(t, h, Login{Agent: a, Bind: true}); r.Archive != (ArchiveEnds{}) {
		t.Errorf("an empty archive has %v", r.Archive)
	}
	addEntries(t, h, 5)
	r := login(t, h, Login{Agent: a, Bind: true})
	if r.Archive.First.ID != 1 || r.Archive.Last.ID != 5 {
		t.Errorf("the archive has %v", r.Archive)
	}
	if c := cursor(t, h, a.Cursor()); c != 5 {
		t.Errorf("the agent is at %d, want 5", c)
	}
	if r := login(t, h, Login{Bind: true}); r.Archive.Last.ID != 5 {
		t.Errorf("without an agent the archive has %v", r.Archive)
	}
}

// TestLoginToAChangedAccount does nothing.
func TestLoginToAChangedAccount(t *testing.T) {
	h := newHost(t)
	_, err := h.Login(Login{Account: juliet, Credentials: []byte("old"), Agent: Agent{ID: phone}, Now: noon})
	if !errors.Is(err, ErrChanged) {
		t.Error(err)
	}
	if _, ok, err := agent(h.Store, juliet, phone); ok || err != nil {
		t.Error("the agent is known", err)
	}
}

// TestMaxAgents: of too many agents the one that has not come for the longest time is forgotten, with its place in the archive.
func TestMaxAgents(t *testing.T) {
	h := newHost(t)
	h.MaxAgents = 3
	addEntries(t, h, 1)
	id := func(n int) Agent { return Agent{ID: fmt.Sprintf("d4565fa7-4d72-4749-b3d3-%012d", n)} }
	at := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }
	for n := range 3 {
		login(t, h, Login{Agent: id(n), Bind: true, Now: at(n)})
	}
	login(t, h, Login{Agent: id(0), Bind: true, Now: at(3)}) // one that is known costs nobody his place
	for n, want := range []bool{true, true, true} {
		if _, ok, _ := agent(h.Store, juliet, id(n).ID); ok != want {
			t.Errorf("agent %d is known: %v", n, ok)
		}
	}
	login(t, h, Login{Agent: id(4), Bind: true, Now: at(4)})
	for n, want := range map[int]bool{0: true, 1: false, 2: true, 4: true} {
		if _, ok, _ := agent(h.Store, juliet, id(n).ID); ok != want {
			t.Errorf("agent %d is known: %v", n, ok)
		}
		if c := cursor(t, h, id(n).Cursor()); (c != 0) != want {
			t.Errorf("agent %d is at %d", n, c)
		}
	}
}

// TestLoginBringsKeys: the account has them with the login, or neither; a login that was under way meanwhile still holds, and so do tokens.
func TestLoginBringsKeys(t *testing.T) {
	h := newHost(t)
	c, err := sasl.ParseKeys("SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:D+CSWLOshSulAsxiupA+qs2/fTE=")
	if err != nil {
		t.Fatal(err)
	}
	before, _ := c.MarshalBinary()
	change(t, h, func(tx *store.Tx) error {
		return tx.PutAccount(juliet, store.Account{Credentials: before, Created: noon, LastStatus: "gone"})
	})
	l := Login{Account: juliet, Credentials: before, Agent: Agent{ID: phone}, WantToken: ht, Now: noon}
	first, err := h.Login(l)
	if err != nil {
		t.Fatal(err)
	}
	l.Upgrades = []*sasl.Upgrade{finished(t, c)}
	refused := l
	refused.Token = &TokenUse{Secret: "of nobody"}
	if _, err := h.Login(refused); !errors.Is(err, ErrChanged) || h.hashes(t) != c.Hashes() {
		t.Error("a login that fails has brought keys:", err)
	}
	l.Agent.ID = "e" + phone[1:]
	second, err := h.Login(l)
	if err != nil || h.hashes(t) == c.Hashes() {
		t.Fatal("no keys:", err)
	}
	a, _, _ := h.Account(juliet)
	if !a.Created.Equal(noon) || a.LastStatus != "gone" {
		t.Error("the account is another")
	}
	for id, secret := range map[string]string{phone: first.Token.Secret, l.Agent.ID: second.Token.Secret} {
		if got, err := h.Tokens(juliet, a.Credentials, id, ht); err != nil || len(got) != 1 || got[0] != secret {
			t.Errorf("the token of %s is %v, %v", id, got, err)
		}
	}
	if got, err := h.Tokens(juliet, before, phone, ht); err != nil || len(got) != 1 || got[0] != first.Token.Secret {
		t.Error("a login by a token that was under way finds", got, err)
	}
	if ok, err := h.Holds(juliet, before); !ok || err != nil {
		t.Error("what was under way does not hold", err)
	}
	third, err := h.Login(Login{Account: juliet, Credentials: before, Agent: Agent{ID: phone}, WantToken: ht, Now: noon})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := h.Tokens(juliet, a.Credentials, phone, ht); err != nil || len(got) != 1 || got[0] != third.Token.Secret {
		t.Error("a token of a login that was under way is void:", got, err)
	}
	change(t, h, func(tx *store.Tx) error { return tx.PutAccount(juliet, store.Account{Credentials: []byte("new")}) })
	if ok, err := h.Holds(juliet, a.Credentials); ok || err != nil {
		t.Error("a login by the password of before holds", err)
	}
	if got, _ := h.Tokens(juliet, []byte("new"), phone, ht); len(got) != 0 {
		t.Error("and so does a token")
	}
}

func (h *Host) hashes(t *testing.T) sasl.Hashes {
	t.Helper()
	set, err := h.Hashes(juliet)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// finished returns keys for SHA-256 that an account lacks.
func finished(t *testing.T, c sasl.Credentials) *sasl.Upgrade {
	t.Helper()
	u, err := sasl.NewUpgrade("UPGR-SCRAM-SHA-256", sasl.ServerConfig{Hashes: c.Hashes()})
	if err == nil {
		err = u.Finish(make([]byte, 32))
	}
	if err != nil {
		t.Fatal(err)
	}
	return u
}
