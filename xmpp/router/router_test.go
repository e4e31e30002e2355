package router_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
)

func checkLen(t *testing.T, r *router.Router, accounts, sessions int) {
	t.Helper()
	if a, s := r.Len(); a != accounts || s != sessions {
		t.Errorf("%d accounts with %d sessions, want %d with %d", a, s, accounts, sessions)
	}
}

func TestBindAndUnbind(t *testing.T) {
	r := newRouter()
	checkLen(t, r, 0, 0)
	a, _ := session(t, r, "romeo@example.org/a")
	b, _ := session(t, r, "romeo@example.org/b")
	c, _ := session(t, r, "juliet@example.org/a")
	checkLen(t, r, 2, 3)
	for i, s := range []*router.Session{a, b, c} {
		end, ok := r.Unbind(s)
		if !ok || end.Available || end.Directed != nil {
			t.Errorf("%d: %+v, %v", i, end, ok)
		}
	}
	checkLen(t, r, 0, 0)
	if end, ok := r.Unbind(a); ok {
		t.Errorf("unbound twice: %+v", end)
	}
	if end, ok := r.Unbind(&router.Session{JID: jid.MustParse("romeo@example.org/c")}); ok {
		t.Errorf("never bound: %+v", end)
	}
	if err := r.Bind(a); err != nil {
		t.Error(err)
	}
	checkLen(t, r, 1, 1)
}

func TestLimitOfSessions(t *testing.T) {
	r := newRouter()
	for i := range router.DefaultMaxSessions {
		session(t, r, fmt.Sprintf("romeo@example.org/%d", i))
	}
	more := &router.Session{JID: jid.MustParse("romeo@example.org/more"), Mailbox: new(box)}
	if err := r.Bind(more); !errors.Is(err, router.ErrTooMany) {
		t.Errorf("one too many: %v", err)
	}
	if _, ok := r.Unbind(more); ok {
		t.Error("a session that was refused was bound")
	}
	session(t, r, "juliet@example.org/0")
	old, _ := session(t, r, "romeo@example.org/3") // in the place of another
	checkLen(t, r, 2, router.DefaultMaxSessions+1)
	r.Unbind(old)
	if err := r.Bind(more); err != nil {
		t.Errorf("there is room again: %v", err)
	}
}

// TestReplacement is RFC 6120 §7.7.2.2: the older session is told, and does not count any more.
func TestReplacement(t *testing.T) {
	r := newRouter()
	_, oldBox := available(t, r, "romeo@example.org/a", 0)
	_, other := session(t, r, "romeo@example.org/b")
	heir, heirBox := session(t, r, "romeo@example.org/a")
	if len(oldBox.mail) != 1 || oldBox.mail[0].Note != router.Replaced || len(heirBox.mail)+len(other.mail) != 0 {
		t.Errorf("the old one has %v", oldBox.mail)
	}
	checkLen(t, r, 1, 2)
	if to, ok := r.Target(heir.JID); !ok || to.Session != heir {
		t.Errorf("%v, %v is bound, not the heir", to, ok)
	}
	if r.Able(heir) {
		t.Error("the heir is available before it has said so")
	}
}

// TestHeirInherits what the other has left undone: who got its directed presence, and messages that were not taken.
func TestHeirInherits(t *testing.T) {
	r := newRouter()
	old, _ := available(t, r, "romeo@example.org/a", 0)
	other, _ := available(t, r, "romeo@example.org/b", 0)
	juliet := jid.MustParse("juliet@example.org")
	r.Direct(old, juliet, true)
	r.Deliver(old.JID.Bare(), router.Able, frame(1))
	heir, _ := session(t, r, "romeo@example.org/a")
	if all := r.Settle(other, 1, 0); all != 0 {
		t.Errorf("the cursor has gone to %d: past what the heir has not got", all)
	}
	if all := r.Settle(heir, 1, 0); all != 1 {
		t.Errorf("the cursor goes to %d", all)
	}
	if end, _ := r.Unbind(old); end.Directed != nil {
		t.Errorf("the old one still has %v", end.Directed)
	}
	if end, ok := r.Unbind(heir); !ok || len(end.Directed) != 1 || end.Directed[0] != juliet {
		t.Errorf("%+v, %v", end, ok)
	}
}

// TestUnbindOfTheReplaced says what a replaced session leaves to tell: that it is gone, unless the heir is there.
func TestUnbindOfTheReplaced(t *testing.T) {
	for name, tt := range map[string]struct {
		was, heir, unbound bool // the old one was available; the heir is; the heir has gone before
		ok                 bool
	}{
		"nobody knew of it":        {ok: false},
		"the heir is not there":    {was: true, ok: true},
		"the heir is there":        {was: true, heir: true, ok: false},
		"the heir has gone before": {was: true, heir: true, unbound: true, ok: true},
	} {
		r := newRouter()
		old, _ := session(t, r, "romeo@example.org/a")
		if tt.was {
			r.SetPresence(old, presence(0))
		}
		heir, _ := session(t, r, "romeo@example.org/a")
		if tt.heir {
			r.SetPresence(heir, presence(0))
		}
		if tt.unbound {
			r.Unbind(heir)
		}
		if end, ok := r.Unbind(old); ok != tt.ok || end.Available != tt.was {
			t.Errorf("%s: %+v, %v", name, end, ok)
		}
		want := 1
		if tt.unbound {
			want = 0
		}
		checkLen(t, r, want, want)
	}
}

func TestUnbindTellsWhoKnew(t *testing.T) {
	r := newRouter()
	s, _ := available(t, r, "romeo@example.org/a", -1)
	juliet := jid.MustParse("juliet@example.org")
	r.Direct(s, juliet, true)
	end, ok := r.Unbind(s)
	if !ok || !end.Available || len(end.Directed) != 1 || end.Directed[0] != juliet {
		t.Errorf("%+v, %v", end, ok)
	}
}

// TestResolve is jid.ParseBytes, whatever is bound.
func TestResolve(t *testing.T) {
	r := newRouter()
	session(t, r, "romeo@example.org/Orchard")
	session(t, r, "romeo@example.org/a/b")
	for _, address := range []string{
		"romeo@example.org", "romeo@example.org/Orchard", "romeo@example.org/a/b",
		"romeo@example.org/orchard", "romeo@example.org/a", "ROMEO@example.org", "Romeo@Example.ORG/Orchard",
		"juliet@example.org", "juliet@example.org/Orchard", "example.org", "example.org/x",
		"", "/", "@", "romeo@example.org/", "romeo@/x", "@example.org", "a@b@c",
	} {
		want, wantErr := jid.ParseBytes([]byte(address))
		got, err := r.Resolve([]byte(address))
		if got != want || (err == nil) != (wantErr == nil) {
			t.Errorf("%q: %v, %v, want %v, %v", address, got, err, want, wantErr)
		}
	}
}

func TestResolveAllocatesNothing(t *testing.T) {
	r := newRouter()
	session(t, r, "romeo@example.org/orchard")
	for _, address := range [][]byte{[]byte("romeo@example.org"), []byte("romeo@example.org/orchard")} {
		if n := testing.AllocsPerRun(100, func() {
			if j, err := r.Resolve(address); err != nil || j.IsZero() {
				t.Fatal(j, err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", address, n)
		}
	}
}
