package xmltext_test

import (
	"testing"

	"github.com/godwit-im/godwit/codec"
	fuzz "github.com/godwit-im/godwit/fuzz/xmltext"
)

// Faults after a header: the condition and the place are the same however the input is cut.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		in, condition string
		offset        int // after the header
	}{
		{"x", "bad-format", 0},
		{"\ufeff", "bad-format", 0},
		{"&#32;", "not-well-formed", 0},
		{"&x;", "restricted-xml", 0},
		{"\x01", "not-well-formed", 0},
		{"\xff", "unsupported-encoding", 0},
		{"\xe2\x82x", "unsupported-encoding", 0},
		{"\uffff", "not-well-formed", 0},
		{" \n]", "bad-format", 2},
		{"<![CDATA[x]]>", "bad-format", 0},
		{"<![CDAT>", "not-well-formed", 0},
		{"<!-- -->", "restricted-xml", 0},
		{"<!- ", "not-well-formed", 0},
		{"<!DOCTYPE", "restricted-xml", 0},
		{"<?a?>", "restricted-xml", 0},
		{"<?xm?>", "restricted-xml", 0},
		{"<?xml-model?>", "restricted-xml", 0},
		{"<?xml?>", "not-well-formed", 0},
		{"<?xml version='1.0'?>", "not-well-formed", 0},
		{"<?1?>", "not-well-formed", 2},
		{"</stream>", "not-well-formed", 8},
		{"</stream:streams>", "not-well-formed", 15},
		{"<>", "not-well-formed", 1},
		{"<1/>", "not-well-formed", 1},
		{"<a:/>", "not-well-formed", 3},
		{"<:a/>", "not-well-formed", 1},
		{"<a:b:c/>", "not-well-formed", 4},
		{"<a:1/>", "not-well-formed", 3},
		{"<a\x00/>", "not-well-formed", 2},
		{"<a\xc3/>", "unsupported-encoding", 2},
		{"<a\u00d7/>", "not-well-formed", 2},
		{"<a\uffff/>", "not-well-formed", 2},
		{"<\u0300/>", "not-well-formed", 1},
		{"<a b/>", "not-well-formed", 4},
		{"<a b=c/>", "not-well-formed", 5},
		{"<a b='c'd='e'/>", "not-well-formed", 8},
		{"<a b='<'/>", "not-well-formed", 6},
		{"<a b='&'/>", "not-well-formed", 7},
		{"<a b='\x02'/>", "not-well-formed", 6},
		{"<a b='\xe2\x28\xa1'/>", "unsupported-encoding", 6},
		{"<a b='1' b='1'/>", "not-well-formed", 15},
		{"<a / >", "not-well-formed", 4},
		{"<p:a/>", "not-well-formed", 5},
		{"<a p:b=''/>", "not-well-formed", 10},
		{"<xmlns:a/>", "not-well-formed", 9},
		{"<a></b>", "not-well-formed", 5},
		{"<a></ab>", "not-well-formed", 6},
		{"<ab></a>", "not-well-formed", 7},
		{"<a></a b>", "not-well-formed", 7},
		{"<a>&b;</a>", "restricted-xml", 3},
		{"<a>&LT;</a>", "restricted-xml", 3},
		{"<a>&b</a>", "not-well-formed", 5},
		{"<a>&é;</a>", "restricted-xml", 3},
		{"<a>&\xff;</a>", "unsupported-encoding", 4},
		{"<a>&#;</a>", "not-well-formed", 5},
		{"<a>&#x;</a>", "not-well-formed", 6},
		{"<a>&#xg;</a>", "not-well-formed", 6},
		{"<a>&#1;</a>", "not-well-formed", 3},
		{"<a>&#xD800;</a>", "not-well-formed", 3},
		{"<a>&#4294967361;</a>", "not-well-formed", 3},
		{"<a>]]></a>", "not-well-formed", 5},
		{"<a>x]]]></a>", "not-well-formed", 7},
		{"<a><![CDATA[]]>]]></a>", "not-well-formed", 17},
		{"<a><![CDATA[\x0b]]></a>", "not-well-formed", 12},
		{"<a><![CDATA[\xf8]]></a>", "unsupported-encoding", 12},
		{"<a>12345678\x1f</a>", "not-well-formed", 11},
		{"<a>\xed\xa0\x80</a>", "unsupported-encoding", 3},
		{"<a>\xf4\x90\x80\x80</a>", "unsupported-encoding", 3},
		{"<a>ab\xef\xbf\xbe</a>", "not-well-formed", 5},
		{"<a>\r\n\x00</a>", "not-well-formed", 5},
	} {
		in := header + "<ok/>" + c.in + "<ok/>"
		whole := fuzz.Read([]byte(in), nil, fuzz.Whole, nil)
		want := codec.Error{Offset: int64(len(header) + len("<ok/>") + c.offset)}
		if whole.Err == nil || whole.Err.Condition.String() != c.condition || whole.Err.Offset != want.Offset {
			t.Errorf("%q: got %v, want %s at %d", c.in, whole.Err, c.condition, want.Offset)
			continue
		}
		if len(whole.Events) != 2 {
			t.Errorf("%q: events before the fault: %q", c.in, whole.Events)
		}
		sameHoweverCut(t, []byte(in), whole, nil)
	}
}

// Faults before and in a header.
func TestFaultsAtTheStart(t *testing.T) {
	for _, c := range []struct {
		in, condition string
		offset        int64
	}{
		{"\ufeff<a", "not-well-formed", 0},
		{"GET", "not-well-formed", 0},
		{"\x16\x03\x01", "not-well-formed", 0},
		{"\xff\xfe<\x00", "unsupported-encoding", 0},
		{"<\x00", "unsupported-encoding", 1},
		{"\x00<", "unsupported-encoding", 0},
		{" \x00", "not-well-formed", 1},
		{" <?xml version='1.0'?>", "not-well-formed", 1},
		{"<?xml version='1.0'?><?xml version='1.0'?>", "not-well-formed", 21},
		{"<?XML version='1.0'?>", "not-well-formed", 0},
		{"<?xml version='1.0'encoding='UTF-8'?>", "not-well-formed", 19},
		{"<?xml encoding='UTF-8'?>", "not-well-formed", 6},
		{"<?xml version='2.0'?>", "not-well-formed", 19},
		{"<?xml version='1.'?>", "not-well-formed", 18},
		{"<?xml version='1.0' encoding='UTF-16'?>", "unsupported-encoding", 37},
		{"<?xml version='1.0' encoding=''?>", "not-well-formed", 31},
		{"<?xml version='1.0' standalone='maybe'?>", "not-well-formed", 38},
		{"<?xml version='1.0' standalone='yes' encoding='UTF-8'?>", "not-well-formed", 37},
		{"<?xml version='1.0' ? >", "not-well-formed", 21},
		{"<!DOCTYPE a>", "restricted-xml", 0},
		{"<![CDATA[", "not-well-formed", 0},
		{"</a>", "not-well-formed", 1},
		{"<stream:stream xmlns='jabber:client'>", "not-well-formed", 36},
		{"<a b='\xff'>", "unsupported-encoding", 6},
	} {
		whole := fuzz.Read([]byte(c.in), nil, fuzz.Whole, nil)
		if whole.Err == nil || whole.Err.Condition.String() != c.condition || whole.Err.Offset != c.offset {
			t.Errorf("%q: got %v, want %s at %d", c.in, whole.Err, c.condition, c.offset)
			continue
		}
		sameHoweverCut(t, []byte(c.in), whole, nil)
	}
}
