package xep_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/im"
	"github.com/godwit-im/godwit/xmpp/xep"
	"github.com/godwit-im/godwit/xmpp/xmpptest"
)

// TestRemovedAccountLeavesNothing: what a session asks for that has not heard yet that its account was removed is not kept: the next owner of the name would have it.
func TestRemovedAccountLeavesNothing(t *testing.T) {
	w := xmpptest.New(t, xmpptest.Domain, server(xep.Config{}))
	w.Account("juliet")
	w.Account("app")
	c := w.Connect("juliet/chamber")
	if err := c.Login(); err != nil {
		t.Fatal(err)
	}
	if err := w.Store().Do(t.Context(), func(tx *store.Tx) error { return tx.DeleteAccount(w.JID("juliet")) }); err != nil {
		t.Fatal(err)
	}
	c.Received()
	for _, payload := range []string{
		"<enable xmlns='urn:xmpp:push:0' jid='app@example.org' node='n'/>",
		"<disable xmlns='urn:xmpp:push:0' jid='app@example.org'/>",
		"<prefs xmlns='urn:xmpp:mam:2' default='never'/>",
	} {
		c.Send("<iq type='set' id='1'>" + payload + "</iq>")
		var out string
		for _, n := range c.Received() {
			out += n.String()
		}
		if !strings.Contains(out, "<service-unavailable ") {
			t.Errorf("%s: %s", payload, out)
		}
	}
	w.Account("juliet")
	pushes, err := host.PushAddresses(w.Store(), w.JID("juliet"))
	rules, err2 := im.LoadArchiveRules(w.Store(), w.JID("juliet"))
	if len(pushes) > 0 || rules.Default != im.Always || errors.Join(err, err2) != nil {
		t.Errorf("the next owner has %v, %v; %v, %v", pushes, rules, err, err2)
	}
}
