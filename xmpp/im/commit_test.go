package im

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
)

// hold is an operation that keeps the committer busy until it is let go.
type hold struct{ entered, release chan struct{} }

func newHold() *hold { return &hold{make(chan struct{}), make(chan struct{})} }

func (h *hold) Apply(*store.Tx) error {
	close(h.entered)
	<-h.release
	return nil
}

func (h *hold) Committed(error) {}

// block keeps the committer from going on until the returned function is called.
func (f *fixture) block() (release func()) {
	f.t.Helper()
	h := newHold()
	if err := f.store.Submit(h); err != nil {
		f.t.Fatal(err)
	}
	<-h.entered
	return func() { close(h.release) }
}

func (m *mailbox) taken() (frames []string, notes []any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	frames, notes = m.frames, m.notes
	m.frames, m.ids, m.notes = nil, nil, nil
	return frames, notes
}

// stanzas takes what was posted but for the notes.
func (m *mailbox) stanzas() (frames []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	frames, m.frames, m.ids = m.frames, nil, nil
	return frames
}

// answer returns what the sender is told, and settles.
func answer(t *testing.T, notes []any) string {
	t.Helper()
	if len(notes) != 1 {
		t.Fatalf("%d notes", len(notes))
	}
	d := notes[0].(host.Done)
	defer d.Settle()
	if d.Stanza() != 7 {
		t.Errorf("stanza %d", d.Stanza())
	}
	var b codec.Builder
	e := d.Answer(&b)
	if e.IsZero() {
		return ""
	}
	return string(xmltext.Encoder{}.AppendElement(nil, e))
}

func TestNothingIsDeliveredBeforeItsCommit(t *testing.T) {
	f := newFixture(t, Options{})
	from, to := new(mailbox), new(mailbox)
	me := f.bind(orchard, from, -1)
	f.bind(balcony, to, 0)
	release := f.block()
	if !f.Message(f.sender(me), stanzaOf(t, chat), balcony.Bare()) {
		t.Fatal("not taken for commit")
	}
	s := f.sender(me)
	s.Pending = true
	headline := stanzaOf(t, "<message from='romeo@example.org/orchard' to='juliet@example.org' type='headline'><body>hark</body></message>")
	if !f.Message(s, headline, balcony.Bare()) {
		t.Fatal("a headline behind a message was not taken for commit")
	}
	if frames, notes := to.taken(); len(frames)+len(notes) > 0 {
		t.Fatalf("before the commit: %v %v", frames, notes)
	}
	release()
	f.committed()
	frames, _ := to.taken()
	if len(frames) != 2 || !strings.Contains(frames[0], "by='juliet@example.org' id='"+f.archiveID(balcony, 1)+"'") || strings.Contains(frames[1], "stanza-id") {
		t.Fatalf("after the commit: %v", frames)
	}
	if _, notes := from.taken(); len(notes) != 2 {
		t.Fatalf("%d notes", len(notes))
	}
}

func TestWhoIsThereAtTheCommitGetsIt(t *testing.T) {
	f := newFixture(t, Options{})
	me := f.bind(orchard, new(mailbox), -1)
	gone := new(mailbox)
	resource := f.bind(balcony, gone, 0)
	release := f.block()
	f.Message(f.sender(me), stanzaOf(t, strings.Replace(chat, "juliet@example.org'", "juliet@example.org/balcony'", 1)), balcony)
	f.router.Unbind(resource)
	// It came after the message was encoded, and uses another encoding.
	late := &router.Session{JID: jid.MustParse("juliet@example.org/link"), Mailbox: new(mailbox), Encoding: codec.Compact}
	late2 := new(mailbox)
	if err := f.router.Bind(late); err != nil {
		t.Fatal(err)
	}
	f.router.SetPresence(late, router.Presence{Stanza: []byte{1}})
	f.bind(jid.MustParse("juliet@example.org/late"), late2, 0)
	release()
	f.committed()
	if frames, _ := gone.taken(); len(frames) > 0 {
		t.Errorf("the resource that went got %v", frames)
	}
	if frames, _ := late2.taken(); len(frames) != 1 || !strings.Contains(frames[0], "stanza-id") {
		t.Errorf("the others got %v", frames)
	}
	if box := late.Mailbox.(*mailbox); len(box.ids) != 1 || box.ids[0] != 1 {
		t.Errorf("the one with another encoding got %v", box.ids)
	}
}

func TestDoneSaysWhatBecameOfTheMessage(t *testing.T) {
	f := newFixture(t, Options{})
	from := new(mailbox)
	me := f.bind(orchard, from, -1)
	nobody := jid.MustParse("nobody@example.org")
	send := func(to jid.JID, text string) string {
		t.Helper()
		f.Message(f.sender(me), stanzaOf(t, text), to)
		f.committed()
		_, notes := from.taken()
		return answer(t, notes)
	}
	if got := send(balcony.Bare(), chat); got != "" {
		t.Errorf("a message that was archived: %s", got)
	}
	want := "<message id='m1' from='nobody@example.org' to='romeo@example.org/orchard' type='error'>" +
		"<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
	if got := send(nobody, strings.Replace(chat, "juliet", "nobody", 1)); got != want {
		t.Errorf("to nobody: %s, want %s", got, want)
	}
	want = "<message from='nobody@example.org' to='romeo@example.org/orchard' type='error'>" +
		"<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
	if got := send(nobody, "<message from='romeo@example.org/orchard' to='nobody@example.org'><body>hark</body></message>"); got != want {
		t.Errorf("without id: %s, want %s", got, want)
	}
	m := &message{im: f.IM, err: errors.New("disk on fire"), from: orchard, to: balcony}
	m.number = 7
	want = "<message to='romeo@example.org/orchard' type='error'>" +
		"<error type='cancel'><internal-server-error xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
	if got := answer(t, []any{m}); got != want {
		t.Errorf("after a failed commit: %s, want %s", got, want)
	}
}

func TestFullQueueIsSaidAtOnce(t *testing.T) {
	f := newFixture(t, Options{})
	from := new(mailbox)
	me := f.bind(orchard, from, -1)
	release := f.block()
	n := 0
	for f.store.Submit(op{}) == nil {
		n++
	}
	s := f.sender(me)
	if f.Message(s, stanzaOf(t, chat), balcony.Bare()) {
		t.Fatalf("taken for commit behind %d operations", n)
	}
	if got := string(s.Out.Buf); !strings.Contains(got, "<resource-constraint") || !strings.Contains(got, "id='m1'") {
		t.Errorf("the sender hears %q", got)
	}
	release()
	f.committed()
	if frames, notes := from.taken(); len(frames)+len(notes) > 0 {
		t.Errorf("afterwards %v %v", frames, notes)
	}
}

// op does nothing.
type op struct{}

func (op) Apply(*store.Tx) error { return nil }
func (op) Committed(error)       {}

func TestSenderWhoHasGone(t *testing.T) {
	f := newFixture(t, Options{})
	from, to := &mailbox{dead: true}, new(mailbox)
	me := f.bind(orchard, from, -1)
	f.bind(balcony, to, 0)
	f.Message(f.sender(me), stanzaOf(t, chat), balcony.Bare())
	f.committed()
	if frames, _ := to.taken(); len(frames) != 1 {
		t.Fatalf("%d frames", len(frames))
	}
}

func TestBothArchivesHoldTheMessageOnce(t *testing.T) {
	f := newFixture(t, Options{})
	me := f.bind(orchard, new(mailbox), -1)
	text := strings.Replace(chat, "<body>", "<origin-id xmlns='urn:xmpp:sid:0' id='o1'/><body>", 1)
	for range 2 {
		f.Message(f.sender(me), stanzaOf(t, text), balcony.Bare())
	}
	f.Message(f.sender(me), stanzaOf(t, strings.Replace(text, "o1", "o2", 1)), orchard.Bare()) // to himself
	f.committed()
	type entry struct {
		with, from jid.JID
		outgoing   bool
		origin     string
		flags      uint8
	}
	held := func(account jid.JID) (entries []entry) {
		err := f.store.Archive(account, 0, 0, func(_ uint64, e store.Entry) bool {
			entries = append(entries, entry{e.With, e.From, e.Outgoing, string(e.OriginID), e.Flags})
			return true
		})
		if err != nil {
			t.Fatal(err)
		}
		return entries
	}
	if got := held(balcony); len(got) != 1 || got[0] != (entry{orchard, orchard, false, "o1", 0}) {
		t.Errorf("juliet's archive: %+v", got)
	}
	got := held(orchard)
	if len(got) != 2 || got[0] != (entry{balcony.Bare(), orchard, true, "", 0}) || got[1] != (entry{orchard, orchard, false, "o2", 0}) {
		t.Errorf("romeo's archive: %+v", got)
	}
}

func TestOriginIDThatIsTooLongIsNone(t *testing.T) {
	for _, n := range []int{store.MaxOriginID, store.MaxOriginID + 1} {
		f := newFixture(t, Options{})
		from := new(mailbox)
		me := f.bind(orchard, from, -1)
		origin := strings.Repeat("x", n)
		text := strings.Replace(chat, "<body>", "<origin-id xmlns='urn:xmpp:sid:0' id='"+origin+"'/><body>", 1)
		for range 2 {
			f.Message(f.sender(me), stanzaOf(t, text), balcony.Bare())
		}
		f.committed()
		want := uint64(1)
		if n > store.MaxOriginID {
			want = 2
		}
		if last, err := f.store.ArchiveLast(balcony); err != nil || last != want {
			t.Errorf("%d bytes: %d entries, want %d (%v)", n, last, want, err)
		}
	}
}

// TestOffTheRecord: what its sender wants in no archive is mail on both sides and nothing else (XEP-0334 §4.1), and its text goes when it has been had.
func TestOffTheRecord(t *testing.T) {
	f := newFixture(t, Options{})
	me := f.bind(orchard, new(mailbox), -1)
	for _, text := range []string{chat, strings.Replace(chat, "</message>", "<no-permanent-store xmlns='urn:xmpp:hints'/></message>", 1)} {
		if !f.Message(f.sender(me), stanzaOf(t, text), balcony.Bare()) {
			t.Fatal("not taken for commit")
		}
	}
	f.committed()
	for _, account := range []jid.JID{orchard, balcony} {
		var archived []bool
		page, err := f.store.QueryArchive(account, store.ArchiveQuery{Max: 10}, func(_ uint64, e store.Entry) bool {
			archived = append(archived, Archived(&e))
			return true
		})
		if !slices.Equal(archived, []bool{true, false}) || AllArchived(page.Flags) || err != nil {
			t.Errorf("%s: %v, all archived %v; %v", account, archived, AllArchived(page.Flags), err)
		}
		f.do(func(tx *store.Tx) error { return tx.SetCursor(account, "", 2) })
		f.swept(noon.Add(30 * day))
		err = f.store.Archive(account, 1, 1, func(_ uint64, e store.Entry) bool {
			if len(e.Stanza) > 0 {
				t.Errorf("%s: the text is still there", account)
			}
			return true
		})
		if err != nil {
			t.Error(err)
		}
	}
}
