package compact_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/compact"
)

// TestStampedFrame adds children to an encoded stanza: the frame, and the stored form that its parts make, hold them.
func TestStampedFrame(t *testing.T) {
	for _, c := range []struct{ stanza, want string }{
		{"<message id='1'/>", "<message id='1'>STAMPS</message>"},
		{"<message>text</message>", "<message>textSTAMPS</message>"},
		{"<message><body>hi</body></message>", "<message><body>hi</body>STAMPS</message>"},
		{"<message><body>" + strings.Repeat("long", 5000) + "</body></message>", "<message><body>" + strings.Repeat("long", 5000) + "</body>STAMPS</message>"},
	} {
		const stamps = "<stanza-id xmlns='urn:xmpp:sid:0' id='7' by='a@b'/><delay xmlns='urn:xmpp:delay' stamp='2026-11-21T12:00:00Z'>late</delay>"
		want := parseXML(t, []byte(strings.Replace(c.want, "STAMPS", stamps, 1)))
		f := codec.NewFrame()
		f.Encode(compact.Encoder{}, parseXML(t, []byte(c.stanza)).Root())
		var b codec.Builder
		f.Stamp(compact.Encoder{}, b.Start(atom.NSStanzaID, atom.StanzaID).Attr(atom.ID, "7").Attr(atom.By, "a@b").Element())
		f.Stamp(compact.Encoder{}, b.Start(atom.NSDelay, atom.Delay).Attr(atom.Stamp, "2026-11-21T12:00:00Z").Text("late").Element())

		head, stamp, tail := f.Parts(codec.Compact)
		rest := bytes.Join([][]byte{head, stamp, tail}, nil)
		var got codec.Tree
		if err := compact.Parse(rest, &got, nil); err != nil {
			t.Fatal(err)
		}
		if d := difference(want, &got); d != "" {
			t.Errorf("%.40s: stored: %s", c.stanza, d)
		}
		item := compact.Encoder{}.AppendFrame([]byte("x"), f)[1:]
		if stored := compact.AppendStored(nil, rest); !bytes.Equal(stored, item) {
			t.Errorf("%.40s: AppendStored and AppendFrame differ", c.stanza)
		}
		stream := append(compact.Encoder{}.AppendOpen(nil, openHeader(&b)), item...)
		feed(t, stream, len(stream), func(got *codec.Tree) {
			if d := difference(want, got); d != "" {
				t.Errorf("%.40s: as an item: %s", c.stanza, d)
			}
		})
		f.Release()
	}
}

// TestItemLengths encodes elements around the sizes where their length gets another byte.
func TestItemLengths(t *testing.T) {
	limits := codec.Limits{}
	for _, body := range []int{0, 1, 127, 128, 129, 16_383, 16_384, 16_385, 2_097_151, 2_097_152} {
		text := strings.Repeat("x", max(1, body-10))
		for len(stored(t, "<a>"+text+"</a>")) < body {
			text += "x"
		}
		tree := parseXML(t, []byte("<a>"+text+"</a>"))
		want, _ := compact.Encoder{}.AppendSplit(nil, tree.Root())
		item := compact.Encoder{}.AppendElement([]byte("before"), tree.Root())
		if !bytes.Equal(item, compact.AppendStored([]byte("before"), want)) {
			t.Errorf("%d bytes: the item is not the length and the stored form", len(want))
		}
		d := compact.NewDecoder(&limits)
		var s codec.Scratch
		item = append([]byte(itemOpen), item[len("before"):]...)
		n, _, _ := d.Decode(item, &s)
		if n, ev, err := d.Decode(item[n:], &s); n != len(item)-len(itemOpen) || ev != codec.EventElement || err != nil {
			t.Errorf("%d bytes: Decode = %d, %d, %v", len(want), n, ev, err)
		}
	}
}

// TestRescoped: between a server's stream and a client's the content namespace follows the stream, and no other does.
func TestRescoped(t *testing.T) {
	for _, c := range []struct{ in, out string }{
		{"<message xmlns='jabber:server'><body>a</body></message>", "<message xmlns='jabber:client'><body>a</body></message>"},
		{"<message><body xmlns='jabber:server'/></message>", "<message><body xmlns='jabber:client'/></message>"},
		{"<message><x xmlns='urn:x'><message xmlns='jabber:server'/></x></message>", "<message><x xmlns='urn:x'><message xmlns='jabber:server'/></x></message>"},
		{"<s:message xmlns:s='jabber:server'/>", "<s:message xmlns:s='jabber:server'/>"},
	} {
		var got codec.Tree
		if err := compact.Parse(stored(t, c.in), &got, nil); err != nil {
			t.Fatal(err)
		}
		if d := difference(parseXML(t, []byte(c.out)), &got); d != "" {
			t.Errorf("%s became %s", c.in, toXML(&got))
		}
	}
}
