package hostile

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/fuzz/corpus"
)

// onTheLink says the same over the link: what XML accepts goes through it, and what is hostile in compact items is refused.
func onTheLink(t *testing.T, w *world) {
	t.Run("accepted", func(t *testing.T) { roundTrips(t, w) })
	t.Run("items", func(t *testing.T) { hostileItems(t, w) })
	t.Run("frames", func(t *testing.T) { hostileFrames(t, w) })
	t.Run("handshakes", func(t *testing.T) { hostileHandshakes(t, w) })
}

// roundTrips sends the messages that XML accepts over the link, and compares what arrives.
func roundTrips(t *testing.T, w *world) {
	together(corpus.Hostile(), func(c corpus.HostileCase) {
		sent := messages(c.Data)
		if c.PayloadAt == 0 || c.Expect != "accept" || c.End != "closed" || len(sent) == 0 {
			return
		}
		if err := w.roundTrip(sent); err != nil {
			t.Errorf("%s: %v", c.File, err)
		}
	})
}

// messages returns the messages to the sink in a stream, in compact items and as infosets.
func messages(stream []byte) (all []message) {
	d := xmltext.NewDecoder(&codec.DefaultLimits)
	defer d.Close()
	var s codec.Scratch
	for len(stream) > 0 {
		n, event, err := d.Decode(stream, &s)
		if err != nil {
			return nil
		}
		if e := s.Tree.Root(); event == codec.EventElement && e.Name() == atom.Message && string(e.Attr(atom.To)) == "a@localhost" {
			all = append(all, message{compactCoding.AppendElement(nil, e), infoset(e)})
		}
		stream = stream[n:]
	}
	return all
}

type message struct {
	item    []byte
	infoset string
}

// infoset is a message without what a server adds or changes.
func infoset(e codec.Element) string {
	e = codec.RemoveAttr(codec.RemoveAttr(e, atom.To), atom.From)
	if id := e.Child(atom.NSStanzaID, atom.StanzaID); !id.IsZero() {
		codec.Remove(id)
	}
	return string(xmltext.Encoder{}.AppendElement(nil, e))
}

func (w *world) roundTrip(sent []message) error {
	p, err := w.attacker(linked)
	if err != nil {
		return err
	}
	defer p.close()
	for _, m := range sent {
		if err := p.write(m.item); err != nil {
			return err
		}
	}
	if _, err := p.usable(); err != nil {
		return err
	}
	if err := w.barrier(); err != nil {
		return err
	}
	got, err := w.sink.take(p.jid)
	if err != nil || len(got) != len(sent) {
		return fmt.Errorf("%d of %d messages arrived: %v", len(got), len(sent), err)
	}
	for i := range got {
		if in := infoset(got[i].Element()); in != sent[i].infoset {
			return fmt.Errorf("sent %s, arrived %s", sent[i].infoset, in)
		}
	}
	return nil
}

// hostileItem is bytes of the compact coding, and the stream error that they deserve.
type hostileItem struct {
	name  string
	bytes []byte
	want  string
}

// allowedContent is the content of a message that is just allowed.
type allowedContent struct {
	name    string
	content []byte
}

// hostileItems sends each item after a good message, whole and byte by byte.
func hostileItems(t *testing.T, w *world) {
	type job struct {
		hostileItem
		pieces bool
	}
	var jobs []job
	for _, i := range append(vectors(t), madeItems()...) {
		jobs = append(jobs, job{i, false}, job{i, true})
	}
	together(sample(jobs, 2), func(j job) {
		if err := w.sendItem(j.hostileItem, j.pieces); err != nil {
			t.Errorf("%s (in pieces: %v): %v", j.name, j.pieces, err)
		}
	})
	together(allowedItems(), func(c allowedContent) {
		if err := w.sendAllowed(c.content); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	})
}

func (w *world) sendItem(i hostileItem, pieces bool) error {
	p, err := w.attacker(linked)
	if err != nil {
		return err
	}
	defer p.close()
	if err := p.perform(bytes.Join([][]byte{toSink("before"), i.bytes, toSink("behind")}, nil), pieces); err != nil {
		return err
	}
	all, err := p.rest()
	if err != nil {
		return err
	}
	got, err := outcome(all, p.footer)
	if err == nil {
		err = judge(got, "stream-error:"+i.want)
	}
	if err != nil {
		return err
	}
	if err := w.barrier(); err != nil {
		return err
	}
	if got, err := w.sink.take(p.jid); err != nil || len(got) != 1 {
		return fmt.Errorf("%d messages arrived, want 1: %v", len(got), err)
	}
	return nil
}

// sendAllowed sends a message with the content to ourselves.
func (w *world) sendAllowed(content []byte) error {
	p, err := w.attacker(linked)
	if err != nil {
		return err
	}
	defer p.close()
	if err := p.write(item(form(node("message", []string{"to", p.jid, "id", "allowed"}, content)))); err != nil {
		return err
	}
	if _, err := p.expect("<message", "id='allowed'", "from='"+p.jid+"'"); err != nil {
		return err
	}
	_, err = p.usable()
	return err
}

// vectors are the forms that FORMAT.md §9 refuses, as items.
func vectors(t *testing.T) (all []hostileItem) {
	text, err := os.ReadFile("../../codec/compact/testdata/vectors.txt")
	must(t, err)
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if f[0] != "refused" {
			continue
		}
		form, err := hex.DecodeString(f[1])
		must(t, err)
		if len(form) > 0 && form[0] == 1 { // other kinds of items mean something else in a stream
			all = append(all, hostileItem{f[3], item(form), f[2]})
		}
	}
	if len(all) < 30 {
		t.Fatalf("only %d vectors", len(all))
	}
	return all
}

// madeItems are faults of whole streams, and floods one past the limit.
func madeItems() []hostileItem {
	l := codec.DefaultLimits
	return []hostileItem{
		{"an empty item", item(nil), "bad-format"},
		{"a reserved kind", item([]byte{4}), "bad-format"},
		{"kind 0", item([]byte{0}), "bad-format"},
		{"a second header", compactCoding.AppendOpen(nil, header()), "bad-format"},
		{"a length that is not the shortest", []byte{0x81, 0x00, 1}, "bad-format"},
		{"a length of five bytes", []byte{0xff, 0xff, 0xff, 0xff, 1}, "bad-format"},
		{"a length past the limit", varint(l.Bytes + 2), "policy-violation"},
		{"a length past all limits", varint(1<<24 + 1), "policy-violation"},
		{"an item longer than its element", item(append(form(node("x", nil)), 0)), "bad-format"},
		{"an item shorter than its element", item(form(node("x", nil))[:8]), "bad-format"},
		{"a surrogate", toSinkBytes(text("\xed\xa0\x80")), "unsupported-encoding"},
		{"an overlong form", toSinkBytes(text("\xc0\xbc")), "unsupported-encoding"},
		{"half a character", toSinkBytes(text("\xe2\x82")), "unsupported-encoding"},
		{"a NUL", toSinkBytes(text("a\x00b")), "not-well-formed"},
		{"U+FFFF", toSinkBytes(text("\uffff")), "not-well-formed"},
		{"an end tag as a name", toSinkBytes(node("x></message><presence", nil)), "not-well-formed"},
		{"a name with a space", toSinkBytes(node("x a='b'", nil)), "not-well-formed"},
		{"a name with a colon", toSinkBytes(node("a:b", nil)), "not-well-formed"},
		{"an attribute that ends the tag", toSinkBytes(node("x", []string{"a><y", "1"})), "not-well-formed"},
		{"an undeclared prefix", toSinkBytes(prefixed("p", "x", nil)), "not-well-formed"},
		{"the prefix xmlns", toSinkBytes(prefixed("xmlns", "x", nil)), "not-well-formed"},
		{"an attribute twice", toSinkBytes(node("x", []string{"a", "1", "a", "2"})), "not-well-formed"},
		{"a namespace twice", toSinkBytes(node("x", []string{"xmlns", "urn:1", "xmlns", "urn:2"})), "not-well-formed"},
		{"a prefix for jabber:client", item(form(node("message", []string{"to", "a@localhost"}, prefixed("c", "body", []string{"\x00xmlns:c", "jabber:client"}, text("x"))))), "bad-namespace-prefix"},
		{"another namespace", item(form(node("message", []string{"xmlns", "jabber:server", "to", "a@localhost"}, text("x")))), "invalid-namespace"},
		{"no namespace", item(form(node("message", []string{"xmlns", "", "to", "a@localhost"}, text("x")))), "invalid-namespace"},
		{"depth past the limit", toSinkBytes(nested(l.Depth)), "policy-violation"},
		{"attributes past the limit", toSinkBytes(node("x", attributes(l.Attributes+1))), "policy-violation"},
		{"elements past the limit", toSinkBytes(bytes.Repeat(node("x", nil), l.Elements)), "policy-violation"},
		{"a name past the limit", toSinkBytes(node(strings.Repeat("n", l.Name+1), nil)), "policy-violation"},
		{"words that make a small item a large stanza", toSinkBytes(bytes.Repeat(wordy(), 4000)), "policy-violation"},
	}
}

// allowedItems are what looks like a fault, and is at a limit.
func allowedItems() []allowedContent {
	l := codec.DefaultLimits
	return []allowedContent{
		{"markup as text", text("</body></message><iq type='set'/>")},
		{"depth at the limit", nested(l.Depth - 1)},
		{"attributes at the limit", node("x", attributes(l.Attributes))},
		{"elements at the limit", bytes.Repeat(node("x", nil), l.Elements-1)},
		{"a name at the limit", node(strings.Repeat("n", l.Name), nil)},
	}
}

func header() codec.Element {
	var b codec.Builder
	return b.Start(atom.NSStreams, atom.Stream).Attr(atom.To, domain).Attr(atom.Version, "1.0").Element()
}

// toSink is a message to the sink as an item.
func toSink(body string) []byte { return toSinkBytes(node("body", nil, text(body))) }

func toSinkBytes(content ...[]byte) []byte {
	return item(form(node("message", []string{"to", "a@localhost"}, content...)))
}
