package codec_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

func TestSetAttr(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"<a/>", "<a to='x&amp;y'/>"},
		{"<a to='z'/>", "<a to='x&amp;y'/>"},
		{"<a id='1' to='z' from='f'><b/></a>", "<a id='1' to='x&amp;y' from='f'><b/></a>"},
		{"<a id='1'>t<b>u</b></a>", "<a id='1' to='x&amp;y'>t<b>u</b></a>"},
		{"<a><b xmlns='urn:b'><c/></b></a>", "<a to='x&amp;y'><b xmlns='urn:b'><c/></b></a>"},
		{"<a xmlns:p='urn:p' p:to='1'><p:b/></a>", "<a xmlns:p='urn:p' p:to='1' to='x&amp;y'><p:b/></a>"},
	} {
		e := codec.SetAttr(parse(t, c.in), atom.To, "x&y")
		if got := whole(t, e); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.in, got, c.want)
		}
		if string(e.Attr(atom.To)) != "x&y" || !e.Next().IsZero() {
			t.Errorf("%s: the element returned is not good", c.in)
		}
	}
}

// An inner element that gets an attribute keeps its place, and everything around it.
func TestSetAttrInside(t *testing.T) {
	root := parse(t, "<a><b xmlns:p='urn:p'><c/></b><d xmlns='urn:d'><p xmlns='urn:e'/></d></a>")
	e := codec.SetAttr(root.First().First(), atom.ID, []byte("1"))
	if got, want := whole(t, root), "<a><b xmlns:p='urn:p'><c id='1'/></b><d xmlns='urn:d'><p xmlns='urn:e'/></d></a>"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if !e.Next().IsZero() || string(root.First().Next().First().Namespace()) != "urn:e" {
		t.Error("the neighbours have moved")
	}
}

func TestRemoveAttr(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"<a/>", "<a/>"},
		{"<a to='x'/>", "<a/>"},
		{"<a id='1' to='x' from='f'>t<b xmlns='urn:b'><c to='y'/></b></a>", "<a id='1' from='f'>t<b xmlns='urn:b'><c to='y'/></b></a>"},
		{"<a xmlns:p='urn:p' p:to='1' to='2'><p:b/></a>", "<a xmlns:p='urn:p' p:to='1'><p:b/></a>"},
		{"<a to='2' xmlns:p='urn:p'><p:b/></a>", "<a xmlns:p='urn:p'><p:b/></a>"},
	} {
		e := codec.RemoveAttr(parse(t, c.in), atom.To)
		if got := whole(t, e); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.in, got, c.want)
		}
		if e.Attr(atom.To) != nil || !e.Next().IsZero() {
			t.Errorf("%s: the element returned is not good", c.in)
		}
	}
}

func TestRemove(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"<a><x/></a>", "<a/>"},
		{"<a id='1'><x><y>z</y></x></a>", "<a id='1'/>"},
		{"<a><b xmlns='urn:b'/><x/><c xmlns='urn:c'><d/></c></a>", "<a><b xmlns='urn:b'/><c xmlns='urn:c'><d/></c></a>"},
		{"<a>1<x/>2</a>", "<a>12</a>"},
		{"<a>1&amp;<x/>2&lt;<b xmlns='urn:b'><c/></b></a>", "<a>1&amp;2&lt;<b xmlns='urn:b'><c/></b></a>"},
		{"<a><b>1</b><x/>2</a>", "<a><b>1</b>2</a>"},
		{"<a>1<x/><b>2</b></a>", "<a>1<b>2</b></a>"},
	} {
		root := parse(t, c.in)
		x := root.First()
		for string(x.LocalName()) != "x" {
			x = x.Next()
		}
		next := string(x.Next().LocalName())
		if got := codec.Remove(x); string(got.LocalName()) != next || !got.Next().IsZero() {
			t.Errorf("%s: next is %q, and not the last", c.in, got.LocalName())
		}
		if got := whole(t, root); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.in, got, c.want)
		}
	}
}

// Any sequence of changes leaves a Tree that is one, and that means what it says.
func TestEditsKeepTheTreeWhole(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	names := []atom.Atom{atom.ID, atom.To, atom.From, atom.Type}
	for range 300 {
		root := parse(t, "<a xmlns:p='urn:p' id='1'>t<b to='x'>u<p:c p:d='1'/>v<e xmlns='urn:e'><f/><f/></e></b>w<g xmlns='jabber:x:data'/><h/>x</a>")
		for range 10 {
			e := root
			for r.IntN(3) > 0 && !e.First().IsZero() {
				e = e.First()
				for r.IntN(2) > 0 && !e.Next().IsZero() {
					e = e.Next()
				}
			}
			_, index := e.Tree()
			switch name := names[r.IntN(len(names))]; r.IntN(3) {
			case 0:
				codec.SetAttr(e, name, "new")
			case 1:
				codec.RemoveAttr(e, name)
			default:
				if index > 0 {
					checkNext(t, e)
				}
			}
			tree, _ := root.Tree()
			root = tree.Root()
			whole(t, root)
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
	}
}

// checkNext removes e; the siblings behind it are those that it had, and no more.
func checkNext(t *testing.T, e codec.Element) {
	var want, got []string
	for c := e.Next(); !c.IsZero(); c = c.Next() {
		want = append(want, string(c.LocalName()))
	}
	for c := codec.Remove(e); !c.IsZero(); c = c.Next() {
		got = append(got, string(c.LocalName()))
	}
	if !slices.Equal(got, want) {
		t.Errorf("behind what was removed:\ngot  %q\nwant %q", got, want)
	}
}
