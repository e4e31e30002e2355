package xep_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/xep"
	"github.com/godwit-im/godwit/xmpp/xmpptest"
)

// TestClientLearnsThatMessagesAreGone: who comes back after the archive has forgotten messages that he has not had is told so when he asks for what follows his last one
// (XEP-0313 §4.3.2), and where the archive begins now (§5). The ids that are left do not change.
func TestClientLearnsThatMessagesAreGone(t *testing.T) {
	w := xmpptest.New(t, xmpptest.Domain, server(xep.Config{}))
	w.Account("juliet")
	w.Account("romeo")
	juliet, romeo := w.Connect("juliet/chamber"), w.Connect("romeo/orchard")
	for _, c := range []*xmpptest.Client{juliet, romeo} {
		if err := c.Login(); err != nil {
			t.Fatal(err)
		}
	}
	said := func(c *xmpptest.Client) (out string) {
		for _, n := range c.Received() {
			out += n.String()
		}
		return out
	}
	juliet.Send("<presence/>")
	var ids []string
	for i := range 4 {
		romeo.Send(fmt.Sprintf("<message to='juliet@example.org' type='chat'><body>%d</body></message>", i))
		ids = append(ids, regexp.MustCompile(`<stanza-id [^>]*\bid='([^']*)'`).FindStringSubmatch(said(juliet))[1])
	}
	if err := w.Store().Do(t.Context(), func(tx *store.Tx) error {
		_, err := tx.TrimArchive(w.JID("juliet"), 3, 10)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"<item-not-found ", "<item-not-found ", "<body>3</body>", "complete='true'"} {
		juliet.Send(fmt.Sprintf("<iq type='set' id='1'><query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'><after>%s</after></set></query></iq>", ids[i]))
		if out := said(juliet); !strings.Contains(out, want) {
			t.Errorf("after %d: %s", i, out)
		}
	}
	juliet.Send("<iq type='get' id='2'><metadata xmlns='urn:xmpp:mam:2'/></iq>")
	if out := said(juliet); !strings.Contains(out, "<start id='"+ids[2]+"'") || !strings.Contains(out, "<end id='"+ids[3]+"'") {
		t.Errorf("%s, of %q", out, ids)
	}
}
