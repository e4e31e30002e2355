package load

import (
	"errors"
	"fmt"
	"testing"

	"github.com/godwit-im/godwit/xmpp/jid"
)

func account(i int) jid.JID { return jid.MustParse(fmt.Sprintf("user%d@localhost", i)) }

func TestAcksAreAskedForTwiceInAWindow(t *testing.T) {
	for _, test := range []struct{ window, every int }{{1, 1}, {2, 1}, {8, 4}, {9, 4}} {
		m := mail{OfflineConfig: OfflineConfig{Window: test.window}}
		if got := m.ackEvery(); got != test.every {
			t.Errorf("window %d: every %d, want %d", test.window, got, test.every)
		}
	}
}

func TestNothingIsStoredWithoutAcks(t *testing.T) {
	c := OfflineConfig{Config: Config{Account: account, Sessions: 2}, Waiting: 3, Window: 2, Body: 100}
	if err := c.ready(); err != nil {
		t.Fatal(err)
	}
	l := &loop{config: &c.Config}
	for i := range 2 {
		l.sessions = append(l.sessions, &session{loop: l, index: i, fd: -1})
	}
	l.startMail(&c)
	if len(l.flows) != 1 || l.flows[0].receiver != "user1@localhost" || l.sessions[0].deposit == nil || l.sessions[1].deposit != nil || l.sessions[1].flow == nil {
		t.Fatalf("%+v", l.flows)
	}
	if err := l.sessions[0].newMachine(); err != nil {
		t.Fatal(err)
	}
	l.storeMore(c.Waiting)
	if !errors.Is(l.err, errNoAcks) || l.flows[0].sent != 0 {
		t.Errorf("%v, %d sent", l.err, l.flows[0].sent)
	}
}
