package xmltext_test

import (
	"slices"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/fuzz/corpus"
	fuzz "github.com/godwit-im/godwit/fuzz/xmltext"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// machineLevel lists the cases whose outcome a decoder cannot know: the rules for headers and first-level elements are the machine's, and the test applies
// them as a machine does. What a live server makes of them is tested with the server.
var machineLevel = map[string]string{
	"root-not-stream.xml":                 "invalid-namespace",
	"root-wrong-name.xml":                 "bad-format",
	"ns-header-wrong-stream-name.xml":     "invalid-namespace",
	"ns-header-stream-name-slash.xml":     "invalid-namespace",
	"ns-header-stream-name-case.xml":      "invalid-namespace",
	"ns-header-stream-name-space.xml":     "invalid-namespace",
	"ns-header-other-prefix.xml":          "bad-namespace-prefix",
	"ns-header-wrong-content.xml":         "invalid-namespace",
	"ns-header-server-on-client-port.xml": "invalid-namespace",
	"ns-header-content-is-stream.xml":     "invalid-namespace",
	"ns-header-no-content.xml":            "invalid-namespace",
	"ns-stanza-empty.xml":                 "invalid-namespace",
	"ns-stanza-server.xml":                "invalid-namespace",
	"ns-stanza-space.xml":                 "unsupported-stanza-type",
	"ns-stanza-foreign.xml":               "unsupported-stanza-type",
	"ns-stanza-prefixed.xml":              "bad-namespace-prefix",
	"ns-stream-error-rebound.xml":         "unsupported-stanza-type",
}

// judge says what a machine for client streams says.
func judge(ev codec.Event, e codec.Element) atom.Atom {
	if ev == codec.EventOpen {
		return stream.CheckHeader(e, atom.NSClient)
	}
	return stream.CheckFirstLevel(e, atom.NSClient)
}

func TestHostile(t *testing.T) {
	for _, c := range corpus.Hostile() {
		t.Run(c.File, func(t *testing.T) {
			whole := fuzz.Read(c.Data, nil, fuzz.Whole, judge)
			if v := whole.Verdict(); v != c.Expect && !slices.Contains(c.Also, v) {
				t.Fatalf("%s: got %s, want %s or %v\n%s", c.What, v, c.Expect, c.Also, whole)
			}
			if want, ok := machineLevel[c.File]; ok != (whole.Err != nil && whole.Err.Reason == "judged") || ok && whole.Err.Condition.String() != want {
				t.Errorf("the machine's verdict: got %v, want %q", whole.Err, want)
			}
			asExpected := whole.Verdict() == c.Expect
			if n := whole.Elements(); asExpected && n != c.Stanzas {
				t.Errorf("%d elements, want %d", n, c.Stanzas)
			}
			if whole.Err == nil && asExpected && whole.Closed() != (c.End == "closed") {
				t.Errorf("closed: %v, want the end %q", whole.Closed(), c.End)
			}
			sameHoweverCut(t, c.Data, whole, judge)
		})
	}
}

// sameHoweverCut feeds data byte by byte and cut at every position, of a long stream at the first and last 500; at a tenth of
// these with the race detector.
func sameHoweverCut(t *testing.T, data []byte, want fuzz.Outcome, judge func(codec.Event, codec.Element) atom.Atom) {
	t.Helper()
	if got := fuzz.Read(data, nil, fuzz.ByteByByte, judge); !got.Equal(want) {
		t.Fatalf("byte by byte:\n%s\nwhole:\n%s", got, want)
	}
	for i := 1; i < len(data); i++ {
		if i > 500 && i < len(data)-500 || xmltext.RaceEnabled && i%10 != 0 {
			continue
		}
		if got := fuzz.Read(data, nil, fuzz.CutAt(i), judge); !got.Equal(want) {
			t.Fatalf("cut at %d:\n%s\nwhole:\n%s", i, got, want)
		}
	}
}

// The conditions of the XML layer are those that the manifest prefers but for these.
func TestPreferredConditions(t *testing.T) {
	for _, c := range corpus.Hostile() {
		o := fuzz.Read(c.Data, nil, fuzz.Whole, judge)
		_, listed := otherConditions[c.File]
		if differs := o.Verdict() != c.Expect; differs != listed {
			t.Errorf("%s: got %s, want %s, listed: %v", c.File, o.Verdict(), c.Expect, listed)
		}
	}
}

// otherConditions lists where we choose one of the other outcomes that the manifest allows, and why.
var otherConditions = map[string]string{
	"ok-depth-1000.xml":                "codec.DefaultLimits end at 128",
	"flood-xmlns-200.xml":              "codec.DefaultLimits end at 128 attributes",
	"nul-first.xml":                    "it may be UTF-16 as well",
	"ebcdic.xml":                       "its first byte is text before the header",
	"tag-second-header.xml":            "it is an element whose end does not come",
	"ns-header-extension-declared.xml": "the declaration is added to the stanzas that use it, as other servers do",
	"ns-stanza-space.xml":              "a namespace that we do not know",
}
