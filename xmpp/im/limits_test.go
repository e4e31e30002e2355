package im

import (
	"fmt"
	"strings"
	"testing"
	"time"

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

// TestAsksLimit: one account asks another, and takes it back, so many times at once, and half as often a minute. Others may ask all the same.
func TestAsksLimit(t *testing.T) {
	f := newFixture(t, Options{MaxAsks: 4})
	me := f.bind(balcony, new(mailbox), 0)
	ask := func(whom string, after time.Duration) (refused bool) {
		s := f.sender(me)
		s.Now = s.Now.Add(after)
		for _, kind := range []string{"unsubscribe", "subscribe"} { // to take it back is never too much
			f.Presence(s, stanzaOf(t, "<presence from='juliet@example.org/balcony' to='"+whom+"' type='"+kind+"'/>"), jid.MustParse(whom))
		}
		return strings.Contains(string(s.Out.Buf), "<resource-constraint")
	}
	for i := range 4 {
		if ask("romeo@example.org/orchard", 0) {
			t.Errorf("request %d was refused", i)
		}
	}
	if !ask("romeo@example.org", 0) || !ask("romeo@example.org", 29*time.Second) {
		t.Error("the fifth was not refused")
	}
	if ask("nurse@example.org", 0) {
		t.Error("another contact was refused")
	}
	if ask("romeo@example.org", 30*time.Second) {
		t.Error("refused after half a minute")
	}
	if !ask("romeo@example.org", 30*time.Second) {
		t.Error("and one more was not")
	}
}
