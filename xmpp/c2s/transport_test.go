package c2s_test

import (
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// TestResumeByTheOtherTransport: what was sent over the one and not acked comes over the other, answers of the server included, and what came meanwhile.
func TestResumeByTheOtherTransport(t *testing.T) {
	for _, first := range []codec.Encoding{codec.XML, codec.Compact} {
		then := codec.XML + codec.Compact - first
		w := resumableWorld(t)
		alice := w.loginBy(t, "alice@localhost", first)
		alice.machine = w.srv.NewBound(w.host, jid.MustParse("alice@localhost/a"), alice, first)
		enabled := alice.said(t, alice.sends(func(b *codec.Builder) { b.Start(atom.NSSM, atom.Enable).Attr(atom.Resume, "true") }))
		id := idForm.FindStringSubmatch(enabled)[1]
		alice.sends(func(b *codec.Builder) {
			b.Start(atom.NSClient, atom.IQ).Attr(atom.ID, "own").Attr(atom.Type, "get").StartNS("urn:x", "x")
		})
		w.host.Router.DeliverTo(jid.MustParse("alice@localhost/a"), encoded("sent", alice.out.Encoder))
		alice.deliver()
		for _, job := range alice.close() {
			job()
		}
		w.host.Router.DeliverTo(jid.MustParse("alice@localhost/a"), encoded("held", alice.out.Encoder))
		again := w.loginBy(t, "alice@localhost", then)
		out := again.said(t, again.sends(func(b *codec.Builder) {
			b.Start(atom.NSSM, atom.Resume).Attr(atom.PrevID, id).AttrUint(atom.H, 0)
		}))
		w.host.Router.DeliverTo(jid.MustParse("alice@localhost/a"), encoded("late", alice.out.Encoder))
		out += again.said(t, again.deliver())
		for i, want := range []string{"id='own'", "sent", "held", "late"} {
			if strings.Count(out, want) != 1 || i > 0 && !strings.Contains(out[strings.Index(out, "id='own'"):], want) {
				t.Errorf("%d, then %d: no %s in its place: %s", first, then, want, out)
			}
		}
	}
}

// sends feeds one element, in the encoding of e.
func (e *end) sends(build func(b *codec.Builder)) []byte { return e.feed(e.encode(build)) }

// said returns what was written, as XML.
func (e *end) said(t testing.TB, out []byte) (text string) {
	t.Helper()
	d := codec.Decoder(xmltext.NewDecoder(&codec.DefaultLimits))
	if e.out.Encoder.Encoding() == codec.Compact {
		d = compact.NewDecoder(&codec.DefaultLimits)
	}
	var header codec.Builder
	p := append(e.out.Encoder.AppendOpen(nil, header.Start(atom.NSStreams, atom.Stream).Element()), out...)
	for s := new(codec.Scratch); len(p) > 0; {
		n, event, err := d.Decode(p, s)
		must(t, err)
		if p = p[n:]; event == codec.EventElement {
			text += string(xmltext.Encoder{}.AppendElement(nil, s.Tree.Root()))
		}
	}
	return text
}
