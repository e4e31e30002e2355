package xmltext

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/fuzz/corpus"
)

const (
	header = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' xmlns:db='jabber:server:dialback'>"
	footer = "</stream:stream>"
)

// seeds returns streams for a start: the hostile ones and a part of the examples.
func seeds() (all [][]byte) {
	for _, c := range corpus.Hostile() {
		if len(c.Data) < 4096 {
			all = append(all, c.Data)
		}
	}
	for i, e := range append(corpus.XEPExamples(), corpus.DialbackExamples()...) {
		if i%20 == 0 {
			all = append(all, []byte(header+string(e.XML)+footer))
		}
	}
	return all
}

// limitsToTry are no limits, usual ones, and those that inputs of a fuzzer reach: from the beginning on, or only later.
var limitsToTry = [][]*codec.Limits{
	{&noLimits},
	{&codec.DefaultLimits, &noLimits, &codec.PreAuthLimits},
	{&tight},
	{&noLimits, &noLimits, &tight},
}

var tight = codec.Limits{Bytes: 300, Depth: 4, Attributes: 5, Elements: 6, Namespaces: 3, Name: 20}

// FuzzDecode reads a stream whole, byte by byte and in the given pieces: the decoder has to say what the plain parser says, in the same words. What was
// read and is written must be read as the same again, and be written the same.
func FuzzDecode(f *testing.F) {
	for _, data := range seeds() {
		f.Add(data, []byte{0, 6, 29})
	}
	m := minimiser{new: newDecoder, place: atEnd}
	f.Fuzz(func(t *testing.T, data, pieces []byte) {
		for _, m.limits = range limitsToTry {
			for _, cuts := range [][]int{inPieces(data, nil), inPieces(data, []byte{0}), inPieces(data, pieces)} {
				for m.hold = range uint8(waysOfHolding) {
					if wrong := m.try(data, cuts); wrong != "" {
						t.Fatalf("%s\nlimits %s, %s, %s\n%s\nplain:\n%s", wrong, describeLimits(m.limits), pieceLengths(cuts), holds[m.hold], quote(data), m.parser.Parse(data, m.limits...))
					}
				}
			}
			sameWords(t, data, m.limits[0], pieces)
		}
	})
}

// sameWords checks that the error is the same to its reason however data is cut, and that elements can be written and read.
func sameWords(t *testing.T, data []byte, l *codec.Limits, pieces []byte) {
	whole := Read(data, l, Whole, func(ev codec.Event, e codec.Element) atom.Atom {
		if ev == codec.EventElement {
			roundTrip(t, e)
		}
		return atom.Unknown
	})
	for _, cuts := range [][]int{inPieces(data, []byte{0}), inPieces(data, pieces)} {
		if got := Read(data, l, atCuts(cuts), nil); !got.Equal(whole) {
			t.Fatalf("limits %+v, %s:\n%s\nwhole:\n%s", *l, pieceLengths(cuts), got, whole)
		}
	}
}

// inPieces cuts data in pieces that are one byte longer than the numbers say, which are used over and over. Without numbers it is one piece.
func inPieces(data, numbers []byte) (cuts []int) {
	for i, at := 0, 0; at < len(data) && len(numbers) > 0; i++ {
		at = min(len(data), at+1+int(numbers[i%len(numbers)]))
		cuts = append(cuts, at)
	}
	if len(cuts) == 0 && len(data) > 0 {
		cuts = []int{len(data)}
	}
	return cuts
}

func roundTrip(t *testing.T, e codec.Element) {
	t.Helper()
	once := xmltext.Encoder{}.AppendElement(nil, e)
	var tree codec.Tree
	if err := xmltext.Parse(once, &tree); err != nil {
		t.Fatalf("what was written cannot be read: %v\n%s", err, once)
	}
	if e.NS() != atom.NSServer && !codec.Equal(e, tree.Root()) { // written for a client stream it gets another namespace
		t.Fatalf("what was written is another infoset:\n%s\n%s", Describe(e), once)
	}
	if twice := (xmltext.Encoder{}).AppendElement(nil, tree.Root()); string(twice) != string(once) {
		t.Fatalf("printing is not stable:\n%s\n%s", once, twice)
	}
	split, tail := xmltext.Encoder{}.AppendSplit(nil, e)
	split = append(split[:len(split)-tail:len(split)-tail], "<stamp/></"+string(split[len(split)-tail+2:])...)
	if err := xmltext.Parse(split, &tree); err != nil {
		t.Fatalf("a child put before the tail: %v\n%s", err, split)
	}
}

// FuzzEncode builds a Tree of arbitrary strings: what comes out must be one well-formed element with the same number of nodes of each kind.
func FuzzEncode(f *testing.F) {
	f.Add("urn:x", "name", "value", "text")
	f.Add("", "a><b", "'\"<&\r\n\t\x00", "]]>\xff\ufffe")
	f.Add("http://www.w3.org/2000/xmlns/", "xmlns:a", " ", "\r")
	f.Fuzz(func(t *testing.T, ns, name, value, text string) {
		switch atom.Lookup(ns) {
		case atom.NSXML, atom.NSXMLNS:
			return // may not be declared: whoever builds must know that
		}
		if len(name) > 1<<16-1 {
			return // more than a Node can say
		}
		var b codec.Builder
		b.Start(atom.NSClient, atom.Message).StartNS(ns, name).Attr(atom.ID, value).Text(text).Start(atom.NSSM, atom.R).End().Text(value)
		e := b.Element()
		out := xmltext.Encoder{}.AppendElement(nil, e)
		var tree codec.Tree
		if err := xmltext.Parse(out, &tree); err != nil {
			t.Fatalf("%v\n%q", err, out)
		}
		if got, want := len(tree.Nodes), len(b.Tree().Nodes); got != want {
			t.Fatalf("%d nodes, want %d\n%q", got, want, out)
		}
		child := tree.Root().First()
		if xml(value) && string(child.Attr(atom.ID)) != value || xml(text) && xml(value) && string(child.Text()) != text+value {
			t.Fatalf("not what was built: %q", out)
		}
	})
}

// xml reports whether XML can carry all of s.
func xml(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r == '\ufffe' || r == '\uffff' || r < 0x20 && r != '\t' && r != '\n' && r != '\r'
	})
}
