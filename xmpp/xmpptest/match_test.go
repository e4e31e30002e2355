package xmpptest

import "testing"

func TestMatch(t *testing.T) {
	tests := []struct {
		expected, got string
		same          bool
	}{
		{"<a/>", "<a></a>", true},
		{"<a/>", "<b/>", false},
		{"<a/>", "<a xmlns='urn:x'/>", false},
		{"<a x='1' y='2'/>", `<a y="2" x="1"/>`, true},
		{"<a x='1'/>", "<a x='1' y='2'/>", false},
		{"<a x='1' y='2'/>", "<a x='1'/>", false},
		{"<a x='1'/>", "<a x='2'/>", false},
		{"<a x='1'/>", "<a z='1'/>", false},
		{"<a x='{any}'/>", "<a x='2'/>", true},
		{"<a x='{any}'/>", "<a/>", false},
		{"<a x='{n}'><b x='{n}'/></a>", "<a x='2'><b x='2'/></a>", true},
		{"<a x='{n}'><b x='{n}'/></a>", "<a x='2'><b x='3'/></a>", false},
		{"<a>{any}</a>", "<a>text<b/></a>", true},
		{"<a>{n}</a>", "<a>text</a>", true},
		{"<a>text</a>", "<a>other</a>", false},
		{"<a>text</a>", "<a><text/></a>", false},
		{"<a>\n\t<b/>\n</a>", "<a><b/></a>", true},
		{"<a> </a>", "<a/>", false},
		{"<a><b/><c/></a>", "<a><c/><b/></a>", false},
		{"<a><b/></a>", "<a><b/><c/></a>", false},
		{"<p:a xmlns:p='urn:x'/>", "<a xmlns='urn:x'/>", true},
		{"<a xml:lang='en'/>", "<a lang='en'/>", false},
	}
	for _, tt := range tests {
		if err := make(Captures).Match(parseOne(t, tt.expected), parseOne(t, tt.got)); (err == nil) != tt.same {
			t.Errorf("%s and %s: %v", tt.expected, tt.got, err)
		}
	}
}

func parseOne(t *testing.T, text string) *Node {
	t.Helper()
	nodes, err := ParseNodes(text)
	if err != nil || len(nodes) != 1 {
		t.Fatalf("%s: %d elements, %v", text, len(nodes), err)
	}
	return nodes[0]
}

func TestNodesAreWrittenAsTheyAreRead(t *testing.T) {
	for _, text := range []string{
		"<a/>",
		"<a x='1' y='&lt;&amp;&apos;'>text &lt; &amp;</a>",
		"<a>\n\t<b xmlns='urn:x'>\n\t\t<c/>\n\t\t<d xmlns='jabber:client' xml:lang='en'>x</d>\n\t</b>\n</a>",
		"<a>mixed<b/>text</a>",
		"<stream:error>\n\t<conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>\n</stream:error>",
	} {
		if got := parseOne(t, text).String(); got != text {
			t.Errorf("got\n%s, want\n%s", got, text)
		}
	}
	if _, err := ParseNodes("<a><b></a>"); err == nil {
		t.Error("what is no XML was read")
	}
}
