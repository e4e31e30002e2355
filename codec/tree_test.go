package codec_test

import (
	"bytes"
	"testing"
	"unsafe"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
)

// parse returns the element in a text.
func parse(t testing.TB, text string) codec.Element {
	t.Helper()
	tree := new(codec.Tree)
	if err := xmltext.Parse([]byte(text), tree); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return tree.Root()
}

// print returns the text of an element.
func print(e codec.Element) string { return string(xmltext.Encoder{}.AppendElement(nil, e)) }

// whole checks that a tree is as the type says it is, and returns its text.
func whole(t testing.TB, e codec.Element) string {
	t.Helper()
	tree, root := e.Tree()
	end := tree.Nodes[root].End
	if end != uint32(len(tree.Nodes)) {
		t.Errorf("the root ends at %d of %d nodes", end, len(tree.Nodes))
	}
	check(t, tree, root)
	var again codec.Tree
	text := print(e)
	if err := xmltext.Parse([]byte(text), &again); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if !codec.Equal(e, again.Root()) {
		t.Errorf("read back it is another infoset: %s", text)
	}
	return text
}

// check goes through element i and returns its end.
func check(t testing.TB, tree *codec.Tree, i uint32) uint32 {
	t.Helper()
	end := tree.Nodes[i].End
	if end <= i || end > uint32(len(tree.Nodes)) {
		t.Fatalf("element %d ends at %d of %d nodes", i, end, len(tree.Nodes))
	}
	content := false
	for k := i + 1; k < end; {
		switch n := &tree.Nodes[k]; n.Kind {
		case codec.KindElement:
			content = true
			k = check(t, tree, k)
			continue
		case codec.KindAttr:
			if content {
				t.Errorf("node %d is an attribute after content", k)
			}
		case codec.KindText:
			if content && tree.Nodes[k-1].Kind == codec.KindText && !endsAt(tree, i, k) {
				t.Errorf("nodes %d and %d are two texts side by side", k-1, k)
			}
			content = true
		}
		k++
	}
	return end
}

// endsAt reports whether an element within element i ends at node k.
func endsAt(tree *codec.Tree, i, k uint32) bool {
	for j := i + 1; j < k; j++ {
		if tree.Nodes[j].Kind == codec.KindElement && tree.Nodes[j].End == k {
			return true
		}
	}
	return false
}

func TestNodeSize(t *testing.T) {
	if n := unsafe.Sizeof(codec.Node{}); n != 28 {
		t.Errorf("a Node has %d bytes, want 28", n)
	}
}

func TestTreeBytes(t *testing.T) {
	var tree codec.Tree
	tree.Reset([]byte("source"))
	off := codec.AddAux(&tree, "added")
	again := codec.AddAux(&tree, []byte("more"))
	if a, b, c := tree.Bytes(0, 6), tree.Bytes(off, 5), tree.Bytes(again, 4); string(a)+string(b)+string(c) != "sourceaddedmore" {
		t.Errorf("%s %s %s", a, b, c)
	}
	if b := append(tree.Bytes(off, 5), "xyz"...); string(tree.Bytes(again, 4)) != "more" {
		t.Errorf("appending to %s wrote into the tree", b)
	}
	if end := tree.AuxEnd(); codec.AddAux(&tree, "x") != end {
		t.Error("AuxEnd is not where the next byte goes")
	}
	tree.Reset(nil)
	if !tree.Root().IsZero() || len(tree.Aux) != 0 || tree.Src != nil {
		t.Error("something is left after Reset")
	}
}

func TestNameOfTheTable(t *testing.T) {
	var tree codec.Tree
	tree.Nodes = []codec.Node{{Kind: codec.KindElement, Name: atom.Message, NS: atom.NSClient, End: 1}}
	if e := tree.Root(); !bytes.Equal(e.LocalName(), []byte("message")) || string(e.Namespace()) != "jabber:client" || len(e.Prefix()) != 0 {
		t.Errorf("%s %s", e.LocalName(), e.Namespace())
	}
}
