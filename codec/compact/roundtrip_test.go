package compact_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/fuzz/corpus"
)

// parseXML returns the Tree of one element.
func parseXML(t testing.TB, xml []byte) *codec.Tree {
	t.Helper()
	tree := new(codec.Tree)
	if err := xmltext.Parse(xml, tree); err != nil {
		t.Fatalf("%v\n%s", err, xml)
	}
	return tree
}

// toXML returns the XML of tree's root as it leaves in a client stream.
func toXML(tree *codec.Tree) []byte { return xmltext.Encoder{}.AppendElement(nil, tree.Root()) }

// difference says where two Trees differ, in anything that a Tree keeps; "" when nowhere.
func difference(a, b *codec.Tree) string {
	if len(a.Nodes) != len(b.Nodes) {
		return fmt.Sprintf("%d and %d nodes", len(a.Nodes), len(b.Nodes))
	}
	for i := range a.Nodes {
		m, n, k := &a.Nodes[i], &b.Nodes[i], uint32(i)
		switch {
		case m.Kind != n.Kind || m.End != n.End:
			return fmt.Sprintf("node %d: kinds %d and %d, ends %d and %d", i, m.Kind, n.Kind, m.End, n.End)
		case m.Kind != codec.KindText && (!bytes.Equal(a.NodeName(k), b.NodeName(k)) || m.PrefixLen != n.PrefixLen || m.Name != n.Name):
			return fmt.Sprintf("node %d: names %q and %q", i, a.NodeName(k), b.NodeName(k))
		case m.Kind != codec.KindElement && !bytes.Equal(a.NodeValue(k), b.NodeValue(k)):
			return fmt.Sprintf("node %d: values %q and %q", i, a.NodeValue(k), b.NodeValue(k))
		case m.NS != n.NS || m.Decl != n.Decl:
			return fmt.Sprintf("node %d %q: namespaces %v and %v, declared at %d and %d", i, a.NodeName(k), m.NS, n.NS, m.Decl, n.Decl)
		}
	}
	return ""
}

// feed gives the stream to a new Decoder in pieces of size bytes and calls element for each element.
func feed(t testing.TB, stream []byte, size int, element func(tree *codec.Tree)) {
	t.Helper()
	d := compact.NewDecoder(nil)
	defer d.Close()
	var s codec.Scratch
	for len(stream) > 0 {
		piece := stream[:min(size, len(stream)):min(size, len(stream))]
		stream = stream[len(piece):]
		for len(piece) > 0 {
			n, ev, err := d.Decode(piece, &s)
			if err != nil {
				t.Fatal(err)
			}
			if ev == codec.EventElement {
				element(&s.Tree)
			}
			piece = piece[n:]
		}
	}
}

// TestExamples takes every example of every XEP from XML to compact and back.
func TestExamples(t *testing.T) {
	var enc compact.Encoder
	stream := enc.AppendOpen(nil, openHeader(new(codec.Builder)))
	var want []*codec.Tree
	for _, x := range corpus.XEPExamples() {
		tree := parseXML(t, x.XML)
		stream = enc.AppendElement(stream, tree.Root())
		if bytes.Contains(x.XML, []byte("jabber:server")) {
			tree = parseXML(t, toXML(tree)) // re-scoped
		}
		want = append(want, tree)
	}
	for _, size := range []int{len(stream), 1460, 7, 1} {
		i := 0
		feed(t, stream, size, func(tree *codec.Tree) {
			if d := difference(want[i], tree); d != "" {
				t.Errorf("example %d, in pieces of %d: %s\n%s", i, size, d, toXML(want[i]))
			} else if again := parseXML(t, toXML(tree)); !codec.Equal(again.Root(), want[i].Root()) {
				t.Errorf("example %d: as XML\n%s\nwant\n%s", i, toXML(tree), toXML(want[i]))
			}
			i++
		})
		if i != len(want) {
			t.Errorf("in pieces of %d: %d elements, want %d", size, i, len(want))
		}
	}
}

// TestDialbackExamples are elements that use a prefix of their stream's header: it travels with them.
func TestDialbackExamples(t *testing.T) {
	d := xmltext.NewDecoder(nil)
	var s codec.Scratch
	if _, _, err := d.Decode([]byte("<stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback' xmlns:stream='http://etherx.jabber.org/streams'>"), &s); err != nil {
		t.Fatal(err)
	}
	for _, x := range corpus.DialbackExamples() {
		if _, ev, err := d.Decode(x.XML, &s); ev != codec.EventElement || err != nil {
			t.Fatal(ev, err)
		}
		stored, _ := compact.Encoder{}.AppendSplit(nil, s.Tree.Root())
		var got codec.Tree
		if err := compact.Parse(stored, &got, nil); err != nil {
			t.Errorf("%s: %v", x.XML, err)
			continue
		}
		if again := parseXML(t, toXML(&got)); !codec.Equal(again.Root(), parseXML(t, toXML(&s.Tree)).Root()) {
			t.Errorf("%s became %s", x.XML, toXML(&got))
		}
	}
}

// TestEveryCut cuts the first hundred examples in two at every byte.
func TestEveryCut(t *testing.T) {
	for _, x := range corpus.XEPExamples()[:100] {
		tree := parseXML(t, x.XML)
		item := compact.Encoder{}.AppendElement(nil, tree.Root())
		stream := append(compact.Encoder{}.AppendOpen(nil, openHeader(new(codec.Builder))), item...)
		for cut := range stream {
			if cut == 0 {
				continue
			}
			count := 0
			d := compact.NewDecoder(nil)
			var s codec.Scratch
			for _, piece := range [][]byte{stream[:cut:cut], stream[cut:]} {
				for len(piece) > 0 {
					n, ev, err := d.Decode(piece, &s)
					if err != nil {
						t.Fatal(err)
					}
					piece = piece[n:]
					if ev == codec.EventElement {
						count++
						if diff := difference(tree, &s.Tree); diff != "" {
							t.Errorf("cut at %d: %s\n%s", cut, diff, x.XML)
						}
					}
				}
			}
			d.Close()
			if count != 1 {
				t.Errorf("cut at %d: %d elements", cut, count)
			}
		}
	}
}

func openHeader(b *codec.Builder) codec.Element {
	return b.Start(atom.NSStreams, atom.Stream).Attr(atom.To, "example.org").Attr(atom.Version, "1.0").Element()
}

// TestParts: of any element in a Tree, all that it needs from the elements around it goes with it.
func TestParts(t *testing.T) {
	for _, x := range corpus.XEPExamples() {
		tree := parseXML(t, x.XML)
		for e := tree.Root().First(); !e.IsZero(); e = e.First() {
			stored, _ := compact.Encoder{}.AppendSplit(nil, e)
			var got codec.Tree
			if err := compact.Parse(stored, &got, nil); err != nil {
				t.Errorf("%v: a part of %s", err, x.XML)
				continue
			}
			if !codec.Equal(got.Root(), e) {
				t.Errorf("%s is not a part of %s", toXML(&got), x.XML)
			}
		}
	}
}
