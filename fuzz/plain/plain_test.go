package plain

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/fuzz/corpus"
)

const (
	header = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
	opened = `open <stream:stream{http://etherx.jabber.org/streams} xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams"> to byte 85` + "\n"
)

// What one example of each production gives, after a header.
func TestProductions(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{" \n", ""},
		{"<a/>", "element <a{jabber:client}> to byte 89"},
		{"<a></a >", "element <a{jabber:client}> to byte 93"},
		{"\t<a b='1' c = \"'\"/>", `element <a{jabber:client} b="1" c="'"> to byte 104`},
		{"<a>x&lt;&#x41;<![CDATA[<]]>\r\ny<b/>z</a>", `element <a{jabber:client}"x<A<\ny"<b{jabber:client}>"z"> to byte 124`},
		{"<a b='\r\n&#10;\t'/>", `element <a{jabber:client} b=" \n "> to byte 102`},
		{"<p:a xmlns:p='urn:p' p:b=''><b xmlns=''/></p:a>", `element <p:a{urn:p} xmlns:p="urn:p" p:b{urn:p}=""<b xmlns="">> to byte 132`},
		{"<a xml:lang='en'/>", `element <a{jabber:client} xml:lang{http://www.w3.org/XML/1998/namespace}="en"> to byte 103`},
		{"</stream:stream>anything", "close to byte 101"},
		{"</stream:streams>", "not-well-formed at byte 100: end tag of another element"},
		{"<a", ""},
		{"<a>&am", ""},
		{"<a>\xe2\x82", ""},
		{"<a>\xe2(", "unsupported-encoding at byte 88: not UTF-8"},
		{"<a>\ufffe", "not-well-formed at byte 88: not a character of XML"},
		{"<a>\x01", "not-well-formed at byte 88: not a character of XML"},
		{"<a>&b;", "restricted-xml at byte 88: reference to an entity"},
		{"<a>&#0;", "not-well-formed at byte 88: reference to what is not a character of XML"},
		{"<a>]]>", "not-well-formed at byte 90: ]]> in text"},
		{"<!-", ""},
		{"<!--", "restricted-xml at byte 85: comment or document type"},
		{"<!a", "not-well-formed at byte 85: <! that begins nothing"},
		{"<?a", "restricted-xml at byte 85: processing instruction"},
		{"<?xml ", "not-well-formed at byte 85: XML declaration not at the start"},
		{"x", "bad-format at byte 85: text between elements"},
		{"<a:b:c", "not-well-formed at byte 89: two colons in a name"},
		{"<1", "not-well-formed at byte 86: not a name"},
		{"<a b='<", "not-well-formed at byte 91: < in a value"},
		{"<a b=''c", "not-well-formed at byte 92: no white space before an attribute"},
		{"<a b", ""},
		{"<a b/", "not-well-formed at byte 89: no = after the name of an attribute"},
		{"<p:a/>", "not-well-formed at byte 90: prefix that is not declared"},
		{"<a b='' b=''/>", "not-well-formed at byte 98: attribute twice"},
		{"<a xmlns:p='urn:x' xmlns:q='urn:x' p:b='' q:b=''>", "not-well-formed at byte 133: attribute twice"},
		{"<a xmlns:p=''>", "not-well-formed at byte 98: prefix declared for no namespace"},
		{"<a xmlns:xml='urn:x'>", "not-well-formed at byte 105: reserved prefix or namespace"},
	} {
		var p Parser
		if got := p.Parse([]byte(header+c.in), &codec.Limits{}).String(); got != strings.TrimSuffix(opened+c.want, "\n") {
			t.Errorf("%q: got\n%s\nwant\n%s%s", c.in, got, opened, c.want)
		}
	}
}

// Each limit at its edge and one past it.
func TestLimits(t *testing.T) {
	for _, c := range []struct {
		limits   codec.Limits
		in, want string
	}{
		{codec.Limits{Bytes: 4}, "<a/>", ""},
		{codec.Limits{Bytes: 4}, "<ab/>", "policy-violation at byte 89: element too long"},
		{codec.Limits{Depth: 1}, "<a>x</a>", ""},
		{codec.Limits{Depth: 1}, "<a><b/></a>", "policy-violation at byte 88: too deep"},
		{codec.Limits{Elements: 2}, "<a><b/></a><a/>", ""},
		{codec.Limits{Elements: 2}, "<a><b/><c/></a>", "policy-violation at byte 92: too many elements"},
		{codec.Limits{Attributes: 1}, "<a b=''><c d=''/></a>", ""},
		{codec.Limits{Attributes: 1}, "<a b='' c=''/>", "policy-violation at byte 93: too many attributes"},
		{codec.Limits{Namespaces: 1}, "<a><b xmlns='b'/><c xmlns='c'/></a>", ""},
		{codec.Limits{Namespaces: 1}, "<a xmlns='a'><b xmlns='b'/></a>", "policy-violation at byte 111: too many declarations"},
		{codec.Limits{Name: 2}, "<ab/>", ""},
		{codec.Limits{Name: 2}, "<abc/>", "policy-violation at byte 88: name too long"},
	} {
		var p Parser
		s := p.Parse([]byte(header+c.in), &codec.Limits{}, &c.limits)
		if s.Err == nil && c.want != "" || s.Err != nil && s.Err.Error() != c.want {
			t.Errorf("%+v: %s: got %v, want %s", c.limits, c.in, s.Err, c.want)
		}
	}
}

// The W3C's suite, as streams: see corpus.ConformanceCase.
func TestConformance(t *testing.T) {
	right := 0
	for _, c := range corpus.Conformance() {
		declaration, rest := []byte(nil), c.Data
		if end := bytes.Index(c.Data, []byte("?>")); bytes.HasPrefix(c.Data, []byte("<?xml")) && end > 0 {
			declaration, rest = c.Data[:end+2], c.Data[end+2:]
		}
		var p Parser
		s := p.Parse(slices.Concat(declaration, []byte(header), rest, []byte("</stream:stream>")), &codec.Limits{})
		accepted := s.Err == nil && len(s.Events) == 3
		switch {
		case c.XMPP == "either":
		case c.ID == "o-p18pass1" && accepted: // the list takes <!DOCTYPE in CDATA for a document type
		case accepted != (c.XMPP == "accept"):
			t.Errorf("%s (%s): want %s, got %v", c.ID, c.URI, c.XMPP, s.Err)
		default:
			right++
		}
	}
	if right < 1_000 {
		t.Errorf("only %d documents were tried", right)
	}
}

// machines are the conditions that machines tell, not parsers.
var machines = []string{"stream-error:invalid-namespace", "stream-error:bad-namespace-prefix", "stream-error:unsupported-stanza-type"}

// The hostile streams.
func TestHostile(t *testing.T) {
	right := 0
	for _, c := range corpus.Hostile() {
		var p Parser
		s := p.Parse(c.Data, &codec.DefaultLimits)
		got, elements := "accept", 0
		if s.Err != nil {
			got = "stream-error:" + s.Err.Condition.String()
		}
		for _, e := range s.Events {
			if e.Kind == codec.EventElement {
				elements++
			}
		}
		switch {
		case slices.Contains(machines, c.Expect), got == "accept" && c.File == "root-wrong-name.xml":
		case got != c.Expect && !slices.Contains(c.Also, got), got == c.Expect && elements != c.Stanzas:
			t.Errorf("%s: %s: got %s and %d elements, want %s or %v and %d", c.File, c.What, got, elements, c.Expect, c.Also, c.Stanzas)
		default:
			right++
		}
	}
	if right < 200 {
		t.Errorf("only %d streams were tried", right)
	}
}
