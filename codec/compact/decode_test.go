package compact_test

import (
	"errors"
	"strings"
	"testing"
	"unsafe"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/compact"
)

// The items of a short stream.
const (
	itemOpen    = "\x04\x02\x81\x67\x67" // <stream:stream>; the prefix and the name are one word
	itemMessage = "\x04\x01\x82\x01\x00"
	itemClose   = "\x01\x03"
)

// decodeAll feeds stream in pieces of size bytes and returns the events, one letter each, and the error.
func decodeAll(limits *codec.Limits, stream string, size int) (events string, err error) {
	d := compact.NewDecoder(limits)
	defer d.Close()
	var s codec.Scratch
	for len(stream) > 0 {
		piece := []byte(stream[:min(size, len(stream))])
		stream = stream[len(piece):]
		for len(piece) > 0 {
			n, ev, err := d.Decode(piece, &s)
			if err != nil {
				return events, err
			}
			if ev == codec.EventNone && n != len(piece) {
				return events, errors.New("input is left without an event")
			}
			events += []string{"", "o", "e", "c"}[ev]
			piece = piece[n:]
		}
	}
	return events, nil
}

func TestStreams(t *testing.T) {
	for _, c := range []struct {
		name, stream, events string
		condition            atom.Atom
		offset               int64
	}{
		{"a stream", itemOpen + itemMessage + itemMessage + itemClose, "oeec", 0, 0},
		{"not ended", itemOpen + itemMessage, "oe", 0, 0},
		{"an element cut", itemOpen + itemMessage + itemMessage[:4], "oe", 0, 0},
		{"no header", itemMessage, "", atom.BadFormat, 1},
		{"the end without a header", itemClose, "", atom.BadFormat, 1},
		{"two headers", itemOpen + itemOpen, "o", atom.BadFormat, 6},
		{"bytes after the end", itemOpen + itemClose + itemMessage, "oc", atom.BadFormat, 8},
		{"an item without a kind", itemOpen + "\x00", "o", atom.BadFormat, 5},
		{"kind 0", itemOpen + "\x01\x00", "o", atom.BadFormat, 6},
		{"kind 4", itemOpen + "\x01\x04", "o", atom.BadFormat, 6},
		{"kind FF", itemOpen + "\x01\xFF", "o", atom.BadFormat, 6},
		{"an end with content", itemOpen + "\x02\x03\x00", "o", atom.BadFormat, 6},
		{"a length not in its shortest form", itemOpen + "\x84\x00" + itemMessage[1:], "o", atom.BadFormat, 5},
		{"a length of five bytes", itemOpen + "\x80\x80\x80\x80\x01", "o", atom.BadFormat, 5},
		{"a length past 16 MiB", itemOpen + "\x81\x80\x80\x08", "o", atom.PolicyViolation, 5},
		{"a header with a text", "\x08\x02\x83\x67\x67\x01\xC1a\x00", "", atom.BadFormat, 1},
		{"a header with an empty list", "\x05\x02\x83\x67\x67\x00" + itemMessage, "oe", 0, 0},
		{"an element that ends early", itemOpen + "\x03\x01\x82\x01", "o", atom.BadFormat, 9},
		{"an element with a wrong byte", itemOpen + itemMessage + "\x05\x01\x82\x01\x02\x00", "oe", atom.BadFormat, 14},
	} {
		for _, size := range []int{1, 3, 1000} {
			limits := codec.DefaultLimits
			limits.Bytes = 0
			events, err := decodeAll(&limits, c.stream, size)
			e, failed := errors.AsType[*codec.Error](err)
			if events != c.events || failed != (c.condition != 0) || failed && (e.Condition != c.condition || e.Offset != c.offset) {
				t.Errorf("%s, in pieces of %d: %q, %v; want %q, %v at %d", c.name, size, events, err, c.events, c.condition, c.offset)
			}
		}
	}
}

func TestRestart(t *testing.T) {
	d := compact.NewDecoder(nil)
	var s codec.Scratch
	for _, p := range []string{itemOpen, itemMessage, "\x04\x01"} {
		if _, _, err := d.Decode([]byte(p), &s); err != nil {
			t.Fatal(err)
		}
	}
	d.Restart()
	if _, ev, err := d.Decode([]byte(itemOpen), &s); ev != codec.EventOpen || err != nil {
		t.Errorf("after Restart a header gives %v, %v", ev, err)
	}
}

// TestContentNamespace: what an element inherits is what the header says.
func TestContentNamespace(t *testing.T) {
	for _, c := range []struct {
		ns   string
		want atom.Atom
	}{{"", atom.NSClient}, {"jabber:client", atom.NSClient}, {"jabber:server", atom.NSServer}, {"urn:other", atom.NSClient}} {
		var b codec.Builder
		b.Start(atom.NSStreams, atom.Stream)
		if c.ns != "" {
			b.Attr(atom.XMLNS, c.ns)
			nodes := b.Tree().Nodes
			nodes[len(nodes)-1].NS = atom.NSXMLNS
		}
		stream := append(compact.Encoder{}.AppendOpen(nil, b.Element()), itemMessage...)
		feed(t, stream, 1, func(tree *codec.Tree) {
			if got := tree.Root().NS(); got != c.want {
				t.Errorf("header %q: a message is in %v", c.ns, got)
			}
		})
	}
}

func TestNothingIsHeldBetweenItems(t *testing.T) {
	if size := unsafe.Sizeof(compact.Decoder{}); size > 32 {
		t.Errorf("a Decoder has %d bytes", size)
	}
}

// stored makes the stored form of XML.
func stored(t testing.TB, xml string) []byte {
	b, _ := compact.Encoder{}.AppendSplit(nil, parseXML(t, []byte(xml)).Root())
	return b
}

func TestLimits(t *testing.T) {
	attributes := func(n int) string {
		var b strings.Builder
		b.WriteString("<a")
		for i := range n {
			b.WriteString(" a" + strings.Repeat("x", i) + "='1'")
		}
		return b.String() + "/>"
	}
	for _, c := range []struct {
		name     string
		limits   codec.Limits
		at, past string
	}{
		{"depth", codec.Limits{Depth: 3}, "<a><b><c/></b></a>", "<a><b><c><d/></c></b></a>"},
		{"depth of texts", codec.Limits{Depth: 2}, "<a><b>text</b></a>", "<a><b><c>text</c></b></a>"},
		{"attributes", codec.Limits{Attributes: 14}, attributes(14), attributes(15)},
		{"many attributes", codec.Limits{Attributes: 20}, attributes(20), attributes(21)},
		{"elements", codec.Limits{Elements: 3}, "<a><b/><c/></a>", "<a><b/><c/><d/></a>"},
		{"namespaces", codec.Limits{Namespaces: 2}, "<a xmlns:x='1'><b xmlns='2'/><b xmlns='3'/></a>", "<a xmlns:x='1'><b xmlns='2'><b xmlns='3'/></b></a>"},
		{"name", codec.Limits{Name: 5}, "<abcde/>", "<abcdef/>"},
		{"name with prefix", codec.Limits{Name: 8}, "<stream:x/>", "<stream:xy/>"},
		{"word as a name", codec.Limits{Name: 7}, "<message/>", "<presence/>"},
		{"attribute's name", codec.Limits{Name: 8}, "<a xml:lang='x'/>", "<a abcdefghi='x'/>"},
		{"xml:lang", codec.Limits{Name: 8}, "<a/>", "<a stream:xx='x'/>"},
		{"bytes as XML", codec.Limits{Bytes: 53}, "<a xmlns='http://jabber.org/protocol/disco#info'/>", "<a xmlns='http://jabber.org/protocol/disco#items'/>"},
		{"bytes as XML, of a text", codec.Limits{Bytes: 23}, "<a><b>composing</b></a>", "<aa><b>composing</b></aa>"},
		{"prefix of 255", codec.Limits{}, "<a xmlns:" + strings.Repeat("p", 255) + "='u'/>", ""},
	} {
		for _, xml := range []string{c.at, c.past} {
			if xml == "" {
				continue
			}
			b := stored(t, xml)
			var tree codec.Tree
			err := compact.Parse(b, &tree, &c.limits)
			e, failed := errors.AsType[*codec.Error](err)
			if want := xml == c.past; failed != want || failed && e.Condition != atom.PolicyViolation {
				t.Errorf("%s: %.60s: %v", c.name, xml, err)
			}
		}
	}
}

// TestItemLimit: an item that says it is too long is refused before it is there.
func TestItemLimit(t *testing.T) {
	limits := codec.Limits{Bytes: 100}
	if events, err := decodeAll(&limits, itemOpen+"\x64", 1); events != "o" || err != nil {
		t.Errorf("a length of 100: %q, %v", events, err)
	}
	events, err := decodeAll(&limits, itemOpen+"\x65", 1)
	if e, ok := errors.AsType[*codec.Error](err); !ok || e.Condition != atom.PolicyViolation || events != "o" {
		t.Errorf("a length of 101: %q, %v", events, err)
	}
	var tree codec.Tree
	long := stored(t, "<a>"+strings.Repeat("x", 93)+"</a>")
	if err := compact.Parse(long, &tree, &codec.Limits{Bytes: len(long)}); err != nil {
		t.Errorf("%d bytes: %v", len(long), err)
	}
	if err := compact.Parse(long, &tree, &codec.Limits{Bytes: len(long) - 1}); err == nil {
		t.Errorf("%d bytes: accepted with a limit below", len(long))
	}
}

// TestPrefixPastNode: a Node has one byte for the length of a prefix.
func TestPrefixPastNode(t *testing.T) {
	name := func(n int) string { // a literal of n > 190 bytes
		n -= 63
		return "\xFF" + string([]byte{byte(n) | 0x80, byte(n >> 7)}) + strings.Repeat("p", n+63)
	}
	for n, fails := range map[int]bool{255: false, 256: true} {
		b := "\x01\x8A\x01\x00\x0A" + "\xC1p\xC1u" + "\x89" + "\xC1p\xC1b" + "\x00" + name(n) + "\xC1a" + "\xC1v" + "\x00"
		var tree codec.Tree
		err := compact.Parse([]byte(b), &tree, &codec.Limits{})
		e, failed := errors.AsType[*codec.Error](err)
		if want := map[bool]atom.Atom{true: atom.PolicyViolation, false: atom.NotWellFormed}[fails]; !failed || e.Condition != want {
			t.Errorf("a prefix of %d bytes that is not declared: %v, want %v", n, err, want)
		}
	}
}
