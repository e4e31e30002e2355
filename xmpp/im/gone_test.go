package im

import (
	"strings"
	"testing"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// TestMailIsHandedOn lets a session end that has not had two of the messages to its full JID.
func TestMailIsHandedOn(t *testing.T) {
	const toBalcony, toChamber, toAll = "juliet@example.org/balcony'", "juliet@example.org/chamber'", "juliet@example.org'"
	for _, c := range []struct {
		name     string
		priority int8
		to       []string
		cursor   uint64   // when the other session has taken all that comes to it
		untaken  []uint64 // entries that were sent, or were to be, and not acked
	}{
		// What the other has taken does not move the cursor of both over what this one has not.
		{"it has not come to its mail", 0, []string{toBalcony, toChamber, toAll, toBalcony}, 0, nil},
		{"it is not there for messages, and has had the third", -1, []string{toBalcony, toAll, toBalcony, toBalcony}, 4, []uint64{4, 1}},
	} {
		f := newFixture(t, Options{})
		me := f.bind(orchard, new(mailbox), -1)
		other := new(mailbox)
		rest := f.bind(jid.MustParse("juliet@example.org/chamber"), other, 0)
		gone := f.bind(balcony, new(mailbox), c.priority)
		for _, to := range c.to {
			e := stanzaOf(t, strings.Replace(chat, toAll, to, 1))
			f.Message(f.sender(me), e, jid.MustParse(to[:len(to)-1]))
		}
		f.committed()
		other.taken()
		f.Taken(rest, 4, 0)
		f.moved(rest)
		if seq, err := f.store.Cursor(balcony, ""); err != nil || seq != c.cursor {
			t.Errorf("%s: the cursor is at %d (%v)", c.name, seq, err)
		}

		end, ok := f.router.Unbind(gone)
		if !ok {
			t.Fatal("was not bound")
		}
		f.Gone(gone, end, c.untaken)
		other.handedOn(t, c.name)
	}
}

// handedOn checks that two messages to balcony were handed on.
func (m *mailbox) handedOn(t *testing.T, what string) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for i, frame := range m.frames {
		if !strings.Contains(frame, "<message") {
			continue
		}
		n++
		if m.ids[i] != 0 || !strings.Contains(frame, "to='juliet@example.org/balcony'") || !strings.Contains(frame, "<delay") {
			t.Errorf("%s: entry %d was handed on as %s", what, m.ids[i], frame)
		}
	}
	if n != 2 {
		t.Errorf("%s: %d messages were handed on: %v", what, n, m.frames)
	}
}
