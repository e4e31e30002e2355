package im

import (
	"fmt"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/jid"
)

func TestPresenceLimit(t *testing.T) {
	f := newFixture(t, Options{MaxPresence: 500})
	me := f.bind(balcony, new(mailbox), 0)
	refused := 0
	for fill := range 500 {
		e := stanzaOf(t, "<presence from='juliet@example.org/balcony'><status>"+strings.Repeat("x", fill)+"</status></presence>")
		kept, _ := f.router.Encoders[codec.Compact].AppendSplit(nil, e)
		s := f.sender(me)
		f.Presence(s, e, jid.JID{})
		said := strings.Contains(string(s.Out.Buf), "<policy-violation")
		if said != (len(kept) > 500) {
			t.Errorf("%d bytes: refused %v", len(kept), said)
		}
		if said {
			refused++
		}
	}
	if refused == 0 || refused == 500 {
		t.Errorf("%d of 500 were refused", refused)
	}
}

func TestInterimPushesLimit(t *testing.T) {
	for _, n := range []int{maxInterim, maxInterim + 1} {
		f := newFixture(t, Options{})
		f.do(func(tx *store.Tx) error {
			for i := range n {
				contact := jid.MustParse(fmt.Sprintf("c%d@example.org", i))
				if _, err := tx.PutRosterItem(orchard, store.RosterItem{JID: contact}); err != nil {
					return err
				}
			}
			return nil
		})
		changes, ok := f.changesSince(orchard.Bare(), 0)
		if ok != (n <= maxInterim) || ok && len(changes) != n {
			t.Errorf("%d changes: %v, %d", n, ok, len(changes))
		}
	}
}
