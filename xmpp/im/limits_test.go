package im

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
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

// setRoster sends a roster set with the item and returns the condition that it is refused with, "" for none.
func (f *fixture) setRoster(me *router.Session, item string) string {
	f.t.Helper()
	query := stanzaOf(f.t, "<iq id='1' type='set'><query xmlns='jabber:iq:roster'>"+item+"</query></iq>").First()
	wanted, _, fault := f.wanted(query, me.JID.Bare())
	if fault.Condition != atom.Unknown {
		return fault.Condition.String()
	}
	err := f.change(func(c *change) error { return c.setItem(me.JID.Bare(), wanted) })
	if err != nil {
		return f.failure(err, "changing a roster").Condition.String()
	}
	return ""
}

// TestRosterItemBytesLimit: name and groups of a contact are bounded together.
func TestRosterItemBytesLimit(t *testing.T) {
	const most = 300
	f := newFixture(t, Options{MaxItemBytes: most})
	me := f.bind(balcony, new(mailbox), 0)
	empty := store.RosterItem{JID: jid.MustParse("nurse@example.org"), Groups: []string{"", ""}}
	for n, want := range map[int]string{most - empty.Size(): "", most - empty.Size() + 1: "not-acceptable"} {
		item := fmt.Sprintf("<item jid='nurse@example.org' name='N'><group>G</group><group>%s</group></item>", strings.Repeat("g", n-2))
		if got := f.setRoster(me, item); got != want {
			t.Errorf("%d bytes: %q, want %q", n, got, want)
		}
	}
}

// TestRosterBytesLimit: a roster that is full of bytes takes neither a contact nor a longer name, but what does not make it larger. Requests have as much of their own.
func TestRosterBytesLimit(t *testing.T) {
	item := func(local, name string) string {
		return fmt.Sprintf("<item jid='%s@example.org' name='%s'/>", local, name)
	}
	nurse := store.RosterItem{JID: jid.MustParse("nurse@example.org"), Name: "Nurse"}
	f := newFixture(t, Options{MaxRosterBytes: 2 * nurse.Size()})
	me := f.bind(balcony, new(mailbox), 0)
	for n, c := range []struct{ item, want string }{
		{item("nurse", "Nurse"), ""},
		{item("duenn", "Nurses"), "policy-violation"},
		{item("duenn", "Nurse"), ""},
		{item("duenn", "Nurses"), "policy-violation"},
		{item("duenn", "Nursa"), ""},
		{item("duenn", "Nurs"), ""},
		{item("nurse", "Nurses"), ""},
		{item("tybalt", ""), "policy-violation"},
	} {
		if got := f.setRoster(me, c.item); got != c.want {
			t.Errorf("%d: %s: %q, want %q", n, c.item, got, c.want)
		}
	}
	room := 2*nurse.Size() - (&store.RosterItem{JID: orchard.Bare()}).Size()
	for n, want := range map[int]bool{room: true, room + 1: false} {
		f.do(func(tx *store.Tx) error { _, err := tx.DeleteRosterItem(balcony.Bare(), orchard.Bare()); return err })
		err := f.change(func(c *change) error {
			_, err := c.inbound(balcony.Bare(), orchard.Bare(), atom.Subscribe, make([]byte, n))
			return err
		})
		if _, kept, _ := f.store.RosterItem(balcony, orchard.Bare()); kept != want || err != nil {
			t.Errorf("a request of %d bytes: %v, %v", n, kept, err)
		}
	}
}
