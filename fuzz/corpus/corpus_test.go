package corpus

import (
	"io"
	"strings"
	"testing"
)

func TestNothingIsMissing(t *testing.T) {
	if n := len(XEPExamples()); n != 5536 {
		t.Errorf("%d XEP examples, want 5,536", n)
	}
	if n := len(DialbackExamples()); n != 105 {
		t.Errorf("%d dialback examples, want 105", n)
	}
	for _, e := range XEPExamples()[:10] {
		if len(e.XEP) != 4 || e.Part == 0 || !strings.HasPrefix(string(e.XML), "<") {
			t.Errorf("broken example: %+v", e)
		}
	}
	if n := len(Hostile()); n != 364 {
		t.Errorf("%d hostile streams, want 364", n)
	}
	for _, c := range Hostile() {
		if c.Expect == "" || c.PayloadAt > len(c.Data) {
			t.Errorf("broken case: %+v", c)
		}
	}
	count := map[string]int{}
	for _, c := range Conformance() {
		if c.Type == "not-wf" && c.XMPP == "reject" && !c.Doctype {
			count["not-wf"]++
		}
		count[c.XMPP]++
	}
	if count["not-wf"] != 243 || count["accept"] != 35 {
		t.Errorf("conformance: %v", count)
	}
}

// The Go generator makes what the script made: as many bytes.
func TestBigHostile(t *testing.T) {
	all := BigHostile()
	if len(all) != 32 || len(all) != len(bigParts) {
		t.Errorf("%d big cases, %d made", len(all), len(bigParts))
	}
	for _, c := range all {
		n, err := io.Copy(io.Discard, c.Open())
		if err != nil || n != c.Bytes {
			t.Errorf("%s: %d bytes, want %d (%v)", c.File, n, c.Bytes, err)
		}
		if c.PayloadAt != 0 && c.PayloadAt != len(bigHead) {
			t.Errorf("%s: payload at %d, want %d", c.File, c.PayloadAt, len(bigHead))
		}
	}
}
