package compact

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"unsafe"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/fuzz/corpus"
)

// open is the item of a header without attributes.
const open = "\x04\x02\x81\x67\x67"

// vectors are the bytes of the format's vectors.
func vectors(f *testing.F) (all [][]byte) {
	text, err := os.ReadFile("../../codec/compact/testdata/vectors.txt")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if cols := strings.Split(line, "\t"); len(cols) == 4 {
			b, err := hex.DecodeString(cols[1])
			if err != nil {
				f.Fatal(err)
			}
			all = append(all, b)
		}
	}
	return all
}

// treeBytes is what the Tree's own memory in use may be: at the worst two bytes of input are an attribute, a node of 28 bytes and a value of the
// longest word that has a one-byte number; a little besides is for the smallest elements.
func treeBytes(input int) int { return 48*input + 256 }

// FuzzDecode takes any bytes for the stored form of an element.
func FuzzDecode(f *testing.F) {
	for _, b := range vectors(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var tree, again codec.Tree
		if err := compact.Parse(b, &tree, nil); err != nil {
			if _, ok := err.(*codec.Error); !ok {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		if used := len(tree.Nodes)*int(unsafe.Sizeof(codec.Node{})) + len(tree.Aux); used > treeBytes(len(b)) {
			t.Fatalf("%d bytes became a Tree of %d", len(b), used)
		}
		xml := xmltext.Encoder{}.AppendElement(nil, tree.Root())
		if err := xmltext.Parse(xml, &again); err != nil {
			t.Fatalf("accepted, but as XML: %v\n%s", err, xml)
		}
		if !strings.Contains(string(xml), "jabber:") && !codec.Equal(tree.Root(), again.Root()) { // a content namespace may be re-scoped
			t.Fatalf("another element as XML\n%s", xml)
		}
		same(t, b, &tree)
	})
}

// same checks that encoding tree and decoding it gives the same again.
func same(t *testing.T, b []byte, tree *codec.Tree) {
	once, _ := compact.Encoder{}.AppendSplit(nil, tree.Root())
	var again codec.Tree
	if err := compact.Parse(once, &again, &codec.Limits{}); err != nil {
		t.Fatalf("%x is encoded as %x: %v", b, once, err)
	}
	if twice, _ := (compact.Encoder{}).AppendSplit(nil, again.Root()); !bytes.Equal(once, twice) {
		t.Fatalf("%x is encoded as %x, then as %x", b, once, twice)
	}
}

// FuzzStream takes any bytes for a stream: events and error are the same however it is cut.
func FuzzStream(f *testing.F) {
	for i, b := range vectors(f) {
		f.Add(compact.AppendStored([]byte(open), b), uint64(i))
	}
	f.Add([]byte(open+"\x04\x01\x82\x01\x00\x01\x03"), uint64(1))
	f.Fuzz(func(t *testing.T, stream []byte, seed uint64) {
		want, wantErr := events(t, stream, nil)
		random := rand.New(rand.NewPCG(seed, 1))
		for _, most := range []int{1, 8, 64} {
			got, err := events(t, stream, func() int { return 1 + random.IntN(most) })
			if got != want || (err == nil) != (wantErr == nil) || err != nil && *err != *wantErr {
				t.Fatalf("seed %d, pieces of up to %d: %v, %v; whole: %v, %v", seed, most, got, err, want, wantErr)
			}
		}
	})
}

// events decodes stream and returns what was found as XML. size gives the sizes of the pieces; nil is one piece.
func events(t *testing.T, stream []byte, size func() int) (found string, failed *codec.Error) {
	d := compact.NewDecoder(nil)
	defer d.Close()
	var s codec.Scratch
	for len(stream) > 0 {
		n := len(stream)
		if size != nil {
			n = min(n, size())
		}
		piece := bytes.Clone(stream[:n])
		stream = stream[n:]
		for len(piece) > 0 {
			n, ev, err := d.Decode(piece, &s)
			if err != nil {
				return found, err.(*codec.Error)
			}
			if n == 0 || ev == codec.EventNone && n != len(piece) {
				t.Fatalf("Decode(%x) = %d, %d", piece, n, ev)
			}
			if ev == codec.EventElement || ev == codec.EventOpen {
				found += string(xmltext.Encoder{}.AppendElement(nil, s.Tree.Root()))
			}
			found += []string{"", "o", "e", "c"}[ev]
			piece = piece[n:]
		}
	}
	return found, nil
}

// FuzzRoundTrip takes XML through the compact coding.
func FuzzRoundTrip(f *testing.F) {
	for i, x := range corpus.XEPExamples() {
		if i%50 == 0 {
			f.Add(x.XML)
		}
	}
	f.Fuzz(func(t *testing.T, xml []byte) {
		var before, after codec.Tree
		if xmltext.Parse(xml, &before) != nil {
			return
		}
		b, _ := compact.Encoder{}.AppendSplit(nil, before.Root())
		if err := compact.Parse(b, &after, &codec.Limits{}); err != nil {
			t.Fatalf("XML, but as compact: %v\n%s\n%x", err, xml, b)
		}
		again := xmltext.Encoder{}.AppendElement(nil, after.Root())
		if want := (xmltext.Encoder{}).AppendElement(nil, before.Root()); string(again) != string(want) {
			t.Fatalf("%s\nbecame\n%s", want, again)
		}
	})
}
