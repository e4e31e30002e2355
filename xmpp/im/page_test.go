package im

import (
	"fmt"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
)

// append puts n messages into romeo's archive.
func (f *fixture) append(n int) {
	f.t.Helper()
	f.do(func(tx *store.Tx) error {
		for range n {
			if _, _, err := tx.Append(f.entry("romeo@example.org", false)); err != nil {
				return err
			}
		}
		return nil
	})
}

// entry is a message in romeo's archive, from or to juliet.
func (f *fixture) entry(to string, outgoing bool) store.Entry {
	e := stanzaOf(f.t, "<message from='juliet@example.org/balcony' to='"+to+"' type='chat'><body>hark</body></message>")
	stored, _ := f.router.Encoders[codec.Compact].AppendSplit(nil, e)
	entry := store.Entry{Account: orchard.Bare(), With: balcony, From: balcony, Time: noon, Stanza: stored, Outgoing: outgoing}
	if strings.Contains(to, "/") {
		entry.Flags = toResource
	}
	return entry
}

// moved waits until no cursor of s is on its way.
func (f *fixture) moved(s *router.Session) {
	for {
		f.committed()
		f.moves.mu.Lock()
		_, busy := f.moves.inFlight[s]
		f.moves.mu.Unlock()
		if !busy {
			return
		}
	}
}

func (f *fixture) page(s *router.Session, after uint64) host.Page {
	f.t.Helper()
	if after == 0 {
		after = host.FromCursor
	}
	p, err := f.Page(s, after)
	if err != nil {
		f.t.Fatal(err)
	}
	return p
}

// seqs returns the places of a page's frames, and releases them.
func seqs(p host.Page) string {
	var ids []uint64
	for _, f := range p.Frames {
		ids = append(ids, f.ID)
		f.Release()
	}
	return fmt.Sprint(ids, p.Last, p.More)
}

func TestPageHoldsWhatIsForTheSession(t *testing.T) {
	f := newFixture(t, Options{PageSize: 4})
	box := new(mailbox)
	me := f.bind(orchard, box, 0)
	garden := jid.MustParse("romeo@example.org/garden")
	f.bind(garden, box, 0)
	for _, e := range []store.Entry{
		f.entry("romeo@example.org", false),
		f.entry("juliet@example.org", true),               // outgoing
		f.entry("romeo@example.org/orchard", false),       // own
		f.entry("romeo@example.org/garden", false),        // of another that is there
		f.entry("romeo@example.org/nowhere", false),       // of one that is not
		{Account: orchard.Bare(), Stanza: []byte("junk")}, // cannot be read
		f.entry("romeo@example.org", false),
		f.entry("juliet@example.org", true),
		f.entry("romeo@example.org", false),
	} {
		e.With, e.From, e.Time = balcony, balcony, noon
		f.do(func(tx *store.Tx) error { _, _, err := tx.Append(e); return err })
	}
	steps := []struct {
		after uint64
		want  string
	}{
		{0, "[1 3 5 7] 7 true"}, // full: the next page begins behind the last one taken
		{7, "[9] 9 false"},
		{9, "[] 9 false"},
		{5, "[7 9] 9 false"},
	}
	for _, s := range steps {
		if got := seqs(f.page(me, s.after)); got != s.want {
			t.Errorf("after %d: %s, want %s", s.after, got, s.want)
		}
	}
}

func TestPageOfSkippedEntriesEnds(t *testing.T) {
	for _, n := range []int{9, 10, 11} { // the limit, and one past it
		f := newFixture(t, Options{MaxScanEntries: 10})
		me := f.bind(orchard, new(mailbox), 0)
		f.do(func(tx *store.Tx) error {
			for range n {
				if _, _, err := tx.Append(f.entry("juliet@example.org", true)); err != nil {
					return err
				}
			}
			return nil
		})
		want := fmt.Sprint("[] ", min(n, 10), " ", n > 10)
		if got := seqs(f.page(me, 0)); got != want {
			t.Errorf("%d entries: %s, want %s", n, got, want)
		}
	}
}

// TestPageOfLargeSkippedEntriesEnds: what is large counts for more, though the page has none of it.
func TestPageOfLargeSkippedEntriesEnds(t *testing.T) {
	for _, c := range []struct {
		bytes, last int
	}{{store.ScanUnit - 1, 10}, {store.ScanUnit, 5}, {20 * store.ScanUnit, 1}} {
		f := newFixture(t, Options{MaxScanEntries: 10})
		me := f.bind(orchard, new(mailbox), 0)
		f.do(func(tx *store.Tx) error {
			for range 11 {
				e := f.entry("juliet@example.org", true)
				e.Stanza = make([]byte, c.bytes)
				if _, _, err := tx.Append(e); err != nil {
					return err
				}
			}
			return nil
		})
		if got, want := seqs(f.page(me, 0)), fmt.Sprint("[] ", c.last, " true"); got != want {
			t.Errorf("entries of %d bytes: %s, want %s", c.bytes, got, want)
		}
	}
}

func TestPageBeginsAtTheCursor(t *testing.T) {
	f := newFixture(t, Options{})
	f.append(6)
	f.do(func(tx *store.Tx) error {
		if err := tx.SetCursor(orchard, "", 2); err != nil {
			return err
		}
		if err := tx.SetCursor(orchard, "new", 0); err != nil {
			return err
		}
		return tx.SetCursor(orchard, "phone", 4)
	})
	for _, s := range []struct {
		device string
		after  uint64
		want   string
	}{
		{"", 0, "[3 4 5 6] 6 false"},
		{"phone", 0, "[5 6] 6 false"},
		{"new", 0, "[1 2 3 4 5 6] 6 false"}, // a cursor at 0 is one
		{"phone", 3, "[4 5 6] 6 false"},     // in the middle of its reading another session may have moved the cursor
		{"phone", 5, "[6] 6 false"},
	} {
		me := &router.Session{JID: orchard, Mailbox: new(mailbox), Device: s.device}
		if got := seqs(f.page(me, s.after)); got != s.want {
			t.Errorf("device %q after %d: %s, want %s", s.device, s.after, got, s.want)
		}
	}
}

// TestPageIsBoundedByBytes keeps one page from filling a connection's output.
func TestPageIsBoundedByBytes(t *testing.T) {
	f := newFixture(t, Options{PageBytes: 1})
	f.append(3)
	me := &router.Session{JID: orchard, Mailbox: new(mailbox)}
	for after, want := range []string{"[1] 1 true", "[2] 2 true", "[3] 3 false"} {
		if got := seqs(f.page(me, uint64(after))); got != want {
			t.Errorf("after %d: %s, want %s", after, got, want)
		}
	}
}

func TestPageIsInTheSessionsEncoding(t *testing.T) {
	f := newFixture(t, Options{})
	f.append(1)
	for _, enc := range f.router.Encoders {
		me := &router.Session{JID: orchard, Mailbox: new(mailbox), Encoding: enc.Encoding()}
		p := f.page(me, 0)
		frame := p.Frames[0]
		for _, other := range f.router.Encoders {
			if frame.Has(other.Encoding()) != (other == enc) {
				t.Errorf("encoding %v in a page for %v: %v", other.Encoding(), enc.Encoding(), frame.Has(other.Encoding()))
			}
		}
		if enc.Encoding() == codec.XML {
			got := string(xmltext.Encoder{}.AppendFrame(nil, frame))
			want := "<message from='juliet@example.org/balcony' to='romeo@example.org' type='chat'><body>hark</body>" +
				"<stanza-id xmlns='urn:xmpp:sid:0' by='romeo@example.org' id='" + f.archiveID(orchard, 1) + "'/>" +
				"<delay xmlns='urn:xmpp:delay' from='example.org' stamp='2026-11-21T12:00:00.000Z'/></message>"
			if got != want {
				t.Errorf("got\n%s, want\n%s", got, want)
			}
		}
		frame.Release()
	}
}

// TestPageHasNoHole: the first page of a session begins where the archive does, and no other one behind what was deleted.
func TestPageHasNoHole(t *testing.T) {
	f := newFixture(t, Options{})
	f.append(6)
	trim := func(last uint64) {
		f.do(func(tx *store.Tx) error { _, err := tx.TrimArchive(orchard, last+1, 100); return err })
	}
	me := &router.Session{JID: orchard, Mailbox: new(mailbox)}
	trim(4)
	p := f.page(me, 0)
	if got := seqs(p); got != "[5 6] 6 false" || p.Start != 4 {
		t.Errorf("from the cursor behind %d: %s", p.Start, got)
	}
	if p, err := f.Page(me, 3); err == nil || p.Frames != nil {
		t.Errorf("after 3: %v, %v", p, err)
	}
	if got := seqs(f.page(me, 4)); got != "[5 6] 6 false" {
		t.Errorf("after 4: %s", got)
	}
	trim(6)
	p = f.page(me, 0)
	if got := seqs(p); got != "[] 6 false" || p.Start != 6 {
		t.Errorf("of nothing, behind %d: %s", p.Start, got)
	}
	if p, err := f.Page(me, 5); err == nil {
		t.Errorf("after 5: %v", p)
	}
	f.append(1)
	if got := seqs(f.page(me, 6)); got != "[7] 7 false" {
		t.Errorf("after 6: %s", got)
	}
}
