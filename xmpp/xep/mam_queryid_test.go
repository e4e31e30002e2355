package xep_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/xmpp/xep"
	"github.com/godwit-im/godwit/xmpp/xmpptest"
)

// TestLimitOfQueryIDs: each result repeats the id of its query, which has 1,024 bytes at most.
func TestLimitOfQueryIDs(t *testing.T) {
	w := xmpptest.New(t, xmpptest.Domain, server(xep.Config{}))
	w.Account("juliet")
	c := w.Connect("juliet/chamber")
	if err := c.Login(); err != nil {
		t.Fatal(err)
	}
	for extra, want := range map[int]string{0: "<fin ", 1: "<policy-violation "} {
		c.Send(fmt.Sprintf("<iq type='set' id='1'><query xmlns='urn:xmpp:mam:2' queryid='%s'/></iq>", strings.Repeat("q", 1024+extra)))
		var out string
		for _, n := range c.Received() {
			out += n.String()
		}
		if !strings.Contains(out, want) {
			t.Errorf("%d more: %s", extra, out)
		}
	}
}
