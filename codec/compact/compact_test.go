package compact_test

import (
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/compact"
)

func message(b *codec.Builder) codec.Element {
	return b.Start(atom.NSClient, atom.Message).Attr(atom.Type, "chat").Attr(atom.ID, "m1").Attr(atom.To, "juliet@example.com").Lang("en").
		Start(atom.NSClient, atom.Body).Text("Wherefore art thou?").End().
		Start(atom.NSChatStates, atom.Active).End().
		StartNS("urn:example:x", "thing").Text("a").StartNS("urn:example:x", "b").End().Text("c").End().
		Element()
}

func TestMessage(t *testing.T) {
	var b codec.Builder
	e := message(&b)
	var enc compact.Encoder
	stored, tail := enc.AppendSplit(nil, e)
	t.Logf("%x %d", stored, tail)
	var tree codec.Tree
	if err := compact.Parse(stored, &tree, nil); err != nil {
		t.Fatal(err)
	}
	if !codec.Equal(e, tree.Root()) {
		t.Error("not equal")
	}
}
