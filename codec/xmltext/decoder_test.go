package xmltext_test

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/xmltext"
	fuzz "github.com/godwit-im/godwit/fuzz/xmltext"
)

const header = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"

// What comes after each header in the tables below.
const opened = "open <stream:stream{http://etherx.jabber.org/streams} xmlns=\"jabber:client\" xmlns:stream=\"http://etherx.jabber.org/streams\">"

func TestSize(t *testing.T) {
	if n := unsafe.Sizeof(xmltext.Decoder{}); n != 56 {
		t.Errorf("a Decoder has %d bytes, want 56: every connection has one", n)
	}
}

func TestEvents(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"a declaration", "<?xml version='1.0'?>", ""},
		{"white space first", " \r\n\t" + header, opened},
		{"a declaration in all its parts", "<?xml\tversion = \"1.0\"\nencoding='uTf-8' standalone='no' ?>\n" + header, opened},
		{"a declaration without encoding", "<?xml version='1.1' standalone='yes'?>" + header, opened},
		{"an element", header + "<a/>", opened + "\nelement <a{jabber:client}>"},
		{"white space around elements", header + " <a></a>\n\n<b />\t", opened + "\nelement <a{jabber:client}>\nelement <b{jabber:client}>"},
		{"the end", header + "</stream:stream\n>", opened + "\nclose"},
		{"bytes after the end", header + "</stream:stream><<<\x00", opened + "\nclose"},
		{"an empty header", header[:len(header)-1] + "/>", opened + "\nclose"},
		{"an unfinished element", header + "<a><b/>", opened},
		{"an unfinished end", header + "</stream:strea", opened},
	} {
		for _, piece := range []func() int{fuzz.Whole, fuzz.ByteByByte} {
			if got := fuzz.Read([]byte(c.in), nil, piece, nil).String(); got != c.want {
				t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
			}
		}
	}
}

// step is one call of Decode and what has to come of it.
type step struct {
	in string
	n  int
	ev codec.Event
}

func TestDecodeConsumesUpToTheEvent(t *testing.T) {
	d, s := xmltext.NewDecoder(nil), new(codec.Scratch)
	for i, c := range []step{
		{"<?xml version='1.0'?> " + header + " <a/>", 22 + len(header), codec.EventOpen},
		{" <a/><b/>", 5, codec.EventElement},
		{"<b/>", 4, codec.EventElement},
		{"", 0, codec.EventNone},
		{" \n ", 3, codec.EventNone},
		{"<a", 2, codec.EventNone},
		{"/><b/>", 2, codec.EventElement},
		{"<a>" + strings.Repeat("x", 3000), 3003, codec.EventNone},
		{strings.Repeat("y", 3000) + "</a></stream:stream>", 3004, codec.EventElement},
		{"</stream:stream>more", 16, codec.EventClose},
		{"more", 4, codec.EventNone},
	} {
		n, ev, err := d.Decode([]byte(c.in), s)
		if n != c.n || ev != c.ev || err != nil {
			t.Fatalf("call %d: got %d, %v, %v; want %d, %v", i, n, ev, err, c.n, c.ev)
		}
	}
}

// The last byte of an empty header stays, so that there is a reason to call again.
func TestEmptyHeader(t *testing.T) {
	d, s := xmltext.NewDecoder(nil), new(codec.Scratch)
	empty := header[:len(header)-1] + "/"
	for i, c := range []step{
		{empty, len(empty), codec.EventNone},
		{">", 0, codec.EventOpen},
		{">", 1, codec.EventClose},
	} {
		if n, ev, err := d.Decode([]byte(c.in), s); n != c.n || ev != c.ev || err != nil {
			t.Fatalf("call %d: got %d, %v, %v; want %d, %v", i, n, ev, err, c.n, c.ev)
		}
	}
}

func TestWholeElementIsNotCopied(t *testing.T) {
	d, s := xmltext.NewDecoder(nil), new(codec.Scratch)
	in := []byte(header + "<a>text</a>")
	for p := in; len(p) > 0; {
		n, _, err := d.Decode(p, s)
		if err != nil {
			t.Fatal(err)
		}
		p = p[n:]
	}
	if &s.Tree.Src[0] != &in[len(header)] || len(s.Tree.Src) != len("<a>text</a>") || cap(s.Tree.Src) != len(s.Tree.Src) {
		t.Error("the tree does not refer to the input, and to nothing else")
	}
}

func TestErrorIsFinal(t *testing.T) {
	d, s := xmltext.NewDecoder(nil), new(codec.Scratch)
	_, _, first := d.Decode([]byte("x"), s)
	n, ev, err := d.Decode([]byte(header), s)
	if first == nil || err != first || n != 0 || ev != codec.EventNone {
		t.Errorf("after %v: %d, %v, %v", first, n, ev, err)
	}
}

func TestRestart(t *testing.T) {
	d, s := xmltext.NewDecoder(nil), new(codec.Scratch)
	expect := func(in string, want codec.Event) {
		t.Helper()
		if _, ev, err := d.Decode([]byte(in), s); ev != want || err != nil {
			t.Fatalf("%s: got %v, %v; want %v", in, ev, err, want)
		}
	}
	expect(strings.Replace(header, ">", " xmlns:p='urn:p'>", 1), codec.EventOpen)
	expect("<p:a/>", codec.EventElement)
	d.Restart()
	expect("<?xml version='1.0'?>"+header, codec.EventOpen)
	expect("<a", codec.EventNone)
	d.Restart()
	expect(header, codec.EventOpen)
	expect("</stream:stream>", codec.EventClose)
	d.Restart()
	expect(header, codec.EventOpen)
	_, _, err := d.Decode([]byte("<p:a/>"), s)
	if e, ok := err.(*codec.Error); !ok || e.Offset != int64(len(header)+len("<p:a/")) {
		t.Errorf("the prefix of an older header: %v", err)
	}
	d.Restart()
	expect(header, codec.EventOpen)
}

// Decoders that share a goroutine share a Scratch; unfinished elements of one do not disturb the others.
func TestManyDecodersOneScratch(t *testing.T) {
	s := new(codec.Scratch)
	ds := make([]*xmltext.Decoder, 10)
	got := make([]string, len(ds))
	in := header + "<a x='1'>text &amp; more<b/></a><c/></stream:stream>"
	for i := range ds {
		ds[i] = xmltext.NewDecoder(nil)
	}
	for k := range len(in) {
		for i, d := range ds {
			for p := []byte(in[k : k+1]); len(p) > 0; {
				n, ev, err := d.Decode(p, s)
				if err != nil {
					t.Fatal(err)
				}
				if ev == codec.EventElement {
					got[i] += fuzz.Describe(s.Tree.Root())
				}
				p = p[n:]
			}
		}
	}
	for i := range ds {
		if want := `<a{jabber:client} x="1" "text & more"<b{jabber:client}>><c{jabber:client}>`; got[i] != want {
			t.Errorf("decoder %d: got %s, want %s", i, got[i], want)
		}
	}
}

func TestCloseInsideAnElement(t *testing.T) {
	for range 100 {
		d := xmltext.NewDecoder(nil)
		if _, _, err := d.Decode([]byte(header+"<a xmlns:p='urn:p'><p:b>"), new(codec.Scratch)); err != nil {
			t.Fatal(err)
		}
		d.Close()
		d.Close()
	}
	// What those had bound is forgotten.
	o := fuzz.Read([]byte(header+"<a><p:b/></a>"), nil, fuzz.Whole, nil)
	if o.Verdict() != "stream-error:not-well-formed" {
		t.Error(o)
	}
}
