package xep_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/xmpp/xep"
	"github.com/godwit-im/godwit/xmpp/xmpptest"
)

func TestSearch(t *testing.T) { dialogue(t, "search") }

// TestSearchLimit is of an account that has one message looked through each second, and twenty at once.
func TestSearchLimit(t *testing.T) {
	xmpptest.RunFiles(t, "testdata/search_limits.txt", server(xep.Config{Archive: xep.ArchiveLimits{Scan: 1}}), *xep.Rewrite)
}

// TestSearchWords: a search has so many different words at most.
func TestSearchWords(t *testing.T) {
	xmpptest.RunFiles(t, "testdata/search_words.txt", server(xep.Config{Archive: xep.ArchiveLimits{Words: 2}}), *xep.Rewrite)
}

// seeker is a client of an archive.
type seeker struct{ *xmpptest.Client }

// newSeekers returns two clients of juliet, to whom romeo has sent n messages with the bodies.
func newSeekers(t *testing.T, limits xep.ArchiveLimits, n int, bodies string) (a, b seeker) {
	w := xmpptest.New(t, xmpptest.Domain, server(xep.Config{Archive: limits}))
	w.Account("juliet")
	w.Account("romeo")
	a, b = seeker{w.Connect("juliet/chamber")}, seeker{w.Connect("juliet/balcony")}
	romeo := w.Connect("romeo/orchard")
	for _, c := range []*xmpptest.Client{a.Client, b.Client, romeo} {
		if err := c.Login(); err != nil {
			t.Fatal(err)
		}
	}
	for range n {
		romeo.Send("<message to='juliet@example.org' type='chat'>" + bodies + "</message>")
	}
	return a, b
}

// ask sends a query for the messages with the words, all when there are none.
func (s seeker) ask(words, set string) {
	s.Received()
	form := ""
	if words != "" {
		form = "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field>" +
			"<field var='{urn:xmpp:fulltext:0}fulltext'><value>" + words + "</value></field></x>"
	}
	s.Send("<iq type='set' id='1'><query xmlns='urn:xmpp:mam:2'>" + form + "<set xmlns='http://jabber.org/protocol/rsm'>" + set + "</set></query></iq>")
}

func (s seeker) heard() (out string) {
	for _, n := range s.Received() {
		out += n.String()
	}
	return out
}

// TestSearchPaysForItsText: what a search does with the text counts, not the number of messages alone.
func TestSearchPaysForItsText(t *testing.T) {
	s, _ := newSeekers(t, xep.ArchiveLimits{Scan: 1}, 2, "<body>"+strings.Repeat("a ", 2<<10)+"</body>")
	for i, want := range []string{"<fin ", "<fin ", "too much was looked through"} { // eleven each, and twenty are allowed
		s.ask("a z", "")
		if out := s.heard(); !strings.Contains(out, want) {
			t.Errorf("search %d: %s", i, out)
		}
	}
	s, _ = newSeekers(t, xep.ArchiveLimits{Scan: 1}, 3, "<body>"+strings.Repeat("a ", 4<<10)+"</body>")
	s.ask("a z", "")
	if out := s.heard(); !strings.Contains(out, "too much to look through") {
		t.Errorf("a search goes on: %s", out)
	}
}

// TestSearchesThatWait: they do not begin when those before them have used up what the account may have looked through.
func TestSearchesThatWait(t *testing.T) {
	s, other := newSeekers(t, xep.ArchiveLimits{Scan: 1}, 10, "<body>no</body>")
	for range 2 {
		s.ask("x", "")
		if out := s.heard(); !strings.Contains(out, "<fin ") {
			t.Fatal(out)
		}
	}
	s.Stall(xmpptest.JobsWait)
	s.ask("x", "")
	other.ask("x", "")
	if out := other.heard(); !strings.Contains(out, "<fin ") {
		t.Error(out)
	}
	s.Stall(xmpptest.NothingWaits)
	if out := s.heard(); !strings.Contains(out, "too much was looked through") {
		t.Error(out)
	}
}

// TestSearchOfManyBodies: what it copies of a message grows with the text of its bodies, not with their number too.
func TestSearchOfManyBodies(t *testing.T) {
	s, _ := newSeekers(t, xep.ArchiveLimits{}, 1, strings.Repeat("<body>"+strings.Repeat("x", 40)+"</body>", 4_000))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s.ask("x y", "")
	runtime.ReadMemStats(&after)
	if out := s.heard(); !strings.Contains(out, "<fin ") {
		t.Error(out)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 20<<20 {
		t.Errorf("%d bytes for one message", n)
	}
}

// TestWhatSearches: what looks at one message alone waits for no searches.
func TestWhatSearches(t *testing.T) {
	s, _ := newSeekers(t, xep.ArchiveLimits{}, 1, "<body>yes</body>")
	for _, q := range []struct {
		words, set string
		want       bool
	}{{"", "", false}, {"", "<max>0</max>", false}, {"yes", "<max>0</max>", true}, {"yes", "", true}} {
		s.Stall(xmpptest.JobsWait)
		s.ask(q.words, q.set)
		if got := s.Searching(); got != q.want {
			t.Errorf("%q, %q: searching %v, want %v", q.words, q.set, got, q.want)
		}
		s.Stall(xmpptest.NothingWaits)
	}
}
