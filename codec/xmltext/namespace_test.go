package xmltext_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/xmltext"
	fuzz "github.com/godwit-im/godwit/fuzz/xmltext"
)

func TestNamespaces(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"default", "<a><b xmlns='urn:x'><c/></b><d/></a>",
			`<a{jabber:client}<b{urn:x} xmlns="urn:x" <c{urn:x}>><d{jabber:client}>>`},
		{"none", "<a xmlns=''><b/></a>", `<a xmlns="" <b>>`},
		{"prefix", "<p:a xmlns:p='urn:x' p:b='1' b='2'><p:c/><c/></p:a>",
			`<p:a{urn:x} xmlns:p="urn:x" p:b{urn:x}="1" b="2" <p:c{urn:x}><c{jabber:client}>>`},
		{"used before it is declared", "<p:a p:b='1' xmlns:p='urn:x'/>", `<p:a{urn:x} p:b{urn:x}="1" xmlns:p="urn:x">`},
		{"rebound and back", "<a xmlns:p='urn:1'><b xmlns:p='urn:2'><p:c/></b><p:c/></a>",
			`<a{jabber:client} xmlns:p="urn:1" <b{jabber:client} xmlns:p="urn:2" <p:c{urn:2}>><p:c{urn:1}>>`},
		{"known by the table", "<x:ping xmlns:x='urn:xmpp:ping' x:id='1'/>", `<x:ping{urn:xmpp:ping} xmlns:x="urn:xmpp:ping" x:id{urn:xmpp:ping}="1">`},
		{"the prefix xml", "<a xml:lang='en'/>", `<a{jabber:client} xml:lang{http://www.w3.org/XML/1998/namespace}="en">`},
		{"the prefix xml declared", "<a xmlns:xml='http://www.w3.org/XML/1998/namespace'><xml:b/></a>",
			`<a{jabber:client} xmlns:xml="http://www.w3.org/XML/1998/namespace" <xml:b{http://www.w3.org/XML/1998/namespace}>>`},
		{"names that begin with xml", "<xmlfoo:a xmlns:xmlfoo='urn:x'/>", `<xmlfoo:a{urn:x} xmlns:xmlfoo="urn:x">`},
		{"the prefix stream", "<stream:error/>", `<stream:error{http://etherx.jabber.org/streams}>`},
		{"the prefix stream rebound", "<a><stream:b xmlns:stream='urn:x'/><stream:c/></a>",
			`<a{jabber:client}<stream:b{urn:x} xmlns:stream="urn:x"><stream:c{http://etherx.jabber.org/streams}>>`},
		{"by reference", "<a xmlns='urn:&#120;'/>", `<a{urn:x} xmlns="urn:x">`},
		{"same local name", "<a xmlns:p='urn:1' xmlns:q='urn:2' b='' p:b='' q:b=''/>",
			`<a{jabber:client} xmlns:p="urn:1" xmlns:q="urn:2" b="" p:b{urn:1}="" q:b{urn:2}="">`},
		{"an attribute has no default namespace", "<a xmlns='urn:x' xmlns:p='urn:x' b='' p:b=''/>",
			`<a{urn:x} xmlns="urn:x" xmlns:p="urn:x" b="" p:b{urn:x}="">`},
		{"long prefix", "<" + strings.Repeat("p", 255) + ":a xmlns:" + strings.Repeat("p", 255) + "='urn:x'/>",
			"<" + strings.Repeat("p", 255) + ":a{urn:x} xmlns:" + strings.Repeat("p", 255) + `="urn:x">`},
		{"not ASCII", "<é:à xmlns:é='urn:ü'/>", `<é:à{urn:ü} xmlns:é="urn:ü">`},
	} {
		o := fuzz.Read([]byte(header+c.in), nil, fuzz.Whole, nil)
		if got := o.String(); got != opened+"\nelement "+c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, opened+"\nelement "+c.want)
		}
		sameHoweverCut(t, []byte(header+c.in), o, nil)
	}
}

func TestForbiddenNamespaces(t *testing.T) {
	for _, in := range []string{
		"<a xmlns:xmlns='urn:x'/>",
		"<a xmlns:xmlns='http://www.w3.org/2000/xmlns/'/>",
		"<a xmlns:p='http://www.w3.org/2000/xmlns/'/>",
		"<a xmlns='http://www.w3.org/2000/xmlns/'/>",
		"<a xmlns:xml='urn:x'/>",
		"<a xmlns:xml=''/>",
		"<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>",
		"<a xmlns='http://www.w3.org/XML/1998/namespace'/>",
		"<a xmlns:p=''/>",
		"<a xmlns='' xmlns=''/>",
		"<a xmlns:p='urn:x' xmlns:p='urn:y'/>",
		"<a xmlns:p='urn:x' xmlns:q='urn:x' p:b='' q:b=''/>",
		"<a xmlns:p='urn:x'><b xmlns:q='urn:&#x78;' p:b='' q:b=''/></a>",
		"<a xmlns:p='urn:xmpp:ping' xmlns:q='urn:xmpp:ping' p:id='' q:id=''/>",
		"<a xmlns:p='urn:x'><b/></a><p:c/>",
		"<xmlns:a/>",
	} {
		o := fuzz.Read([]byte(header+in), nil, fuzz.Whole, nil)
		if o.Verdict() != "stream-error:not-well-formed" {
			t.Errorf("%s: %s", in, o)
		}
		sameHoweverCut(t, []byte(header+in), o, nil)
	}
}

// Many attributes go through a table, few are compared each with each: the last two are the same, or not.
func TestDuplicateAttributes(t *testing.T) {
	for n := 2; n < 40; n++ {
		var attrs strings.Builder
		for i := range n - 1 {
			fmt.Fprintf(&attrs, " a%d=''", i)
		}
		for _, c := range []struct{ last, want string }{
			{" x=''", "accept"},
			{" p:a0=''", "accept"},
			{" a0=''", "stream-error:not-well-formed"},
			{fmt.Sprintf(" a%d=''", n-2), "stream-error:not-well-formed"},
			{" p:x='' q:x=''", "stream-error:not-well-formed"},
		} {
			in := header + "<a xmlns:p='urn:x' xmlns:q='urn:x'><b" + attrs.String() + c.last + "/></a>"
			if got := fuzz.Read([]byte(in), nil, fuzz.Whole, nil); got.Verdict() != c.want {
				t.Errorf("%d attributes, then%s: %s", n-1, c.last, got)
			}
		}
	}
}

// What a header binds besides the usual is added to the elements that use it, and to no others (RFC 6120 §4.8.5).
func TestNamespacesOfTheHeader(t *testing.T) {
	const streams = "http://etherx.jabber.org/streams"
	for _, c := range []struct{ name, header, in, want string }{
		{"a prefix", "<stream:stream xmlns='jabber:server' xmlns:stream='" + streams + "' xmlns:db='jabber:server:dialback'>",
			"<db:result db:x='1' y='2'><z/></db:result>",
			`<db:result{jabber:server:dialback} db:x{jabber:server:dialback}="1" y="2" xmlns:db="jabber:server:dialback" <z{jabber:server}>>`},
		{"unused", "<stream:stream xmlns='jabber:client' xmlns:stream='" + streams + "' xmlns:p='urn:p'>",
			"<a p='1'/>", `<a{jabber:client} p="1">`},
		{"used below", "<stream:stream xmlns='jabber:client' xmlns:stream='" + streams + "' xmlns:p='urn:p' xmlns:q='urn:q'>",
			"<a x='1'><b xmlns='urn:b'><c q:d=''/><e/></b>t<p:f/></a>",
			`<a{jabber:client} x="1" xmlns:p="urn:p" xmlns:q="urn:q" <b{urn:b} xmlns="urn:b" <c{urn:b} q:d{urn:q}=""><e{urn:b}>>"t"<p:f{urn:p}>>`},
		{"redeclared", "<stream:stream xmlns='jabber:client' xmlns:stream='" + streams + "' xmlns:p='urn:p'>",
			"<p:a xmlns:p='urn:q'><p:b/></p:a>", `<p:a{urn:q} xmlns:p="urn:q" <p:b{urn:q}>>`},
		{"another prefix for streams", "<s:stream xmlns='jabber:client' xmlns:s='" + streams + "'>",
			"<s:error><a/></s:error>", `<s:error{` + streams + `} xmlns:s="` + streams + `" <a{jabber:client}>>`},
		{"streams as default", "<stream xmlns='" + streams + "'>",
			"<error><a xmlns='urn:a'/></error>", `<error{` + streams + `} xmlns="` + streams + `" <a{urn:a} xmlns="urn:a">>`},
		{"streams as default, not used", "<stream xmlns='" + streams + "'>",
			"<message xmlns='jabber:client'><body/></message>", `<message{jabber:client} xmlns="jabber:client" <body{jabber:client}>>`},
		{"no default", "<stream:stream xmlns:stream='" + streams + "'>",
			"<a><b xmlns='urn:b'/></a>", `<a xmlns="" <b{urn:b} xmlns="urn:b">>`},
		{"no default, not used", "<stream:stream xmlns:stream='" + streams + "'>",
			"<stream:a/>", `<stream:a{` + streams + `}>`},
		{"an unknown default", "<stream:stream xmlns='urn:unknown' xmlns:stream='" + streams + "'>",
			"<stream:a><b/></stream:a>", `<stream:a{` + streams + `} xmlns="urn:unknown" <b{urn:unknown}>>`},
		{"stream bound to something else", "<x:stream xmlns='jabber:client' xmlns:x='" + streams + "' xmlns:stream='urn:s'>",
			"<stream:a/>", `<stream:a{urn:s} xmlns:stream="urn:s">`},
		{"duplicate by a prefix of the header", "<stream:stream xmlns='jabber:client' xmlns:stream='" + streams + "' xmlns:p='urn:p'>",
			"<a xmlns:q='urn:p' p:b='' q:b=''/>", ""},
	} {
		o := fuzz.Read([]byte(c.header+c.in), nil, fuzz.Whole, nil)
		got := ""
		if o.Err == nil {
			got = strings.TrimPrefix(o.Events[1], "element ")
		}
		if got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, o, c.want)
		}
		sameHoweverCut(t, []byte(c.header+c.in), o, nil)
	}
}

// An element with a header's declaration means the same in another stream.
func TestElementLeavesItsStream(t *testing.T) {
	in := []byte("<stream:stream xmlns='urn:default' xmlns:stream='http://etherx.jabber.org/streams' xmlns:p='urn:p' xmlns:db='jabber:server:dialback'>" +
		"<a b='1'><p:c db:d='2'/><stream:e/></a>")
	d, s := xmltext.NewDecoder(nil), new(codec.Scratch)
	for p := in; len(p) > 0; {
		n, _, err := d.Decode(p, s)
		if err != nil {
			t.Fatal(err)
		}
		p = p[n:]
	}
	var again codec.Tree
	out := xmltext.Encoder{}.AppendElement(nil, s.Tree.Root())
	if err := xmltext.Parse(out, &again); err != nil || !codec.Equal(s.Tree.Root(), again.Root()) {
		t.Errorf("%v: %s", err, out)
	}
}

// What a header may bind is bounded: 16 declarations and 1,024 bytes with the header's name.
func TestHeaderBindsTooMuch(t *testing.T) {
	with := func(prefixes, bytes int) string {
		var b strings.Builder
		b.WriteString(header[:len(header)-1])
		for i := range prefixes {
			name := fmt.Sprintf("urn:%02d", i)
			if i == 0 {
				name += strings.Repeat("x", bytes-len("stream:stream")-prefixes*len("p00urn:00"))
			}
			fmt.Fprintf(&b, " xmlns:p%02d='%s'", i, name)
		}
		return b.String() + ">"
	}
	for _, c := range []struct {
		prefixes, bytes int
		want            string
	}{
		{16, 500, "accept"}, {17, 500, "stream-error:policy-violation"}, {3, 1024, "accept"}, {3, 1025, "stream-error:policy-violation"},
	} {
		if o := fuzz.Read([]byte(with(c.prefixes, c.bytes)), nil, fuzz.Whole, nil); o.Verdict() != c.want {
			t.Errorf("%d prefixes, %d bytes: %s", c.prefixes, c.bytes, o)
		}
	}
}
