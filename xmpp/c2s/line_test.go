package c2s_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// TestLineIsBounded: behind a message that cannot be sent yet, 500 stanzas wait, of 128 KiB, no more than twice what may be left unacked. One more, and a presence takes the place of the last one of its sender, a chat
// state is dropped, and anything else is sent out of turn.
func TestLineIsBounded(t *testing.T) {
	const full = "alice@localhost/a"
	frame := func(text string, key uint64, passing bool) *codec.Frame {
		var b codec.Builder
		f := codec.NewFrame()
		f.Encode(xmltext.Encoder{}, b.Start(atom.NSClient, atom.Presence).Start(atom.NSClient, atom.Status).Text(text).End().Element())
		f.Key, f.Passing = key, passing
		return f
	}
	for _, c := range []struct {
		name           string
		unacked, waits int
		bytes          int // of each
	}{{"number", 500, 500, 1}, {"number, of twice what may be left unacked", 7, 14, 1}, {"bytes", 7, 2, 60_000}} {
		for _, enabling := range []string{enable, enableResume} {
			w := resumableWorld(t)
			w.srv.MaxUnacked = c.unacked
			alice, bob := w.join(t, full, codec.XML), w.join(t, "bob@localhost/b", codec.XML)
			alice.deliver()
			bob.deliver()
			alice.feedAll(enabling)
			post := func(text string, key uint64, passing bool) string {
				w.host.Router.DeliverTo(jid.MustParse(full), frame(text+strings.Repeat("x", c.bytes), key, passing))
				return string(alice.deliver())
			}
			for range c.unacked + 1 {
				bob.feed(message("alice@localhost", "hark"))
				alice.deliver()
				bob.deliver()
			}
			for i := range c.waits {
				if out := post(fmt.Sprintf("number %d ", i), uint64(2*i+1), false); out != "" {
					t.Fatalf("%s: %d is sent at once: %.100s", c.name, i, out)
				}
			}
			if out := post("chat state", 0, true); out != "" {
				t.Errorf("%s: a chat state overtakes: %.100s", c.name, out)
			}
			if out := post("anew ", 3, false); out != "" {
				t.Errorf("%s: a presence overtakes: %.100s", c.name, out)
			}
			if out := post("request ", 0, false); !strings.Contains(out, "request ") {
				t.Errorf("%s: a request is not sent", c.name)
			}
			out := alice.feedAll(fmt.Sprintf("<a xmlns='urn:xmpp:sm:3' h='%d'/>", c.unacked))
			if n := strings.Count(out, "number "); n != c.waits-1 || strings.Contains(out, "number 1 ") || strings.Contains(out, "chat state") || strings.Count(out, "anew ") != 1 {
				t.Errorf("%s: %d, %d come of those that wait", c.name, n, strings.Count(out, "anew "))
			}
			if hark, anew := strings.Index(out, "hark"), strings.Index(out, "anew "); hark > strings.Index(out, "number 0 ") || anew < strings.LastIndex(out, "number ") {
				t.Errorf("%s: they come out of order", c.name)
			}
			if out := post("later", 0, false); !strings.Contains(out, "later") {
				t.Errorf("%s: and nothing waits any more: %.100s", c.name, out)
			}
		}
	}
}
