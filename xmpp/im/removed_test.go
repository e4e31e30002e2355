package im

import (
	"runtime"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
)

// keys returns how many keys the store has.
func (f *fixture) keys() uint64 {
	f.t.Helper()
	r, err := f.store.Verify(f.t.Context(), nil)
	if err != nil || r.Faults != 0 {
		f.t.Fatalf("%v, %v", r.First, err)
	}
	return uint64(r.Keys)
}

// TestARemovedAccountWritesNothing: its sessions end a moment later. The next owner of its name gets nothing of what they send until then.
func TestARemovedAccountWritesNothing(t *testing.T) {
	const (
		from     = "from='romeo@example.org/orchard'"
		roster   = "<iq " + from + " id='r' type='set'><query xmlns='jabber:iq:roster'>"
		presence = "<presence " + from + " to='juliet@example.org' type='"
	)
	for _, c := range []struct {
		name string
		do   func(f *fixture, s *host.Sender)
		said string // to the client
	}{
		{"a message", func(f *fixture, s *host.Sender) { f.host.Stanza(s, stanzaOf(f.t, chat)) }, "service-unavailable"},
		{"a message of a stream that can be resumed", func(f *fixture, s *host.Sender) {
			s.Stream, s.H = &host.Stream{Account: orchard.Bare(), ID: store.StreamID{1}}, 1
			f.host.Stanza(s, stanzaOf(f.t, chat))
		}, "service-unavailable"},
		{"a message to nobody, of such a stream", func(f *fixture, s *host.Sender) {
			s.Stream, s.H = &host.Stream{Account: orchard.Bare(), ID: store.StreamID{1}}, 1
			f.host.Stanza(s, stanzaOf(f.t, strings.Replace(chat, "juliet@", "nobody@", 1)))
		}, "service-unavailable"},
		{"a count", func(f *fixture, s *host.Sender) {
			s.Stream, s.H = &host.Stream{Account: orchard.Bare(), ID: store.StreamID{1}}, 1
			f.Count(s)
		}, ""},
		{"what it has taken", func(f *fixture, s *host.Sender) { f.Taken(s.Session, 1, 0) }, ""},
		{"what a stream has taken", func(f *fixture, s *host.Sender) {
			f.Acked(s.Session, &host.Stream{Account: orchard.Bare(), ID: store.StreamID{1}}, 1, 1, 0)
		}, ""},
		{"a contact", func(f *fixture, s *host.Sender) {
			f.host.Stanza(s, stanzaOf(f.t, roster+"<item jid='juliet@example.org'/></query></iq>"))
		}, "forbidden"},
		{"no contact any more", func(f *fixture, s *host.Sender) {
			f.host.Stanza(s, stanzaOf(f.t, roster+"<item jid='juliet@example.org' subscription='remove'/></query></iq>"))
		}, "forbidden"},
		{"an approval", func(f *fixture, s *host.Sender) { f.host.Stanza(s, stanzaOf(f.t, presence+"subscribed'/>")) }, "forbidden"},
		{"a request", func(f *fixture, s *host.Sender) { f.host.Stanza(s, stanzaOf(f.t, presence+"subscribe'/>")) }, "forbidden"},
	} {
		f := newFixture(t, Options{})
		box := new(mailbox)
		me := f.bind(orchard, box, 0)
		f.do(func(tx *store.Tx) error {
			_, _, err := tx.Append(f.entry("juliet@example.org", false))
			return err
		})
		f.do(func(tx *store.Tx) error { return tx.DeleteAccount(orchard) })
		keys := f.keys()
		c.do(f, f.sender(me))
		told := strings.Join(f.finish(box, func() {}), "")
		f.committed()
		if _, notes := box.taken(); c.said != "" && len(notes) > 0 {
			told += answer(t, notes)
		}
		if left := f.keys(); left != keys {
			t.Errorf("%s: %d keys more", c.name, left-keys)
		}
		if c.said == "" && told != "" || !strings.Contains(told, c.said) {
			t.Errorf("%s: the client is told %q", c.name, told)
		}
		f.notGiven(c.name)
	}
}

// notGiven checks that juliet has got nothing.
func (f *fixture) notGiven(what string) {
	f.t.Helper()
	last, err := f.store.ArchiveLast(balcony)
	_, known, rosterErr := f.store.RosterItem(balcony, orchard.Bare())
	if last != 0 || known || err != nil || rosterErr != nil {
		f.t.Errorf("%s: juliet has %d messages, a contact: %v; %v, %v", what, last, known, err, rosterErr)
	}
}

// TestARemovedAccountTakesNothingBack of what it has sent: the retraction is refused.
func TestARemovedAccountTakesNothingBack(t *testing.T) {
	for _, removed := range []bool{false, true} {
		f := newFixture(t, Options{})
		box := new(mailbox)
		me := f.bind(orchard, box, -1)
		f.host.Stanza(f.sender(me), stanzaOf(t, chat))
		f.committed()
		if removed {
			f.do(func(tx *store.Tx) error { return tx.DeleteAccount(orchard) })
		}
		f.host.Stanza(f.sender(me), stanzaOf(t, "<message from='romeo@example.org/orchard' to='juliet@example.org' id='m2' type='chat'><retract xmlns='urn:xmpp:message-retract:1' id='m1'/></message>"))
		f.finish(box, func() {})
		err := f.store.Archive(balcony, 0, 1, func(_ uint64, e store.Entry) bool {
			b := f.bench()
			defer b.putAway()
			if stored, err := b.open(e.Stanza); err != nil || retracted(stored) == removed {
				t.Errorf("removed %v: taken back %v, %v", removed, retracted(stored), err)
			}
			return true
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// TestTheSweepLeavesNothingOfARemovedAccount: it may be in the middle of its archive.
func TestTheSweepLeavesNothingOfARemovedAccount(t *testing.T) {
	f := newFixture(t, Options{})
	f.do(func(tx *store.Tx) error {
		e := f.entry("juliet@example.org", false)
		e.Flags = unarchived
		_, _, err := tx.Append(e)
		return err
	})
	f.setCursor("", 1)
	release := f.block()
	outcome := make(chan error, 2)
	f.queued(func() {
		outcome <- f.store.Do(t.Context(), func(tx *store.Tx) error { return tx.DeleteAccount(orchard) })
	})
	f.queued(func() { outcome <- f.bare(t.Context(), orchard.Bare(), noon.Add(100*day)) })
	release()
	for range cap(outcome) {
		if err := <-outcome; err != nil {
			t.Error(err)
		}
	}
	if _, left, err := f.store.SpaceGet(rulesSpace, orchard.Bare(), baredKey); left || err != nil {
		t.Errorf("where it has come to is still there: %v, %v", left, err)
	}
}

// queued runs what submits an operation, until that waits behind the others.
func (f *fixture) queued(submit func()) {
	n := f.store.Stats().QueueOps
	go submit()
	for f.store.Stats().QueueOps == n {
		runtime.Gosched()
	}
}
