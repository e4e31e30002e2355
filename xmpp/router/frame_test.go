package router_test

import (
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/xmltext"
)

// TestFrameInTheOtherEncoding: the same stanza, stamps, prefixes and all, and what its receivers go by.
func TestFrameInTheOtherEncoding(t *testing.T) {
	const text = "<message from='a@b/c' id='&lt;1' type='chat' xml:lang='de'><body>\u00fc &amp; &lt;</body>" +
		"<x:y xmlns:x='urn:x' x:z='1'><z xmlns='jabber:server'/></x:y><stanza-id xmlns='urn:xmpp:sid:0' id='7'/></message>"
	r := newRouter()
	var s codec.Scratch
	if err := (xmltext.Encoder{}).Parse([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	e := s.Tree.Root()
	first := e.First()
	for first.Name() != atom.StanzaID {
		first = first.Next()
	}
	for _, from := range []codec.Encoder{xmltext.Encoder{}, compact.Encoder{}} {
		f := codec.NewFrame()
		f.Encode(from, e)
		f.Stamp(from, first)
		f.ID, f.Passing, f.Owed, f.Key = 7, true, 8, 9
		to := codec.XML + codec.Compact - from.Encoding()
		other, err := r.In(to, f)
		if err != nil {
			t.Fatal(err)
		}
		if !other.Has(to) || other.ID != 7 || !other.Passing || other.Owed != 8 || other.Key != 9 {
			t.Errorf("%+v", other)
		}
		var a, b codec.Scratch
		was, err1 := r.Open(f, &a)
		is, err2 := r.Open(other, &b)
		if err1 != nil || err2 != nil || !codec.Equal(was, is) {
			t.Errorf("%v, %v: %s", err1, err2, xmltext.Encoder{}.AppendElement(nil, is))
		}
		other.Release()
		f.Release()
	}
	if err := (xmltext.Encoder{}).Parse([]byte("<a/><b/>"), &s); err == nil {
		t.Error("two elements are one")
	}
	if err := (xmltext.Encoder{}).Parse([]byte("<a>"), &s); err == nil {
		t.Error("half an element is one")
	}
}
