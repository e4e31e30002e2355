package router_test

import (
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
)

func TestGroups(t *testing.T) {
	r := newRouter()
	session(t, r, "romeo@example.org/bound")
	available(t, r, "romeo@example.org/negative", -1)
	available(t, r, "romeo@example.org/zero", 0)
	both, _ := available(t, r, "romeo@example.org/high", 9)
	r.SetInterested(both)
	asked, _ := session(t, r, "romeo@example.org/asked")
	r.SetInterested(asked)
	session(t, r, "juliet@example.org/bound")
	for g, want := range map[router.Group]string{
		router.Able:       "zero high ",
		router.Reachable:  "negative zero high ",
		router.Interested: "high asked ",
		router.Bound:      "bound negative zero high asked ",
	} {
		if got := names(r.Targets(nil, jid.MustParse("romeo@example.org"), g)); got != want {
			t.Errorf("group %d: %s, want %s", g, got, want)
		}
		if got := r.Targets(nil, jid.MustParse("nobody@example.org"), g); got != nil {
			t.Errorf("group %d of nobody: %v", g, got)
		}
	}
}

func TestTarget(t *testing.T) {
	r := newRouter()
	s, b := session(t, r, "romeo@example.org/a")
	if to, ok := r.Target(s.JID); !ok || to.Session != s || to.Mailbox != b || to.Encoding != codec.XML {
		t.Errorf("%+v, %v", to, ok)
	}
	for _, address := range []string{"romeo@example.org/b", "juliet@example.org/a", "romeo@example.org"} {
		if to, ok := r.Target(jid.MustParse(address)); ok {
			t.Errorf("%s: %+v", address, to)
		}
	}
}

func TestDeliver(t *testing.T) {
	r := newRouter()
	_, a := available(t, r, "romeo@example.org/a", 0)
	_, b := available(t, r, "romeo@example.org/b", 0)
	_, c := available(t, r, "romeo@example.org/c", -1)
	b.full = true
	bare := jid.MustParse("romeo@example.org")
	if n := r.Deliver(bare, router.Able, frame(0)); n != 1 || len(a.mail) != 1 || len(c.mail) != 0 {
		t.Errorf("%d took it; %v, %v", n, a.mail, c.mail)
	}
	if n := r.Deliver(jid.MustParse("nobody@example.org"), router.Bound, frame(0)); n != 0 {
		t.Errorf("%d of nobody took it", n)
	}
	for address, want := range map[string]bool{"romeo@example.org/c": true, "romeo@example.org/b": false, "romeo@example.org/d": false} {
		if got := r.DeliverTo(jid.MustParse(address), frame(0)); got != want {
			t.Errorf("to %s: %v", address, got)
		}
	}
	if len(c.mail) != 1 {
		t.Errorf("c has %v", c.mail)
	}
}

// TestFrame has the encodings that the account's sessions use, and the archive's if it is to be kept.
func TestFrame(t *testing.T) {
	var b codec.Builder
	e := b.Start(atom.NSClient, atom.Message).Element()
	to := jid.MustParse("romeo@example.org")
	for _, tt := range []struct {
		xml, compact, keep bool
		want               [2]bool
	}{
		{false, false, false, [2]bool{}},
		{false, false, true, [2]bool{codec.Compact: true}},
		{true, false, false, [2]bool{codec.XML: true}},
		{true, false, true, [2]bool{true, true}},
		{false, true, false, [2]bool{codec.Compact: true}},
		{true, true, false, [2]bool{true, true}},
	} {
		r := newRouter()
		if tt.xml {
			session(t, r, "romeo@example.org/xml")
		}
		if tt.compact {
			if err := r.Bind(&router.Session{JID: jid.MustParse("romeo@example.org/compact"), Mailbox: new(box), Encoding: codec.Compact}); err != nil {
				t.Fatal(err)
			}
		}
		f := r.Frame(e, to, tt.keep)
		if got := [2]bool{codec.XML: f.Has(codec.XML), codec.Compact: f.Has(codec.Compact)}; got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
		f.Release()
	}
}

// TestSettle has two sessions: the account's cursor goes only where both have been.
func TestSettle(t *testing.T) {
	r := newRouter()
	a, aBox := available(t, r, "romeo@example.org/a", 0)
	b, bBox := available(t, r, "romeo@example.org/b", 0)
	bare := a.JID.Bare()
	post := func(seq uint64) {
		r.Deliver(bare, router.Able, frame(seq))
		aBox.empty()
		bBox.empty()
	}
	settle := func(s *router.Session, done, pending, want uint64) {
		t.Helper()
		if got := r.Settle(s, done, pending); got != want {
			t.Errorf("%s has taken %d and not %d: the cursor goes to %d, want %d", s.JID.Resource(), done, pending, got, want)
		}
	}
	post(1)
	post(2)
	settle(a, 1, 2, 0) // b has nothing yet
	settle(a, 2, 0, 0)
	settle(b, 1, 2, 1) // b has 1, and a all
	settle(b, 2, 0, 2)
	post(3)
	settle(b, 3, 0, 2) // 3 is in a's mailbox
	settle(a, 3, 0, 3)
	if taken, posted := r.Untaken(a); taken != 3 || posted != 3 {
		t.Errorf("%d, %d", taken, posted)
	}
	post(4)
	if taken, posted := r.Untaken(b); taken != 3 || posted != 4 {
		t.Errorf("%d, %d", taken, posted)
	}
	r.Unbind(b) // it does not hold the cursor any more
	settle(a, 4, 0, 4)
	settle(b, 4, 0, 4) // its last word
}

// TestWhoIsNotAbleHoldsNothing: a message to the full JID of a session that takes none otherwise does not hold the cursor.
func TestWhoIsNotAbleHoldsNothing(t *testing.T) {
	r := newRouter()
	a, aBox := available(t, r, "romeo@example.org/a", 0)
	b, bBox := available(t, r, "romeo@example.org/b", -1)
	r.DeliverTo(b.JID, frame(1))
	r.Deliver(a.JID.Bare(), router.Able, frame(2))
	if len(aBox.mail) != 1 || len(bBox.mail) != 1 {
		t.Fatal(aBox.mail, bBox.mail)
	}
	if all := r.Settle(a, 2, 0); all != 2 {
		t.Errorf("the cursor goes to %d", all)
	}
}

// TestFullMailboxHoldsTheCursor: what was refused for want of room is not passed over.
func TestFullMailboxHoldsTheCursor(t *testing.T) {
	r := newRouter()
	a, _ := available(t, r, "romeo@example.org/a", 0)
	_, bBox := available(t, r, "romeo@example.org/b", 0)
	bBox.full = true
	if n := r.Deliver(a.JID.Bare(), router.Able, frame(1)); n != 1 {
		t.Errorf("%d took it", n)
	}
	if all := r.Settle(a, 1, 0); all != 0 {
		t.Errorf("the cursor goes to %d", all)
	}
}

func TestDeliveryAllocatesNothing(t *testing.T) {
	r := newRouter()
	s, b := available(t, r, "romeo@example.org/a", 0)
	f := frame(0)
	bare, full := s.JID.Bare(), s.JID
	n := testing.AllocsPerRun(100, func() {
		r.Deliver(bare, router.Able, f.Retain())
		r.DeliverTo(full, f.Retain())
		r.Locate(full)
		r.Settle(s, 1, 0)
		b.empty()
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}
