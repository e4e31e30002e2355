package router_test

import (
	"testing"

	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/stream"
)

func TestCopied(t *testing.T) {
	r := newRouter()
	a, _ := session(t, r, "romeo@example.org/a")
	b, _ := available(t, r, "romeo@example.org/b", 0)
	available(t, r, "romeo@example.org/c", 0) // wants none
	r.SetCarbons(a, true, 0)
	r.SetCarbons(b, true, 7)
	r.SetCarbons(b, true, 9)
	of := func(but jid.JID, have ...router.Target) string { return names(r.Copied(nil, a.JID, but, have)) }
	have, _ := r.Target(b.JID)
	if got := of(jid.JID{}) + "| " + of(a.JID) + "| " + of(a.JID.Bare(), have); got != "a b | b | a " {
		t.Errorf("got %s", got)
	}
	if on, after := r.Carbons(b); !on || after != 7 || have.Copied(7) || !have.Copied(8) || have.Copied(0) {
		t.Errorf("%v behind %d", on, after)
	}
	r.SetCarbons(b, false, 0)
	if on, _ := r.Carbons(b); on || of(jid.JID{}) != "a " {
		t.Error("they are not off")
	}
	heir, _ := session(t, r, "romeo@example.org/a") // a client begins without
	if on, _ := r.Carbons(heir); on {
		t.Error("who comes in somebody's place has his carbons")
	}
}

// eager takes at once what it gets, before others may have got it.
type eager struct {
	*box
	router *router.Router
	me     *router.Session
	all    uint64
}

func (b *eager) Post(m stream.Mail) bool {
	b.all = b.router.Settle(b.me, m.Frame.ID, 0)
	return b.box.Post(m)
}

// TestWhoTakesAtOnceMovesNothingPastTheOthers: the cursor waits for those who come later in the same delivery.
func TestWhoTakesAtOnceMovesNothingPastTheOthers(t *testing.T) {
	r := newRouter()
	first := &router.Session{JID: jid.MustParse("romeo@example.org/a")}
	b := &eager{box: new(box), router: r, me: first}
	first.Mailbox = b
	if err := r.Bind(first); err != nil {
		t.Fatal(err)
	}
	r.SetPresence(first, presence(0))
	available(t, r, "romeo@example.org/b", 0)
	r.Deliver(first.JID.Bare(), router.Able, frame(1))
	if b.all != 0 {
		t.Errorf("the cursor goes to %d", b.all)
	}
}
