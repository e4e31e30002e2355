package xmltext

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
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
	check := func(header string, examples []corpus.Example) {
		d := opened(t, header)
		var whole, s codec.Scratch
		for _, e := range examples {
			pieces(t, d, &whole, e.XML)
			pieces(t, d, &s, bytesOf(e.XML)...)
			if !sameTree(&whole.Tree, &s.Tree) {
				t.Fatalf("XEP-%s, example %d: another tree byte by byte:\n%s", e.XEP, e.N, e.XML)
			}
			for i := 1; i < min(100, len(e.XML)); i++ {
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

func TestExamplesAgainstEncodingXML(t *testing.T) {
	check := func(header string, examples []corpus.Example) {
		d := opened(t, header)
		var s codec.Scratch
		for _, e := range examples {
			pieces(t, d, &s, e.XML)
			got, want := ours(s.Tree.Root()), theirs(t, header, e.XML)
			if got != want {
				t.Fatalf("XEP-%s, example %d:\n%s\nours:\n%s\nencoding/xml:\n%s", e.XEP, e.N, e.XML, got, want)
			}
		}
	}
	check(clientHeader, corpus.XEPExamples())
	check(dialbackHeader, corpus.DialbackExamples())
}

// ours writes an element down in a form that theirs can give too.
func ours(e codec.Element) string {
	var b strings.Builder
	t, root := e.Tree()
	for i := root; i < t.Nodes[root].End; i++ {
		switch n := &t.Nodes[i]; n.Kind {
		case codec.KindText:
			fmt.Fprintf(&b, "%q", t.NodeValue(i))
		case codec.KindElement:
			var attrs []string
			for k := i + 1; k < n.End && t.Nodes[k].Kind == codec.KindAttr; k++ {
				if t.Nodes[k].NS != atom.NSXMLNS {
					attrs = append(attrs, fmt.Sprintf("%s=%q", expanded(t, k), t.NodeValue(k)))
				}
			}
			slices.Sort(attrs)
			fmt.Fprintf(&b, "<%s %s>", expanded(t, i), strings.Join(attrs, " "))
		}
		for k := root; k <= i; k++ {
			if t.Nodes[k].Kind == codec.KindElement && t.Nodes[k].End == i+1 {
				b.WriteString("</>")
			}
		}
	}
	return b.String()
}

func expanded(t *codec.Tree, i uint32) string {
	n := &t.Nodes[i]
	name := string(t.NodeName(i))
	if n.PrefixLen > 0 {
		name = name[n.PrefixLen+1:]
	}
	space := n.NS.String()
	if n.Decl != 0 {
		space = string(t.NodeValue(n.Decl - 1))
	}
	return "{" + space + "}" + name
}

// theirs reads the element with encoding/xml.
func theirs(t *testing.T, header string, text []byte) string {
	d := xml.NewDecoder(io.MultiReader(strings.NewReader(header), bytes.NewReader(text), strings.NewReader(rootEnd)))
	var b strings.Builder
	data := ""
	flush := func() {
		if data != "" {
			fmt.Fprintf(&b, "%q", data)
			data = ""
		}
	}
	name := func(n xml.Name) string { return "{" + n.Space + "}" + n.Local }
	for depth := 0; ; {
		token, err := d.Token()
		if err != nil {
			t.Fatalf("encoding/xml: %v\n%s", err, text)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if depth++; depth == 1 {
				continue // the header
			}
			flush()
			var attrs []string
			for _, a := range token.Attr {
				if a.Name.Space != "xmlns" && a.Name != (xml.Name{Local: "xmlns"}) {
					// XML 1.0 §3.3.3 asks for this, encoding/xml leaves it out.
					value := strings.NewReplacer("\t", " ", "\n", " ").Replace(a.Value)
					attrs = append(attrs, fmt.Sprintf("%s=%q", name(a.Name), value))
				}
			}
			slices.Sort(attrs)
			fmt.Fprintf(&b, "<%s %s>", name(token.Name), strings.Join(attrs, " "))
		case xml.EndElement:
			flush()
			if depth--; depth == 0 {
				return b.String()
			}
			b.WriteString("</>")
		case xml.CharData:
			if depth > 1 {
				data += string(token)
			}
		}
	}
}
