package xmltext

import (
	"encoding/xml"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// parsed returns the root of a tree.
func parsed(t testing.TB, text string) codec.Element {
	t.Helper()
	tree := new(codec.Tree)
	if err := Parse([]byte(text), tree); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return tree.Root()
}

func TestAppendElement(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"<a></a>", "<a/>"},
		{`<a  b="1"   c = '2' />`, "<a b='1' c='2'/>"},
		{"<a b='&lt;&gt;&amp;&apos;&quot;'>&lt;&gt;&amp;&apos;&quot;</a>", `<a b='&lt;&gt;&amp;&apos;&quot;'>&lt;&gt;&amp;'"</a>`},
		{"<a b='&#9;&#10;&#13; '>\t\n&#13;\r </a>", "<a b='&#9;&#10;&#13; '>\t\n&#13;\n </a>"},
		{"<a><![CDATA[]]]]>&gt;</a>", "<a>]]&gt;</a>"},
		{"<p:a xmlns:p='urn:p' p:b='1'><p:c/>t<d xmlns=''/></p:a>", "<p:a xmlns:p='urn:p' p:b='1'><p:c/>t<d xmlns=''/></p:a>"},
		{"<stream:error><x xmlns='urn:x'/></stream:error>", "<stream:error><x xmlns='urn:x'/></stream:error>"},
		{"<é à='ü'>中&#x1F600;</é>", "<é à='ü'>中😀</é>"},
		{"<message xmlns='jabber:client'/>", "<message xmlns='jabber:client'/>"},
	} {
		if got := string(Encoder{}.AppendElement(nil, parsed(t, c.in))); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.in, got, c.want)
		}
	}
}

// RFC 6120 §4.8.3: a stanza that changes between client and server streams takes the namespace of its stream; what an
// extension contains does not.
func TestRescoping(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"<message><body/></message>", "<message><body/></message>"},
		{"<message xmlns='jabber:client'><body xmlns='jabber:client'/></message>", "<message xmlns='jabber:server'><body xmlns='jabber:server'/></message>"},
		{"<message><x xmlns='urn:x'><message xmlns='jabber:client'/></x></message>", "<message><x xmlns='urn:x'><message xmlns='jabber:client'/></x></message>"},
	} {
		if got := string(Encoder{Content: atom.NSServer}.AppendElement(nil, parsed(t, c.in))); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.in, got, c.want)
		}
	}
}

func TestAppendOpen(t *testing.T) {
	const streams = "http://etherx.jabber.org/streams"
	var b codec.Builder
	b.Start(atom.NSStreams, atom.Stream).Attr(atom.From, "a'b").Lang("en")
	got := string(Encoder{}.AppendOpen(nil, b.Element()))
	want := "<?xml version='1.0'?><stream:stream from='a&apos;b' xml:lang='en' xmlns='jabber:client' xmlns:stream='" + streams + "'>"
	if got != want {
		t.Errorf("built:\ngot  %s\nwant %s", got, want)
	}
	if got, want := string(Encoder{Content: atom.NSServer}.AppendOpen(nil, codec.Element{})), "<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:stream='"+streams+"'>"; got != want {
		t.Errorf("nothing:\ngot  %s\nwant %s", got, want)
	}
	s := new(codec.Scratch)
	in := "<?xml version='1.0'?><stream:stream xmlns:stream='" + streams + "' to='x' xmlns='jabber:server'>"
	if _, ev, err := NewDecoder(nil).Decode([]byte(in), s); ev != codec.EventOpen || err != nil {
		t.Fatal(ev, err)
	}
	if got := string(Encoder{}.AppendOpen(nil, s.Tree.Root())); got != in {
		t.Errorf("decoded:\ngot  %s\nwant %s", got, in)
	}
	if got := string(Encoder{}.AppendClose([]byte("x"))); got != "x</stream:stream>" {
		t.Error(got)
	}
}

func TestAppendSplit(t *testing.T) {
	for _, c := range []struct{ in, head, tail string }{
		{"<message/>", "<message>", "</message>"},
		{"<message to='x'>t<b/></message>", "<message to='x'>t<b/>", "</message>"},
		{"<p:a xmlns:p='urn:p'/>", "<p:a xmlns:p='urn:p'>", "</p:a>"},
	} {
		out, tail := Encoder{}.AppendSplit([]byte("before"), parsed(t, c.in))
		if got := string(out); got != "before"+c.head+c.tail || tail != len(c.tail) {
			t.Errorf("%s: got %s, tail %d", c.in, got, tail)
		}
	}
}

// A child that stood elsewhere takes along the declarations it lived by, and no others.
func TestAppendChild(t *testing.T) {
	for _, c := range []struct{ in, take, want string }{
		{"<m><x xmlns='urn:x'><c/></x></m>", "c", "<c xmlns='urn:x'/>"},
		{"<m xmlns:p='urn:p' xmlns:q='urn:q' xmlns:r='urn:r'><x><c q:a=''><p:d/></c></x></m>", "c", "<c q:a='' xmlns:q='urn:q' xmlns:p='urn:p'><p:d/></c>"},
		{"<m xmlns:p='urn:1'><x xmlns:p='urn:2'><p:c/></x></m>", "c", "<p:c xmlns:p='urn:2'/>"},
		{"<m xmlns:p='urn:1'><x xmlns:q='urn:2'/><x xmlns:p='urn:3'/><y><p:c/></y></m>", "y", "<y xmlns:p='urn:1'><p:c/></y>"},
		{"<m xmlns:p='urn:1'><x><p:c xmlns:p='urn:3'/></x></m>", "c", "<p:c xmlns:p='urn:3'/>"},
		{"<m xmlns='jabber:client'><x><c/></x></m>", "c", "<c/>"},
		{"<m xmlns='jabber:server'><x><c/></x></m>", "c", "<c/>"},
		{"<m xmlns='urn:m'><x xmlns=''><c/></x></m>", "c", "<c xmlns=''/>"},
		{"<m xmlns='urn:m'><stream:c/></m>", "c", "<stream:c/>"},
	} {
		e := find(parsed(t, c.in), c.take)
		if got := string(Encoder{}.AppendChild(nil, e)); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.in, got, c.want)
		}
		if back := parsed(t, c.want); e.NS() != atom.NSServer && !codec.Equal(e, back) {
			t.Errorf("%s: another infoset: %s", c.in, c.want)
		}
	}
	if got := string(Encoder{}.AppendElement([]byte("x"), codec.Element{})); got != "x" {
		t.Error(got)
	}
}

// find returns the first element below e with the local name.
func find(e codec.Element, name string) codec.Element {
	for c := range e.Children() {
		if string(c.LocalName()) == name {
			return c
		}
		if found := find(c, name); !found.IsZero() {
			return found
		}
	}
	return codec.Element{}
}

func TestFrame(t *testing.T) {
	var b codec.Builder
	f := codec.NewFrame()
	defer f.Release()
	f.Encode(Encoder{}, parsed(t, "<message to='a'><body>x</body></message>"))
	f.Stamp(Encoder{}, b.Start(atom.NSStanzaID, atom.StanzaID).Attr(atom.ID, "1").Element())
	f.Stamp(Encoder{}, b.Start(atom.NSDelay, atom.Delay).Element())
	got := string(Encoder{}.AppendFrame(nil, f))
	want := "<message to='a'><body>x</body><stanza-id xmlns='urn:xmpp:sid:0' id='1'/><delay xmlns='urn:xmpp:delay'/></message>"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// What XML cannot carry becomes U+FFFD, wherever it stands.
func TestReplacement(t *testing.T) {
	const r = "\ufffd"
	for _, c := range []struct{ in, want string }{
		{"a\x00b\x1f", "a" + r + "b" + r},
		{"\xff\xc0\x80\xed\xa0\x80", r + r + r + r + r + r},
		{"\xe2\x82", r + r},
		{"é\uffff\ufffe中", "é" + r + r + "中"},
		{"\U0010ffff\xf4\x90\x80\x80", "\U0010ffff" + r + r + r + r},
		{"12345678\x0b", "12345678" + r},
	} {
		if got := string(appendText(nil, []byte(c.in))); got != c.want {
			t.Errorf("text %q: got %q, want %q", c.in, got, c.want)
		}
		if got := string(appendValue(nil, []byte(c.in))); got != c.want {
			t.Errorf("value %q: got %q, want %q", c.in, got, c.want)
		}
	}
	for _, c := range []struct{ in, want string }{
		{"", r}, {"a b", "a" + r + "b"}, {"1a", r + "a"}, {"a:b", "a" + r + "b"}, {"a><script/", "a" + r + r + "script" + r},
		{"é·", "é·"}, {"·é", r + "é"}, {"\xff", r}, {"a\u00d7", "a" + r}, {"-", r},
	} {
		if got := string(appendNCName(nil, []byte(c.in))); got != c.want {
			t.Errorf("name %q: got %q, want %q", c.in, got, c.want)
		}
	}
}

// Trees of arbitrary strings come out as XML that we and encoding/xml read, with the same structure.
func TestNothingBreaksOut(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	pieces := []string{"<", ">", "/", "'", "\"", "&", ";", "]]>", "<!--", "<?", "\x00", "\xff", "\uffff", "a", "b", ":", "xmlns", " ", "\r", "\n", "é", "中", "&#0;", "1"}
	random := func() string {
		var b strings.Builder
		for range r.IntN(6) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		return b.String()
	}
	for range 5000 {
		var b codec.Builder
		elements := 1
		b.StartNS("urn:x", "root"+random())
		for range r.IntN(5) {
			b.StartNS("urn:"+random(), "x"+random()).Attr(atom.ID, random()).Text(random()).End().Text(random())
			elements++
		}
		out := Encoder{}.AppendElement(nil, b.Element())
		if !utf8.Valid(out) {
			t.Fatalf("seed %d: not UTF-8: %q", seed, out)
		}
		var tree codec.Tree
		if err := Parse(out, &tree); err != nil {
			t.Fatalf("seed %d: %v: %q", seed, err, out)
		}
		if n := countElements(t, out); n != elements {
			t.Fatalf("seed %d: %d elements, want %d: %q", seed, n, elements, out)
		}
	}
}

// countElements asks encoding/xml, which does not know that U+FFFD may stand in a name.
func countElements(t *testing.T, text []byte) (n int) {
	d := xml.NewDecoder(strings.NewReader(strings.ReplaceAll(string(text), replacement, "_")))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return n
		}
		if err != nil {
			t.Fatalf("encoding/xml: %v: %q", err, text)
		}
		if _, ok := token.(xml.StartElement); ok {
			n++
		}
	}
}
