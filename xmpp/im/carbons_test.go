package im

import (
	"fmt"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
)

// TestCarbonsAreOnePath says the same messages to a device that is there and to one that reads its pages later: both get the same, in the same order, but for the time
// of what comes late.
func TestCarbonsAreOnePath(t *testing.T) {
	f := newFixture(t, Options{PageSize: 3})
	garden := jid.MustParse("romeo@example.org/garden")
	device := func(box *mailbox) *router.Session {
		s := f.bind(garden, box, 0)
		s.Device = "tablet"
		f.router.SetCarbons(s, true, 0)
		return s
	}
	live := new(mailbox)
	there := device(live)
	me, juliet := f.bind(orchard, new(mailbox), 0), f.bind(balcony, new(mailbox), 0)
	say := func(s *router.Session, to jid.JID, body, more string) {
		t.Helper()
		text := fmt.Sprintf("<message from='%s' to='%s' id='%s' type='chat'><body>%s</body>%s</message>", s.JID, to, body, body, more)
		if !f.Message(f.sender(s), stanzaOf(t, text), to) {
			t.Fatalf("%s was not taken for commit", body)
		}
	}
	const private = "<private xmlns='urn:xmpp:carbons:2'/>"
	for i := range 4 {
		n := fmt.Sprint(i)
		say(juliet, orchard, "to-another-"+n, "")
		say(juliet, orchard.Bare(), "to-all-"+n, "")
		say(me, balcony, "sent-"+n, "")
		say(juliet, orchard, "private-"+n, private)
		say(there, balcony.Bare(), "own-"+n, "")
		say(me, balcony.Bare(), "private-sent-"+n, private)
		say(juliet, garden, "to-me-"+n, "")
		say(me, orchard.Bare(), "note-"+n, "")
		say(there, orchard, "own-note-"+n, "")
		say(me, garden, "note-to-me-"+n, "")
	}
	f.committed()
	live.mu.Lock()
	ids := fmt.Sprint(live.ids)
	live.mu.Unlock()
	heard, _ := live.taken()
	later := device(new(mailbox))
	var read []string
	var readIDs []uint64
	for after, more := uint64(0), true; more; {
		p := f.page(later, after)
		for _, frame := range p.Frames {
			read = append(read, string(xmltext.Encoder{}.AppendFrame(nil, frame)))
			readIDs = append(readIDs, frame.ID)
		}
		after, more = p.Last, p.More
		p.Release()
	}
	if got := fmt.Sprint(readIDs); got != ids {
		t.Errorf("read %s, heard %s", got, ids)
	}
	const late = "<delay xmlns='urn:xmpp:delay' from='example.org' stamp='2026-11-21T12:00:00.000Z'/>"
	if len(heard) != 4*6 || len(read) != len(heard) {
		t.Fatalf("heard %d, read %d", len(heard), len(read))
	}
	for i := range heard {
		if got := strings.Replace(read[i], late, "", 1); got != heard[i] || got == read[i] {
			t.Errorf("heard %s\nread  %s", heard[i], read[i])
		}
	}
}

// TestCarbonsBeginWhereTheyAreTurnedOn: what its account said while it was away is in its pages; a client without a place of its
// own gets what lies behind its request.
func TestCarbonsBeginWhereTheyAreTurnedOn(t *testing.T) {
	f := newFixture(t, Options{})
	me := f.bind(orchard, new(mailbox), 0)
	for range 3 {
		f.Message(f.sender(me), stanzaOf(t, chat), balcony.Bare())
	}
	f.committed()
	for _, c := range []struct {
		after uint64
		want  string
	}{{0, "[1 2 3] 3 false"}, {2, "[3] 3 false"}, {3, "[] 3 false"}} {
		s := f.bind(jid.MustParse("romeo@example.org/garden"), new(mailbox), 0)
		f.router.SetCarbons(s, true, c.after)
		f.router.SetCarbons(s, true, 7) // the first time counts
		if got := seqs(f.page(s, 0)); got != c.want {
			t.Errorf("after %d: %s, want %s", c.after, got, c.want)
		}
		f.router.SetCarbons(s, false, 0)
		if got := seqs(f.page(s, 0)); got != "[] 3 false" {
			t.Errorf("turned off: %s", got)
		}
	}
}

// TestCarbonsHoldTheCursor keeps the account's place before what a session has only a copy of, and has not taken.
func TestCarbonsHoldTheCursor(t *testing.T) {
	f := newFixture(t, Options{})
	me := f.bind(orchard, new(mailbox), 0)
	other := f.bind(jid.MustParse("romeo@example.org/garden"), new(mailbox), 0)
	juliet := f.bind(balcony, new(mailbox), 0)
	f.router.SetCarbons(other, true, 0)
	f.Message(f.sender(juliet), stanzaOf(t, strings.Replace(strings.Replace(chat, "romeo@example.org/orchard", balcony.String(), 1),
		"juliet@example.org'", orchard.String()+"'", 1)), orchard)
	f.committed()
	cursor := func(s *router.Session, done, want uint64) {
		t.Helper()
		f.Taken(s, done, 0)
		f.moved(s)
		if got, err := f.store.Cursor(orchard, ""); err != nil || got != want {
			t.Errorf("%s has taken %d: the cursor is at %d, want %d (%v)", s.JID, done, got, want, err)
		}
	}
	cursor(me, 1, 0)
	cursor(other, 1, 1)
}
