package router_test

import (
	"fmt"
	"testing"

	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
)

func TestSetPresence(t *testing.T) {
	r := newRouter()
	s, _ := session(t, r, "romeo@example.org/a")
	for i, step := range []struct {
		p         router.Presence
		was, able bool
	}{
		{presence(0), false, true},
		{presence(-1), true, false},
		{presence(127), true, true},
		{router.Presence{}, true, false},
		{router.Presence{}, false, false},
		{presence(-128), false, false},
	} {
		if was := r.SetPresence(s, step.p); was != step.was {
			t.Errorf("%d: was %v", i, was)
		}
		if able := r.Able(s); able != step.able {
			t.Errorf("%d: able %v", i, able)
		}
	}
}

func TestAvailable(t *testing.T) {
	r := newRouter()
	available(t, r, "romeo@example.org/a", -1)
	session(t, r, "romeo@example.org/b")
	available(t, r, "romeo@example.org/c", 5)
	before := []router.Available{{}}
	got := r.Available(before, jid.MustParse("romeo@example.org"))
	if len(got) != 3 || got[1].JID.Resource() != "a" || got[1].Priority != -1 || got[2].JID.Resource() != "c" || got[2].Priority != 5 || string(got[2].Stanza) != "kept" {
		t.Errorf("%+v", got)
	}
	if got := r.Available(nil, jid.MustParse("juliet@example.org")); got != nil {
		t.Errorf("%+v", got)
	}
}

func TestDirectedPresence(t *testing.T) {
	r := newRouter()
	s, _ := session(t, r, "romeo@example.org/a")
	bare, full, other := jid.MustParse("juliet@example.org"), jid.MustParse("nurse@example.org/kitchen"), jid.MustParse("nurse@example.org/hall")
	r.Direct(s, bare, true)
	r.Direct(s, full, true)
	r.Direct(s, full, true)
	for to, want := range map[jid.JID]bool{
		bare: true, jid.MustParse("juliet@example.org/balcony"): true, full: true, other: false, full.Bare(): false,
	} {
		if got := r.HasDirected(s.JID, to); got != want {
			t.Errorf("to %s: %v", to, got)
		}
	}
	if r.HasDirected(jid.MustParse("romeo@example.org/b"), bare) || r.HasDirected(jid.MustParse("paris@example.org/a"), bare) {
		t.Error("somebody has sent who is not there")
	}
	r.Direct(s, bare, false)
	r.Direct(s, other, false) // never sent
	if to := r.TakeDirected(s); len(to) != 1 || to[0] != full {
		t.Errorf("%v", to)
	}
	if to := r.TakeDirected(s); to != nil {
		t.Errorf("taken twice: %v", to)
	}
}

func TestLimitOfDirectedPresence(t *testing.T) {
	r := newRouter()
	s, _ := session(t, r, "romeo@example.org/a")
	address := func(i int) jid.JID { return jid.MustParse(fmt.Sprintf("%d@example.org", i)) }
	for i := range router.MaxDirected + 1 {
		r.Direct(s, address(i), true)
	}
	if !r.HasDirected(s.JID, address(router.MaxDirected-1)) || r.HasDirected(s.JID, address(router.MaxDirected)) {
		t.Error("the limit is another one")
	}
	r.Direct(s, address(0), false)
	r.Direct(s, address(router.MaxDirected), true)
	if !r.HasDirected(s.JID, address(router.MaxDirected)) {
		t.Error("there was room again")
	}
	if n := len(r.TakeDirected(s)); n != router.MaxDirected {
		t.Errorf("%d are remembered", n)
	}
}
