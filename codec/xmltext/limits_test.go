package xmltext_test

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/fuzz/corpus"
	fuzz "github.com/godwit-im/godwit/fuzz/xmltext"
)

// Each limit is tried at the limit and one past it. offset is where the fault is reported, after the header; the outcome does not depend on how
// the input is cut.
func TestLimits(t *testing.T) {
	x := strings.Repeat
	for _, c := range []struct {
		name     string
		limits   codec.Limits
		ok, past string
		offset   int
	}{
		{"bytes", codec.Limits{Bytes: 100}, "<a>" + x("x", 93) + "</a>", "<a>" + x("x", 94) + "</a>", 100},
		{"bytes, in a value", codec.Limits{Bytes: 100}, "<a b='" + x("x", 91) + "'/>", "<a b='" + x("x", 92) + "'/>", 100},
		{"bytes, in a tag", codec.Limits{Bytes: 100}, "<a" + x(" ", 96) + "/>", "<a" + x(" ", 97) + "/>", 100},
		{"bytes, in an end tag", codec.Limits{Bytes: 100}, "<a></a" + x(" ", 93) + ">", "<a></a" + x(" ", 94) + ">", 100},
		{"bytes, in a name", codec.Limits{Bytes: 100}, "<" + x("a", 97) + "/>", "<" + x("a", 98) + "/>", 100},
		{"bytes, in a reference", codec.Limits{Bytes: 100}, "<a>&#" + x("0", 88) + "65;</a>", "<a>&#" + x("0", 89) + "65;</a>", 100},
		{"bytes, in CDATA", codec.Limits{Bytes: 100}, "<a><![CDATA[" + x("]", 81) + "]]></a>", "<a><![CDATA[" + x("]", 82) + "]]></a>", 100},
		{"bytes, before a fault", codec.Limits{Bytes: 100}, "<a>" + x("x", 93) + "</a>", "<a>" + x("x", 98) + "\xff", 100},
		{"depth", codec.Limits{Depth: 3}, "<a><b><c/></b></a>", "<a><b><c><d/></c></b></a>", 9},
		{"depth, without end", codec.Limits{Depth: 3}, "<a><b><c></c></b></a>", "<a><b><c><d", 9},
		{"attributes", codec.Limits{Attributes: 3}, "<a b='' c='' xmlns:d='urn:d'/>", "<a b='' c='' xmlns:d='urn:d' e=''/>", 29},
		{"attributes, spaced", codec.Limits{Attributes: 1}, "<a b = ''/>", "<a b = '' c=''/>", 10},
		{"attributes, of each element", codec.Limits{Attributes: 1}, "<a b=''><c d=''/><e f=''/></a>", "<a b=''><c d='' e=''/></a>", 16},
		{"elements", codec.Limits{Elements: 3}, "<a><b/>text<c/></a>", "<a><b/><c/><d/></a>", 11},
		{"namespaces", codec.Limits{Namespaces: 2}, "<a xmlns='urn:a'><b xmlns:p='urn:b'/><b xmlns:p='urn:b'/></a>", "<a xmlns:p='urn:p' xmlns:q='urn:q'><b xmlns='urn:b'/></a>", 52},
		{"name", codec.Limits{Name: 10}, "<" + x("a", 10) + "/>", "<" + x("a", 11) + "/>", 11},
		{"name, without end", codec.Limits{Name: 10}, "<" + x("a", 10) + " />", "<" + x("a", 11), 11},
		{"name, not ASCII", codec.Limits{Name: 10}, "<" + x("é", 5) + "/>", "<" + x("é", 5) + "b/>", 11},
		{"name, a character across the limit", codec.Limits{Name: 9}, "<" + x("é", 4) + "b/>", "<" + x("é", 5) + "/>", 10},
		{"name with prefix", codec.Limits{Name: 10}, "<stream:abc/>", "<stream:abcd/>", 11},
		{"name of an attribute", codec.Limits{Name: 10}, "<a " + x("b", 10) + "=''/>", "<a " + x("b", 11) + "=''/>", 13},
		{"name of an entity", codec.Limits{Name: 5}, "<a>&quot;</a>", "<a>&" + x("b", 6) + ";</a>", 9},
		{"prefix", codec.Limits{}, "<a xmlns:" + x("p", 255) + "='urn:p'><" + x("p", 255) + ":b/></a>", "<a><" + x("p", 256) + ":b/></a>", 260},
		{"name without limit", codec.Limits{}, "<" + x("a", 65_535) + "/>", "<" + x("a", 65_536) + "/>", 65_536},
	} {
		if n, err := limited(&c.limits, c.ok, len(c.ok)); n != 1 || err != nil {
			t.Errorf("%s: at the limit: %d elements, %v", c.name, n, err)
		}
		n, whole := limited(&c.limits, c.past, len(c.past))
		if n != 0 || whole == nil || whole.Condition != atom.PolicyViolation || whole.Offset != int64(len(header)+c.offset) {
			t.Errorf("%s: past the limit: %d elements, %v, want policy-violation at %d", c.name, n, whole, len(header)+c.offset)
			continue
		}
		for piece := 1; piece < 20; piece++ {
			if _, err := limited(&c.limits, c.past, piece); err == nil || *err != *whole {
				t.Errorf("%s: in pieces of %d: %v, whole %v", c.name, piece, err, whole)
			}
			if n, err := limited(&c.limits, c.ok, piece); n != 1 || err != nil {
				t.Errorf("%s: in pieces of %d at the limit: %d elements, %v", c.name, piece, n, err)
			}
		}
	}
}

// limited reads what follows a header in pieces, under limits.
func limited(l *codec.Limits, in string, piece int) (elements int, fault *codec.Error) {
	d, s := xmltext.NewDecoder(&codec.Limits{}), new(codec.Scratch)
	defer d.Close()
	if _, _, err := d.Decode([]byte(header), s); err != nil {
		return 0, err.(*codec.Error)
	}
	d.SetLimits(l)
	for len(in) > 0 {
		p := []byte(in[:min(piece, len(in))])
		in = in[len(p):]
		for len(p) > 0 {
			n, ev, err := d.Decode(p, s)
			if err != nil {
				return elements, err.(*codec.Error)
			}
			if ev == codec.EventElement {
				elements++
			}
			p = p[n:]
		}
	}
	return elements, nil
}

func TestLimitsOfTheHeader(t *testing.T) {
	for _, c := range []struct {
		limits codec.Limits
		in     string
		offset int64
	}{
		{codec.Limits{Bytes: len(header) - 1}, header, int64(len(header) - 1)},
		{codec.Limits{Attributes: 1}, header, int64(strings.Index(header, "xmlns:stream"))},
		{codec.Limits{Namespaces: 1}, header, int64(len(header) - 1)},
		{codec.Limits{Name: 12}, header, 13},
		{codec.Limits{Bytes: 10}, "<?xml version='1.0'?>", 10},
		{codec.Limits{}, "<?xml version='1.0'" + strings.Repeat(" ", 236) + "?>", 256},
	} {
		for _, piece := range []func() int{fuzz.Whole, fuzz.ByteByByte} {
			o := fuzz.Read([]byte(c.in), &c.limits, piece, nil)
			if o.Verdict() != "stream-error:policy-violation" || o.Err.Offset != c.offset {
				t.Errorf("%+v: %s: got %v, want policy-violation at %d", c.limits, c.in, o.Err, c.offset)
			}
		}
	}
	ok := "<?xml version='1.0'" + strings.Repeat(" ", 235) + "?>" + header
	limits := codec.Limits{Bytes: 256, Attributes: 2, Namespaces: 2, Name: 13, Depth: 1, Elements: 1}
	if o := fuzz.Read([]byte(ok), &limits, fuzz.Whole, nil); o.Err != nil || len(o.Events) != 1 {
		t.Errorf("at the limits: %s", o)
	}
}

// New limits hold from the next element on.
func TestSetLimits(t *testing.T) {
	d, s := xmltext.NewDecoder(nil), new(codec.Scratch)
	decode := func(in string) error {
		_, _, err := d.Decode([]byte(in), s)
		return err
	}
	if err := errors.Join(decode(header), decode("<a>")); err != nil {
		t.Fatal(err)
	}
	d.SetLimits(&codec.Limits{Bytes: 5})
	if err := errors.Join(decode("123456</a>"), decode("<abc>"[:4])); err != nil {
		t.Fatal(err)
	}
	if err := decode("d/>"); err == nil {
		t.Error("the new limit does not hold")
	}
}

// The big hostile streams are refused early, and cost neither memory nor time.
func TestBigHostile(t *testing.T) {
	buf := make([]byte, 16<<10)
	for _, c := range corpus.BigHostile() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		verdict, elements, consumed := readBig(t, c.Open(), buf)
		runtime.ReadMemStats(&after)
		if verdict != c.Expect {
			t.Errorf("%s: %s: got %s, want %s", c.File, c.What, verdict, c.Expect)
		}
		if elements != c.Stanzas {
			t.Errorf("%s: %d elements, want %d", c.File, elements, c.Stanzas)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 8<<20 && !xmltext.RaceEnabled {
			t.Errorf("%s: %d bytes allocated", c.File, n)
		}
		if limit := int64(codec.DefaultLimits.Bytes + len(buf)); verdict != "accept" && consumed > limit {
			t.Errorf("%s: refused only after %d bytes", c.File, consumed)
		}
	}
}

// readBig reads a stream through buf, without more memory of its own.
func readBig(t *testing.T, r io.Reader, buf []byte) (verdict string, elements int, consumed int64) {
	d, s := xmltext.NewDecoder(nil), new(codec.Scratch)
	defer d.Close()
	for {
		k, err := io.ReadFull(r, buf)
		if k == 0 {
			return "accept", elements, consumed
		}
		if err != nil && err != io.ErrUnexpectedEOF {
			t.Fatal(err)
		}
		consumed += int64(k)
		for p := buf[:k]; len(p) > 0; {
			n, ev, err := d.Decode(p, s)
			if err != nil {
				return "stream-error:" + err.(*codec.Error).Condition.String(), elements, consumed
			}
			if ev == codec.EventElement {
				elements++
			}
			p = p[n:]
		}
	}
}

// An element costs time in proportion to its length, also when it comes byte by byte: looking again from the start of a
// token would take half a minute for most of these.
func TestLinear(t *testing.T) {
	n := 1 << 19
	if xmltext.RaceEnabled {
		n = 1 << 16
	}
	x := strings.Repeat

	for _, in := range []string{
		"<" + x("a", n/32) + "/>",
		"<a " + x("b", n/32) + "=''/>",
		"<a" + x(" ", n) + "/>",
		"<a b" + x(" ", n) + "=" + x(" ", n) + "''/>",
		"<a b='" + x("x", n) + "'/>",
		"<a b='" + x("中", n/3) + "'/>",
		"<a b='" + x("&lt;", n/4) + "'/>",
		"<a b='&#" + x("0", n) + "65;'/>",
		"<a>" + x("x", n) + "</a>",
		"<a>" + x("\n", n) + "</a>",
		"<a>" + x("\r", n) + "</a>",
		"<a>&#x" + x("0", n) + "65;</a>",
		"<a><![CDATA[" + x("]", n) + "]]></a>",
		"<a>" + x("<![CDATA[]]>", n/12) + "</a>",
		"<a></a" + x(" ", n) + ">",
		"<a>" + x("<b/>", n/4) + "</a>",
		x("<a>", n/8) + x("</a>", n/8),
		"<a" + numbered(n/32, " a%d=''") + "/>",
		"<a" + numbered(n/64, " xmlns:a%d='urn:x'") + numbered(n/64, " a%d:b%[1]d=''") + "/>",
	} {
		before := time.Now()
		if elements, err := limited(&codec.Limits{}, in, 1); elements != 1 || err != nil {
			t.Errorf("%.30q…: %d elements, %v", in, elements, err)
		}
		if d := time.Since(before); d > 4*time.Second {
			t.Fatalf("%.30q…: %v for %d bytes", in, d, len(in))
		}
	}

}

func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}
