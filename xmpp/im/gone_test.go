package im

import (
	"strings"
	"testing"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// TestMailThatWasNotReadIsHandedOn lets a session end before it has come to its mail.
func TestMailThatWasNotReadIsHandedOn(t *testing.T) {
	f := newFixture(t, Options{})
	me := f.bind(orchard, new(mailbox), -1)
	other := new(mailbox)
	rest := f.bind(jid.MustParse("juliet@example.org/chamber"), other, 0)
	gone := f.bind(balcony, new(mailbox), 0)
	for _, to := range []string{"juliet@example.org/balcony'", "juliet@example.org/chamber'", "juliet@example.org'", "juliet@example.org/balcony'"} {
		e := stanzaOf(t, strings.Replace(chat, "juliet@example.org'", to, 1))
		f.Message(f.sender(me), e, jid.MustParse(to[:len(to)-1]))
	}
	f.committed()
	other.taken()

	// What the one has taken does not move the cursor of both over what the other has not.
	f.Taken(rest, 4, 0)
	f.moved(rest)
	if seq, err := f.store.Cursor(balcony, ""); err != nil || seq != 0 {
		t.Errorf("the cursor is at %d (%v)", seq, err)
	}

	end, ok := f.router.Unbind(gone)
	if !ok {
		t.Fatal("was not bound")
	}
	f.Gone(gone, end, nil)
	other.mu.Lock()
	defer other.mu.Unlock()
	n := 0
	for i, frame := range other.frames {
		if !strings.Contains(frame, "<message") {
			continue
		}
		n++
		if other.ids[i] != 0 || !strings.Contains(frame, "to='juliet@example.org/balcony'") || !strings.Contains(frame, "<delay") {
			t.Errorf("entry %d was handed on as %s", other.ids[i], frame)
		}
	}
	if n != 2 {
		t.Errorf("%d messages were handed on: %v", n, other.frames)
	}
}

// TestMailOfTheUnavailableIsHandedOn: a session that is not there for messages ends without what was to its full JID, and the cursor is past that.
func TestMailOfTheUnavailableIsHandedOn(t *testing.T) {
	f := newFixture(t, Options{})
	me := f.bind(orchard, new(mailbox), -1)
	other := new(mailbox)
	rest := f.bind(jid.MustParse("juliet@example.org/chamber"), other, 0)
	gone := f.bind(balcony, new(mailbox), -1)
	for _, to := range []string{"juliet@example.org/balcony'", "juliet@example.org'", "juliet@example.org/balcony'", "juliet@example.org/balcony'"} {
		e := stanzaOf(t, strings.Replace(chat, "juliet@example.org'", to, 1))
		f.Message(f.sender(me), e, jid.MustParse(to[:len(to)-1]))
	}
	f.committed()
	other.taken()
	f.Taken(rest, 4, 0)
	f.moved(rest)
	if seq, err := f.store.Cursor(balcony, ""); err != nil || seq != 4 {
		t.Errorf("the cursor is at %d (%v)", seq, err)
	}

	end, ok := f.router.Unbind(gone)
	if !ok {
		t.Fatal("was not bound")
	}
	f.Gone(gone, end, []uint64{4, 1}) // the third it has
	other.mu.Lock()
	defer other.mu.Unlock()
	n := 0
	for i, frame := range other.frames {
		if strings.Contains(frame, "<message") {
			n++
			if other.ids[i] != 0 || !strings.Contains(frame, "to='juliet@example.org/balcony'") || !strings.Contains(frame, "<delay") {
				t.Errorf("entry %d was handed on as %s", other.ids[i], frame)
			}
		}
	}
	if n != 2 {
		t.Errorf("%d messages were handed on: %v", n, other.frames)
	}
}
