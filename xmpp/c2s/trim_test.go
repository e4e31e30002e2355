package c2s_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/c2s"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/im"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
)

// afterPage is an IM in which something happens when the first page of a session at a resource was read.
type afterPage struct {
	host.IM
	resource string
	then     func()
}

func (p *afterPage) Page(s *router.Session, after uint64) (host.Page, error) {
	page, err := p.IM.Page(s, after)
	if s.JID.Resource() == p.resource && p.then != nil {
		then := p.then
		p.then = nil
		then()
	}
	return page, err
}

var bodyForm = regexp.MustCompile(`<body>(\d+)</body>`)

// told returns the texts of the messages in out.
func told(out string) string {
	var all []string
	for _, m := range bodyForm.FindAllStringSubmatch(out, -1) {
		all = append(all, m[1])
	}
	return strings.Join(all, " ")
}

// crowded is a world where alice's client a has got eight messages and acked none, and what goes past half of that is deleted once all have had it. When b, which has no
// device either, has read its first two, a acks all, and what may be deleted is.
func crowded(t *testing.T) (w *world, b *end) {
	t.Helper()
	const messages = 8
	measure := newWorld(t)
	bob := measure.join(t, "bob@localhost/b", codec.XML)
	for i := range messages {
		bob.feed(message("alice@localhost", fmt.Sprint(i+1)))
	}
	must(t, measure.host.Store.Do(t.Context(), func(*store.Tx) error { return nil }))
	alice := jid.MustParse("alice@localhost")
	bounds, err := measure.host.Store.ArchiveBounds(alice)
	must(t, err)

	w, archives := newWorldWith(t, im.Options{PageSize: 2, ArchiveBytes: int(bounds.Bytes / 2)}, store.Options{})
	w.srv.Streams = c2s.NewStreams(c2s.StreamsConfig{})
	a := w.join(t, "alice@localhost/a", codec.XML)
	a.deliver() // its presence
	a.feedAll(enable)
	bob = w.join(t, "bob@localhost/b", codec.XML)
	for i := range messages {
		bob.feed(message("alice@localhost", fmt.Sprint(i+1)))
		a.deliver()
	}
	flush := func() { must(t, w.host.Store.Do(t.Context(), func(*store.Tx) error { return nil })) }
	w.host.IM = &afterPage{IM: archives, resource: "b", then: func() {
		a.feedAll(fmt.Sprintf("<a xmlns='urn:xmpp:sm:3' h='%d'/>", messages))
		flush()
		if c, err := w.host.Store.Cursor(alice, ""); c != messages || err != nil {
			t.Errorf("the cursor is %d, %v", c, err)
		}
		must(t, archives.Sweep(t.Context(), now))
	}}
	b = w.login(t, "alice@localhost")
	b.feedAll("<iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>b</resource></bind></iq>")
	return w, b
}

// TestNothingIsDeletedThatAStreamBeginsToRead: the cursor that it began at is moved past it by another session, and before the stream has its second page the oldest messages go.
func TestNothingIsDeletedThatAStreamBeginsToRead(t *testing.T) {
	_, b := crowded(t)
	if got := told(b.feedAll(enableResume, "<presence/>")); got != "1 2 3 4 5 6 7 8" {
		t.Errorf("got %s", got)
	}
}

// TestASessionWithAGapEnds: a session without a stream has no place of its own. It is told nothing behind a gap, and that it is over.
func TestASessionWithAGapEnds(t *testing.T) {
	_, b := crowded(t)
	out := b.feedAll("<presence/>")
	if got := told(out); got != "1 2" || !strings.Contains(out, "</stream:stream>") {
		t.Errorf("got %s", out)
	}
}
