package router_test

import (
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
)

// TestMessageFate is the table of RFC 6121 §8.5.4 for accounts that exist: its letters, and the one of them that is ours. O, D to the
// only resource, M and A are all Everybody here: whoever is able, now or later.
func TestMessageFate(t *testing.T) {
	kinds := []atom.Atom{atom.Normal, atom.Chat, atom.GroupChat, atom.Headline}
	for _, row := range []struct {
		place     router.Place
		able      bool
		rfc, ours [4]string // by kinds
	}{
		{router.ToBare, false, [4]string{"OE", "OE", "E", "S"}, [4]string{"O", "O", "E", "S"}},
		{router.ToUnbound, false, [4]string{"SE", "OE", "SE", "SE"}, [4]string{"E", "O", "E", "E"}},
		{router.ToBound, false, [4]string{"D", "D", "D", "D"}, [4]string{"D", "D", "D", "D"}},
		{router.ToBare, true, [4]string{"MA", "MA", "E", "A"}, [4]string{"A", "A", "E", "A"}},
		{router.ToBound, true, [4]string{"D", "DA", "D", "D"}, [4]string{"D", "D", "D", "D"}},
		{router.ToUnbound, true, [4]string{"SE", "MA", "SE", "SE"}, [4]string{"E", "A", "E", "E"}},
	} {
		for i, kind := range kinds {
			fate := router.MessageFate(kind, row.place, row.able)
			got := map[router.Fate]string{router.Ignore: "S", router.Bounce: "E", router.One: "D", router.Everybody: "A"}[fate]
			if fate == router.Everybody && !row.able {
				got = "O"
			}
			if got != row.ours[i] || !strings.Contains(row.rfc[i], got) {
				t.Errorf("%s to place %d, able %v: %s", kind, row.place, row.able, got)
			}
		}
	}
}

// TestErrorsGoToTheirResourceOrNowhere is what the RFC says outside the table: §8.5.2.1.1, §8.5.2.2.1, §8.5.3.2.1.
func TestErrorsGoToTheirResourceOrNowhere(t *testing.T) {
	for place, want := range map[router.Place]router.Fate{
		router.ToBare: router.Ignore, router.ToBound: router.One, router.ToUnbound: router.Ignore,
	} {
		for _, able := range []bool{false, true} {
			if got := router.MessageFate(atom.Error, place, able); got != want {
				t.Errorf("to place %d, able %v: %d", place, able, got)
			}
		}
	}
}

func TestLocate(t *testing.T) {
	r := newRouter()
	session(t, r, "bound@example.org/a")
	available(t, r, "negative@example.org/a", -1)
	available(t, r, "able@example.org/a", 0)
	available(t, r, "able@example.org/b", -128)
	for address, want := range map[string]struct {
		place router.Place
		able  bool
	}{
		"nobody@example.org":     {router.ToBare, false},
		"nobody@example.org/a":   {router.ToUnbound, false},
		"bound@example.org":      {router.ToBare, false},
		"bound@example.org/a":    {router.ToBound, false},
		"bound@example.org/b":    {router.ToUnbound, false},
		"negative@example.org":   {router.ToBare, false},
		"negative@example.org/a": {router.ToBound, false},
		"able@example.org":       {router.ToBare, true},
		"able@example.org/a":     {router.ToBound, true},
		"able@example.org/b":     {router.ToBound, true},
		"able@example.org/c":     {router.ToUnbound, true},
		"able@example.net":       {router.ToBare, false},
	} {
		if place, able := r.Locate(jid.MustParse(address)); place != want.place || able != want.able {
			t.Errorf("%s: %d, %v, want %d, %v", address, place, able, want.place, want.able)
		}
	}
}
