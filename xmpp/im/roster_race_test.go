package im

import (
	"fmt"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stream"
)

var nurse = jid.MustParse("nurse@example.org")

// name gives juliet's nurse a name, and pushes that.
func (f *fixture) name(name string) {
	f.t.Helper()
	err := f.change(func(c *change) error { return c.setItem(balcony.Bare(), store.RosterItem{JID: nurse, Name: name}) })
	if err != nil {
		f.t.Fatal(err)
	}
}

// lastName returns what a client takes for the nurse's name that is told so, in this order.
func lastName(told []string) (name string) {
	for _, s := range told {
		if _, s, ok := strings.Cut(s, "jid='nurse@example.org' name='"); ok {
			name, _, _ = strings.Cut(s, "'")
		}
	}
	return name
}

// TestARosterIsNotOlderThanThePushBefore changes a roster while it is asked for: before it is read, before it is sent, or not at all.
func TestARosterIsNotOlderThanThePushBefore(t *testing.T) {
	for _, ver := range []string{"", " ver='0'"} {
		for _, c := range []struct{ before, after, want string }{
			{"", "", "Nurse"},
			{"Angelica", "", "Angelica"},
			{"", "Angelica", "Angelica"},
			{"Angelica", "Nurse", "Nurse"},
		} {
			f := newFixture(t, Options{})
			f.name("Nurse")
			box := new(mailbox)
			me := f.bind(balcony, box, 0)
			f.host.Stanza(f.sender(me), stanzaOf(t, "<iq type='get' id='1'><query xmlns='jabber:iq:roster'"+ver+"/></iq>"))
			if c.before != "" {
				f.name(c.before)
			}
			told := f.finish(box, func() {
				if c.after != "" {
					f.name(c.after)
				}
			})
			if got := lastName(told); got != c.want {
				t.Errorf("%q, changed to %q and %q: the client has %q", ver, c.before, c.after, got)
			}
		}
	}
}

// finish runs the jobs of the sender that was made last, and meanwhile between the first and its result. It returns what the session was told.
func (f *fixture) finish(box *mailbox, meanwhile func()) (told []string) {
	for len(f.out.Jobs) > 0 {
		job := f.out.Jobs[0]
		f.out.Jobs = f.out.Jobs[1:]
		result := job()
		meanwhile()
		meanwhile = func() {}
		told = append(told, box.stanzas()...)
		if next, ok := result.(host.Continuation); ok {
			f.out.Buf = f.out.Buf[:0]
			next(&f.out, noon)
			told = append(told, string(f.out.Buf))
		}
	}
	return append(told, box.stanzas()...)
}

// TestARosterThatNobodyChangesIsReadOnce: a job more would be one for each login.
func TestARosterThatNobodyChangesIsReadOnce(t *testing.T) {
	f := newFixture(t, Options{})
	me := f.bind(balcony, new(mailbox), 0)
	f.host.Stanza(f.sender(me), stanzaOf(t, "<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>"))
	next := f.out.Jobs[0]().(host.Continuation)
	f.out.Jobs = nil
	next(&f.out, noon)
	if len(f.out.Jobs) != 0 {
		t.Errorf("%d jobs more", len(f.out.Jobs))
	}
}

// meddler is a mailbox that lets something happen just before the first post is taken.
type meddler struct {
	mailbox
	first func()
}

func (m *meddler) Post(mail stream.Mail) bool {
	if f := m.first; f != nil {
		m.first = nil
		f()
	}
	return m.mailbox.Post(mail)
}

// TestAResumedRosterIsNotOlderThanThePushBefore: the item that was read is overtaken by a newer one.
func TestAResumedRosterIsNotOlderThanThePushBefore(t *testing.T) {
	f := newFixture(t, Options{})
	f.name("Nurse")
	box := new(meddler)
	box.first = func() { f.name("Angelica") }
	me := f.bind(balcony, box, 0)
	f.router.SetInterested(me)
	f.pushSince(me, 0)
	if told, _ := box.taken(); lastName(told) != "Angelica" {
		t.Errorf("the client has %q of %q", lastName(told), told)
	}
}

// TestAResumedRosterHasNoItemTooMany: what was removed is told, however much else has changed.
func TestAResumedRosterHasNoItemTooMany(t *testing.T) {
	f := newFixture(t, Options{})
	f.name("Nurse")
	f.do(func(tx *store.Tx) error {
		_, err := tx.DeleteRosterItem(balcony, nurse)
		for i := 0; i <= maxInterim && err == nil; i++ {
			_, err = tx.PutRosterItem(balcony, store.RosterItem{JID: jid.MustParse(fmt.Sprintf("c%d@example.org", i))})
		}
		return err
	})
	box := new(mailbox)
	f.pushSince(f.bind(balcony, box, 0), 1)
	told, _ := box.taken()
	if all := strings.Join(told, ""); len(told) != maxInterim+2 || !strings.Contains(all, "jid='nurse@example.org' subscription='remove'") {
		t.Errorf("%d pushes: %s", len(told), all)
	}
}
