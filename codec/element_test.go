package codec_test

import (
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

func TestZeroElement(t *testing.T) {
	var e codec.Element
	if !e.IsZero() || e.Is(atom.Unknown, atom.Unknown) || e.Name() != atom.Unknown || e.NS() != atom.Unknown {
		t.Error("the zero Element is something")
	}
	if e.LocalName() != nil || e.Namespace() != nil || e.Prefix() != nil || e.Text() != nil || e.Lang() != nil || e.Attr(atom.ID) != nil {
		t.Error("the zero Element has something")
	}
	if !e.First().Next().Child(atom.NSClient, atom.Body).IsZero() {
		t.Error("look-ups in the zero Element find something")
	}
	for range e.Children() {
		t.Error("the zero Element has children")
	}
}

func TestNames(t *testing.T) {
	e := parse(t, "<message><p:é xmlns:p='urn:x'/><x xmlns='jabber:x:data'/><y xmlns=''/></message>")
	if !e.Is(atom.NSClient, atom.Message) || e.Is(atom.NSServer, atom.Message) || e.Is(atom.NSClient, atom.IQ) {
		t.Error("Is is wrong about the message")
	}
	for _, c := range []struct {
		e                   codec.Element
		prefix, local, name string
		ns                  atom.Atom
	}{
		{e.First(), "p", "é", "urn:x", atom.Unknown},
		{e.First().Next(), "", "x", "jabber:x:data", atom.NSData},
		{e.First().Next().Next(), "", "y", "", atom.Unknown},
	} {
		if string(c.e.Prefix()) != c.prefix || string(c.e.LocalName()) != c.local || string(c.e.Namespace()) != c.name || c.e.NS() != c.ns {
			t.Errorf("got %s:%s in %s (%v), want %+v", c.e.Prefix(), c.e.LocalName(), c.e.Namespace(), c.e.NS(), c)
		}
	}
}

func TestAttributes(t *testing.T) {
	e := parse(t, "<a xmlns:p='urn:p' xmlns:q='jabber:client' p:id='p' q:id='q' xml:lang='en' unknown='u' id='1' to=''/>")
	for _, c := range []struct {
		ns, name atom.Atom
		want     string
	}{
		{atom.Unknown, atom.ID, "1"}, {atom.NSClient, atom.ID, "q"}, {atom.NSXML, atom.Lang, "en"}, {atom.Unknown, atom.To, ""},
	} {
		if got := e.AttrNS(c.ns, c.name); got == nil || string(got) != c.want {
			t.Errorf("attribute %v %v: got %q, want %q", c.ns, c.name, got, c.want)
		}
	}
	if string(e.Attr(atom.ID)) != "1" || string(e.Lang()) != "en" {
		t.Error("Attr or Lang")
	}
	for _, name := range []atom.Atom{atom.From, atom.Lang, atom.XMLNS, atom.Unknown} {
		if got := e.Attr(name); got != nil {
			t.Errorf("attribute %v: got %q, want none", name, got)
		}
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"<a/>", ""}, {"<a><b>x</b></a>", ""}, {"<a id='1'>x&amp;y</a>", "x&y"}, {"<a>x<b>no</b>y<c/>z</a>", "xyz"},
	} {
		e := parse(t, c.in)
		if got := string(e.Text()); got != c.want {
			t.Errorf("%s: got %q, want %q", c.in, got, c.want)
		}
		if got := string(e.Text()); got != c.want {
			t.Errorf("%s: the second time %q, want %q", c.in, got, c.want)
		}
	}
}

func TestChildren(t *testing.T) {
	e := parse(t, "<a id='1'>text<b/>more<c><b xmlns='urn:x'><d/></b></c><b id='2'/></a>")
	var names strings.Builder
	for c := range e.Children() {
		names.Write(c.LocalName())
		for range c.Children() {
			names.WriteByte('+')
		}
	}
	if names.String() != "bc+b" {
		t.Errorf("children: %s", &names)
	}
	for c := range e.Children() {
		if string(c.LocalName()) == "b" {
			break // stops the iterator
		}
		t.Error("the first child is not b")
	}
	last := e.First().Next().Next()
	if string(last.Attr(atom.ID)) != "2" || !last.Next().IsZero() || !last.First().IsZero() || !e.Next().IsZero() {
		t.Error("the walk does not end where it should")
	}
	inner := e.First().Next().First()
	if string(inner.LocalName()) != "b" || !inner.Next().IsZero() {
		t.Error("an only child has a sibling")
	}
	m := parse(t, "<message><body/><x xmlns='jabber:x:data'/><body xml:lang='de'/></message>")
	if c := m.Child(atom.NSClient, atom.Body); c.IsZero() || c.Lang() != nil {
		t.Error("Child does not give the first")
	}
	if !m.Child(atom.NSClient, atom.X).IsZero() || m.Child(atom.NSData, atom.X).IsZero() {
		t.Error("Child does not look at the namespace")
	}
}

func TestEqual(t *testing.T) {
	const a = "<a xmlns:p='urn:p' b='1' p:c='2'>x<p:d/>y</a>"
	for _, c := range []struct {
		in   string
		want bool
	}{
		{a, true},
		{"<a q:c='2' b='1' xmlns:q='urn:p'>x<d xmlns='urn:p'/>y</a>", true},
		{"<a xmlns='jabber:client' xmlns:p='urn:p' p:c='2' b='1'><![CDATA[x]]><p:d></p:d>&#121;</a>", true},
		{"<a xmlns:p='urn:p' b='1' p:c='2'>x<p:d/>z</a>", false},
		{"<a xmlns:p='urn:p' b='1' p:c='2'>x<p:d/></a>", false},
		{"<a xmlns:p='urn:p' b='1' p:c='2'>x<p:d/>y<e/></a>", false},
		{"<a xmlns:p='urn:p' b='1' p:c='2'>x<p:d>t</p:d>y</a>", false},
		{"<a xmlns:p='urn:p' b='1' p:c='2'><p:d/>y</a>", false},
		{"<a xmlns:p='urn:p' b='1' p:c='3'>x<p:d/>y</a>", false},
		{"<a xmlns:p='urn:p' b='1' c='2'>x<p:d/>y</a>", false},
		{"<a xmlns:p='urn:p' p:c='2'>x<p:d/>y</a>", false},
		{"<a xmlns:p='urn:p' b='1' p:c='2' e=''>x<p:d/>y</a>", false},
		{"<a xmlns:p='urn:q' b='1' p:c='2'>x<p:d/>y</a>", false},
		{"<b xmlns:p='urn:p' b='1' p:c='2'>x<p:d/>y</b>", false},
		{"<a xmlns='' xmlns:p='urn:p' b='1' p:c='2'>x<p:d/>y</a>", false},
	} {
		x, y := parse(t, a), parse(t, c.in)
		if codec.Equal(x, y) != c.want || codec.Equal(y, x) != c.want {
			t.Errorf("%s: want %v", c.in, c.want)
		}
	}
	if !codec.Equal(codec.Element{}, codec.Element{}) || codec.Equal(codec.Element{}, parse(t, "<a/>")) {
		t.Error("the zero Element")
	}
}
