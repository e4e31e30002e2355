package client

import (
	"fmt"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// archiveRig is a rig whose application notes what it is given.
type archiveRig struct {
	*rig
	got []string
}

func (r *archiveRig) Stanza(e codec.Element) {
	r.got = append(r.got, string(e.Child(atom.NSClient, atom.Body).Text()))
}

// query is the id of the query under way.
func (r *archiveRig) query() string { return r.m.archive.id }

func (r *archiveRig) live(id int) {
	r.hear(fmt.Appendf(nil, `<message><body>live %d</body><stanza-id xmlns='urn:xmpp:sid:0' by='juliet@example.com' id='%[1]d'/></message>`, id))
}

func (r *archiveRig) result(id int) {
	r.hear(fmt.Appendf(nil, `<message><result xmlns='urn:xmpp:mam:2' id='%d' queryid='%s'/></message>`, id, r.query()))
}

func (r *archiveRig) fin(last string, complete bool) {
	r.hear(fmt.Appendf(nil, `<iq type='result' id='%s'><fin xmlns='urn:xmpp:mam:2' complete='%t'><set xmlns='http://jabber.org/protocol/rsm'><last>%s</last></set></fin></iq>`,
		r.query(), complete, last))
}

func newArchiveRig(t *testing.T) *archiveRig {
	r := new(archiveRig)
	r.rig = newRig(t, Config{AckEvery: 1 << 30}, nil)
	r.m.app, r.m.cfg.Archive, r.m.archive = r, &Place{ID: "0"}, new(archive)
	r.reset()
	r.m.beginArchive(r.now, &r.out)
	return r
}

func (r *archiveRig) Handled(n uint32) uint32 { return n }

// TestHeldMessages: more live messages than are held back are read from the archive, and nothing is twice or missing.
func TestHeldMessages(t *testing.T) {
	for _, last := range []string{"0", ""} {
		testHeldMessages(t, 0, last)
		testHeldMessages(t, 1, last)
	}
}

func testHeldMessages(t *testing.T, more int, last string) {
	r := newArchiveRig(t)
	n := maxHeld + more
	for i := range n {
		r.live(i + 1)
	}
	r.fin(last, true)
	if more > 0 {
		if len(r.got) != 0 || !r.m.archive.behind || !strings.Contains(string(r.out.Buf), "<after>0</after>") {
			t.Fatalf("what is not held is not asked for: %s", r.out.Buf)
		}
		for i := range n {
			r.result(i + 1)
		}
		r.fin(fmt.Sprint(n), true)
	}
	if len(r.got) != n || r.m.archive.behind {
		t.Errorf("%d of %d messages", len(r.got), n)
	}
	r.live(n)
	r.live(n + 1)
	if len(r.got) != n+1 {
		t.Errorf("%d messages, want %d", len(r.got), n+1)
	}
}

// TestSeenIsBounded: an id is forgotten when as many others have come.
func TestSeenIsBounded(t *testing.T) {
	var s seen
	for i := range remembered + 1 {
		if s.again(fmt.Sprint(i)) {
			t.Fatalf("%d is new", i)
		}
	}
	if s.again("0") || !s.again(fmt.Sprint(remembered)) || len(s.ids) != remembered {
		t.Error("the oldest is not what was forgotten")
	}
}
