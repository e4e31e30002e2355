package codec_test

import (
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

func TestBuilder(t *testing.T) {
	for _, c := range []struct {
		want  string
		build func(b *codec.Builder)
	}{
		{"<message to='x' id='7' xml:lang='en'><body>a&lt;b</body></message>", func(b *codec.Builder) {
			b.Start(atom.NSClient, atom.Message).Attr(atom.To, "x").AttrUint(atom.ID, 7).Lang("en").AttrBytes(atom.From, nil)
			b.Start(atom.NSClient, atom.Body).Text("a").TextBytes([]byte("<b")).End()
		}},
		{"<iq to=''><ping xmlns='urn:xmpp:ping'/><query xmlns='jabber:iq:roster'><item/></query></iq>", func(b *codec.Builder) {
			b.Start(atom.NSClient, atom.IQ).AttrBytes(atom.To, []byte{}).Lang("").Text("")
			b.Start(atom.NSPing, atom.Ping).End().Start(atom.NSRoster, atom.Query).Start(atom.NSRoster, atom.Item).End().End()
		}},
		{"<r xmlns='urn:xmpp:sm:3'/>", func(b *codec.Builder) { b.Start(atom.NSSM, atom.R) }},
		{"<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>", func(b *codec.Builder) {
			b.Start(atom.NSStreams, atom.Error).Start(atom.NSStreamErrors, atom.Conflict)
		}},
		{"<x xmlns='urn:x'><y xmlns='urn:x'/><message xmlns='jabber:client'/><z xmlns=''/></x>", func(b *codec.Builder) {
			b.StartNS("urn:x", "x").StartNS("urn:x", "y").End().Start(atom.NSClient, atom.Message).End().StartNS("", "z")
		}},
		{"<ping xmlns='urn:xmpp:ping'><unknown/><unknown xmlns='urn:unknown'/></ping>", func(b *codec.Builder) {
			b.StartNS("urn:xmpp:ping", "ping").StartNS("urn:xmpp:ping", "unknown").End().StartNS("urn:unknown", "unknown")
		}},
		{"<x xmlns='urn:x' noword='1' to='2' neither='&lt;'/>", func(b *codec.Builder) {
			b.StartNS("urn:x", "x").AttrNamed("noword", "1").AttrNamed("to", "2").AttrNamed("neither", "<")
		}},
		{"<body>a<x/>b<y>c</y>d</body>", func(b *codec.Builder) {
			b.Start(atom.NSClient, atom.Body).Text("a").StartNS("jabber:client", "x").End().Text("b")
			b.StartNS("jabber:client", "y").Text("c").End().Text("d")
		}},
	} {
		var b codec.Builder
		for range 2 { // the second time in the memory of the first
			c.build(&b)
			if got := whole(t, b.Element()); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		}
	}
}

// A text after a closed element is not the element's.
func TestBuilderTextAfterElement(t *testing.T) {
	var b codec.Builder
	e := b.Start(atom.NSClient, atom.Message).Start(atom.NSClient, atom.Body).Text("inner").End().Text("outer").Element()
	if got, want := whole(t, e), "<message><body>inner</body>outer</message>"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestBuilderRefusesAttributesAfterContent(t *testing.T) {
	for name, build := range map[string]func(b *codec.Builder){
		"after text":                         func(b *codec.Builder) { b.Text("x") },
		"after an element":                   func(b *codec.Builder) { b.Start(atom.NSClient, atom.Body).End() },
		"after an element with an attribute": func(b *codec.Builder) { b.Start(atom.NSClient, atom.Body).Attr(atom.ID, "1").End() },
		"after an element with text":         func(b *codec.Builder) { b.Start(atom.NSClient, atom.Body).Text("x").End() },
	} {
		t.Run(name, func(t *testing.T) {
			var b codec.Builder
			build(b.Start(atom.NSClient, atom.Message))
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			b.Attr(atom.To, "x")
		})
	}
}

func TestBuilderReset(t *testing.T) {
	var b codec.Builder
	b.Start(atom.NSClient, atom.Message).Start(atom.NSClient, atom.Body).Text("x").End()
	b.Reset()
	if !b.Tree().Root().IsZero() {
		t.Error("something is left")
	}
	if got := whole(t, b.Start(atom.NSClient, atom.IQ).Attr(atom.ID, "1").Element()); got != "<iq id='1'/>" {
		t.Error(got)
	}
	if got := b.Start(atom.NSClient, atom.IQ).Attr(atom.ID, "").Element().Attr(atom.ID); got == nil || len(got) > 0 {
		t.Errorf("an empty attribute: %#v", got)
	}
}

func TestBuilderDoesNotAllocate(t *testing.T) {
	var b codec.Builder
	to := []byte("romeo@example.net")
	build := func() {
		b.Start(atom.NSClient, atom.Message).AttrBytes(atom.To, to).AttrUint(atom.ID, 1<<60).Lang("en")
		b.Start(atom.NSClient, atom.Body).TextBytes(to).End().Start(atom.NSDelay, atom.Delay).Attr(atom.Stamp, "now")
		codec.SetAttr(b.Element(), atom.From, to)
	}
	build()
	if n := testing.AllocsPerRun(100, build); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
