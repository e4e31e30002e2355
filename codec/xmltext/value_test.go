package xmltext_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/xmltext"
	fuzz "github.com/godwit-im/godwit/fuzz/xmltext"
)

func TestTexts(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"x", "x"},
		{"&lt;&gt;&amp;&apos;&quot;", `<>&'"`},
		{"&#65;&#x41;&#x1f600;&#x1F600;&#000000000000000000065;&#x10FFFF;&#9;&#10;&#13;&#xE000;&#xFFFD;", "AA😀😀A\U0010ffff\t\n\r\ue000\ufffd"},
		{"a\r\nb\rc\nd\r", "a\nb\nc\nd\n"},
		{"\r\r\n\n", "\n\n\n"},
		{"a&#13;\nb", "a\r\nb"},
		{"<![CDATA[a < b && c]]>", "a < b && c"},
		{"<![CDATA[]]>", ""},
		{"<![CDATA[]]]]><![CDATA[>]]>", "]]>"},
		{"x<![CDATA[y]]>z", "xyz"},
		{"<![CDATA[ ]]]>", " ]"},
		{"<![CDATA[\r\n<&lt;>\u00e9]]>", "\n<&lt;>é"},
		{"]] ]> ]]&gt; >", "]] ]> ]]> >"},
		{"'\"", `'"`},
		{"\x7f\u0080\u07ff\u0800\ud7ff\ue000\ufffd\U00010000\U0010ffff", "\x7f\u0080\u07ff\u0800\ud7ff\ue000\ufffd\U00010000\U0010ffff"},
		{strings.Repeat("中文字", 1000), strings.Repeat("中文字", 1000)},
	} {
		in := header + "<a>" + c.in + "</a>"
		o := fuzz.Read([]byte(in), nil, fuzz.Whole, nil)
		want := "element <a{jabber:client}" + quoted(c.want) + ">"
		if len(o.Events) != 2 || o.Events[1] != want {
			t.Errorf("%q: got %s, want %s", c.in, o, want)
		}
		sameHoweverCut(t, []byte(in), o, nil)
	}
}

func quoted(text string) string {
	if text == "" {
		return ""
	}
	return fmt.Sprintf("%q", text)
}

func TestValues(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"''", ""},
		{`"it's"`, "it's"},
		{`'say "hi"'`, `say "hi"`},
		{"'a\tb\nc\r\nd\re'", "a b c d e"},
		{"'a&#9;b&#10;c&#13;&#10;d'", "a\tb\nc\r\nd"},
		{"'&lt;&gt;&amp;&apos;&quot;'", `<>&'"`},
		{"'a>b]]>c'", "a>b]]>c"},
		{"'\u00e9\U0001f600'", "é😀"},
		{"'12345678&#x39;0'", "1234567890"},
	} {
		for _, form := range []string{"<a b=%s/>", "<a\n b = %s />", "<a c='1' b=%s d='2'></a>"} {
			in := header + fmt.Sprintf(form, c.in)
			o := fuzz.Read([]byte(in), nil, fuzz.Whole, nil)
			got := attr(o, "b")
			if got != c.want || o.Err != nil {
				t.Errorf("%q: got %q, want %q (%v)", in, got, c.want, o.Err)
			}
			sameHoweverCut(t, []byte(in), o, nil)
		}
	}
}

// attr returns the value of an attribute of the last event.
func attr(o fuzz.Outcome, name string) (value string) {
	_, rest, _ := strings.Cut(o.Events[len(o.Events)-1], " "+name+"=")
	fmt.Sscanf(rest, "%q", &value)
	return value
}

func TestNames(t *testing.T) {
	for _, name := range []string{
		"a", "_", "A1-.", "élan", "中", "a·", "a\u0300", "\u2070", "a\u203f", "\U00010000", "\U000effff", "\u200c", "x\ufffd",
		strings.Repeat("n", 1024),
	} {
		in := header + "<" + name + " " + name + "='1'></" + name + " >"
		o := fuzz.Read([]byte(in), nil, fuzz.Whole, nil)
		if want := "element <" + name + "{jabber:client} " + name + `="1">`; o.Err != nil || o.Events[1] != want {
			t.Errorf("%q: got %s", name, o)
		}
		sameHoweverCut(t, []byte(in), o, nil)
	}
	for _, name := range []string{"", "1", "-a", ".a", "·", "\u0300", "\u203f", "a\u00d7", "a\u2190", "\u037e", "\U000f0000", "a\ufffe", "a,b", "a@", "a/b"} {
		in := header + "<" + name + "></" + name + ">"
		if o := fuzz.Read([]byte(in), nil, fuzz.Whole, nil); o.Verdict() != "stream-error:not-well-formed" {
			t.Errorf("%q: got %s", name, o)
		}
	}
}

func TestParse(t *testing.T) {
	var tree codec.Tree
	if err := xmltext.Parse([]byte(" <a> x </a>\n"), &tree); err != nil || string(tree.Root().Text()) != " x " {
		t.Error(err)
	}
	for _, c := range []struct {
		in     string
		offset int64
	}{{"", 0}, {" ", 1}, {"<a>", 3}, {" <a", 3}, {"<a/><b/>", 4}, {"<a/>x", 4}, {"x", 0}, {" </stream:stream>", 17}, {" <a></b>", 6}} {
		err := xmltext.Parse([]byte(c.in), &tree)
		if e, ok := err.(*codec.Error); !ok || e.Offset != c.offset {
			t.Errorf("%q: got %v, want an error at %d", c.in, err, c.offset)
		}
	}
}
