package codec_test

import (
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// TestBuilderCopy puts a stanza into another element: what it inherited from its stream it declares, and what follows it inherits the same.
func TestBuilderCopy(t *testing.T) {
	for in, want := range map[string]string{
		"<message to='x'/>": "<message xmlns='jabber:client' to='x'><body/></message>",
		"<message to='x'>a<b xmlns='urn:b' c='d'>e</b>f</message>":                              "<message xmlns='jabber:client' to='x'>a<b xmlns='urn:b' c='d'>e</b>f<body/></message>",
		"<message xmlns='jabber:client'><x xmlns=''><y/></x></message>":                         "<message xmlns='jabber:client'><x xmlns=''><y/></x><body/></message>",
		"<message xmlns:p='urn:p' p:a='1'><p:x p:b='2'><p:y/></p:x></message>":                  "<message xmlns='jabber:client' xmlns:p='urn:p' p:a='1'><p:x p:b='2'><p:y/></p:x><body/></message>",
		"<c:message xmlns:c='jabber:client' xml:lang='en'><c:body/></c:message>":                "<c:message xmlns:c='jabber:client' xml:lang='en'><c:body/><body xmlns='jabber:client'/></c:message>",
		"<c:message xmlns:c='urn:c' xmlns='urn:d'><x><c:y/></x></c:message>":                    "<c:message xmlns:c='urn:c' xmlns='urn:d'><x><c:y/></x><body xmlns='jabber:client'/></c:message>",
		"<x xmlns='urn:x'><y/></x>":                                                             "<x xmlns='urn:x'><y/><body xmlns='jabber:client'/></x>",
		"<message><x xmlns='urn:xmpp:ping'>&lt;</x><stream:error/></message>":                   "<message xmlns='jabber:client'><x xmlns='urn:xmpp:ping'>&lt;</x><stream:error/><body/></message>",
		"<message><x xmlns='urn:1'><y xmlns='urn:2'/><z w:v='' xmlns:w='urn:w'/></x></message>": "<message xmlns='jabber:client'><x xmlns='urn:1'><y xmlns='urn:2'/><z w:v='' xmlns:w='urn:w'/></x><body/></message>",
	} {
		var b codec.Builder
		for range 2 { // the second time in the memory of the first
			b.Start(atom.NSForward, atom.Forwarded).Copy(parse(t, in)).Start(atom.NSClient, atom.Body).End().End()
			got := whole(t, b.Start(atom.NSDelay, atom.Delay).Element())
			if want := "<forwarded xmlns='urn:xmpp:forward:0'>" + want + "<delay xmlns='urn:xmpp:delay'/></forwarded>"; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		}
	}
}

// TestBuilderCopyIsAnElementOfItsOwn needs nothing of what was copied.
func TestBuilderCopyIsAnElementOfItsOwn(t *testing.T) {
	e := parse(t, "<message to='x'><y xmlns='urn:y' z='1'>text</y></message>")
	var b codec.Builder
	got := b.Copy(e).Element()
	if !codec.Equal(got, e) {
		t.Fatalf("got %s", whole(t, got))
	}
	tree, _ := e.Tree()
	tree.Reset(nil)
	if want := "<message to='x'><y xmlns='urn:y' z='1'>text</y></message>"; whole(t, got) != want {
		t.Errorf("got %s", whole(t, got))
	}
}
