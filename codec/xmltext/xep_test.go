package xmltext

import (
	"bytes"
	"slices"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/fuzz/corpus"
)

const (
	clientHeader   = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
	dialbackHeader = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' xmlns:db='jabber:server:dialback'>"
)

// opened returns a Decoder that has read a header.
func opened(t testing.TB, header string) *Decoder {
	t.Helper()
	d := NewDecoder(&codec.DefaultLimits)
	if n, ev, err := d.Decode([]byte(header), new(codec.Scratch)); n != len(header) || ev != codec.EventOpen || err != nil {
		t.Fatalf("header: %d, %v, %v", n, ev, err)
	}
	return d
}

// pieces decodes one element that comes in the given pieces, each in memory of its own.
func pieces(t testing.TB, d *Decoder, s *codec.Scratch, parts ...[]byte) {
	t.Helper()
	for i, p := range parts {
		n, ev, err := d.Decode(p, s)
		last := i == len(parts)-1
		if err != nil || n != len(p) || last != (ev == codec.EventElement) {
			t.Fatalf("piece %d of %d: %d of %d bytes, event %v, %v\n%s", i, len(parts), n, len(p), ev, err, bytes.Join(parts, nil))
		}
		if !last && len(s.Tree.Nodes) != 0 {
			t.Fatal("the scratch tree is in use by an unfinished element")
		}
	}
}

// sameTree reports whether the trees are alike to the byte.
func sameTree(a, b *codec.Tree) bool {
	return slices.Equal(a.Nodes, b.Nodes) && bytes.Equal(a.Src, b.Src) && bytes.Equal(a.Aux, b.Aux)
}

func TestExamplesHoweverCut(t *testing.T) {
	stride := 1
	if RaceEnabled {
		stride = 20
	}
	check := func(header string, examples []corpus.Example) {
		d := opened(t, header)
		var whole, s codec.Scratch
		for _, e := range examples {
			pieces(t, d, &whole, e.XML)
			pieces(t, d, &s, bytesOf(e.XML)...)
			if !sameTree(&whole.Tree, &s.Tree) {
				t.Fatalf("XEP-%s, example %d: another tree byte by byte:\n%s", e.XEP, e.N, e.XML)
			}
			for i := 1; i < min(100, len(e.XML)); i += stride {
				pieces(t, d, &s, bytes.Clone(e.XML[:i]), e.XML[i:])
				if !sameTree(&whole.Tree, &s.Tree) {
					t.Fatalf("XEP-%s, example %d: another tree when cut at %d:\n%s", e.XEP, e.N, i, e.XML)
				}
			}
		}
	}
	check(clientHeader, corpus.XEPExamples())
	check(dialbackHeader, corpus.DialbackExamples())
}

// bytesOf returns the bytes of b, one by one.
func bytesOf(b []byte) (all [][]byte) {
	for i := range b {
		all = append(all, b[i:i+1])
	}
	return all
}

func TestExamplesRoundTrip(t *testing.T) {
	check := func(header string, examples []corpus.Example) {
		d := opened(t, header)
		var s, again codec.Scratch
		for _, e := range examples {
			pieces(t, d, &s, e.XML)
			out := Encoder{}.AppendElement(nil, s.Tree.Root())
			pieces(t, opened(t, clientHeader), &again, out) // the Tree needs nothing from its header
			if !codec.Equal(s.Tree.Root(), again.Tree.Root()) {
				t.Fatalf("XEP-%s, example %d: another infoset:\n%s\n%s", e.XEP, e.N, e.XML, out)
			}
			if twice := (Encoder{}).AppendElement(nil, again.Tree.Root()); !bytes.Equal(out, twice) {
				t.Fatalf("XEP-%s, example %d: printing is not stable:\n%s\n%s", e.XEP, e.N, out, twice)
			}
		}
	}
	check(clientHeader, corpus.XEPExamples())
	check(dialbackHeader, corpus.DialbackExamples())
}
