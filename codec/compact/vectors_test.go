package compact_test

import (
	"encoding/hex"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/xmltext"
)

var rewrite = flag.Bool("rewrite", false, "write what the encoder makes into testdata/vectors.txt")

// vector is a line of testdata/vectors.txt, see FORMAT.md §9.
type vector struct {
	form  string // "element", "element*", "open", "refused"
	bytes []byte
	want  string // XML, or the condition
	what  string
}

const vectorFile = "testdata/vectors.txt"

// readVectors reads the file; with -rewrite it first replaces what the encoder makes.
func readVectors(t testing.TB) (all []vector) {
	t.Helper()
	text, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 4 {
			t.Fatalf("%s:%d: %d columns", vectorFile, i+1, len(f))
		}
		if *rewrite && (f[0] == "element" || f[0] == "open") {
			f[1] = hex.EncodeToString(encodeVector(t, f[0], f[2]))
			lines[i] = strings.Join(f, "\t")
		}
		b, err := hex.DecodeString(f[1])
		if err != nil {
			t.Fatalf("%s:%d: %v", vectorFile, i+1, err)
		}
		all = append(all, vector{f[0], b, f[2], f[3]})
	}
	if *rewrite {
		if err := os.WriteFile(vectorFile, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// encodeVector returns what the encoder makes of xml: an element's stored form, or the item of a header.
func encodeVector(t testing.TB, form, xml string) []byte {
	if form == "open" {
		return compact.Encoder{}.AppendOpen(nil, openTree(t, xml).Root())
	}
	b, _ := compact.Encoder{}.AppendSplit(nil, parseXML(t, []byte(xml)).Root())
	return b
}

// openTree parses a header as if it were an empty element, which shows the declarations as written.
func openTree(t testing.TB, xml string) *codec.Tree {
	return parseXML(t, []byte(strings.TrimSuffix(xml, ">")+"/>"))
}

func TestVectors(t *testing.T) {
	for _, v := range readVectors(t) {
		var tree codec.Tree
		switch v.form {
		case "element", "element*":
			if err := compact.Parse(v.bytes, &tree, nil); err != nil {
				t.Errorf("%s: %v", v.what, err)
				continue
			}
			if d := difference(parseXML(t, []byte(v.want)), &tree); d != "" {
				t.Errorf("%s: %s", v.what, d)
			}
			if got := encodeVector(t, v.form, v.want); v.form == "element" && string(got) != string(v.bytes) {
				t.Errorf("%s: encoded %x, want %x", v.what, got, v.bytes)
			}
		case "open":
			var s codec.Scratch
			n, ev, err := compact.NewDecoder(nil).Decode(v.bytes, &s)
			if n != len(v.bytes) || ev != codec.EventOpen || err != nil {
				t.Errorf("%s: Decode = %d, %d, %v", v.what, n, ev, err)
				continue
			}
			if d := difference(openTree(t, v.want), &s.Tree); d != "" {
				t.Errorf("%s: %s", v.what, d)
			}
			if got := encodeVector(t, v.form, v.want); string(got) != string(v.bytes) {
				t.Errorf("%s: encoded %x, want %x", v.what, got, v.bytes)
			}
		case "refused":
			err := compact.Parse(v.bytes, &tree, nil)
			if e, ok := errors.AsType[*codec.Error](err); !ok || e.Condition.String() != v.want {
				t.Errorf("%s: %v, want %s", v.what, err, v.want)
			}
			if len(tree.Nodes) != 0 || tree.Src != nil {
				t.Errorf("%s: the Tree keeps what was refused", v.what)
			}
		default:
			t.Errorf("%s: unknown form %q", v.what, v.form)
		}
	}
}

// TestEveryPrefixOfVectors: an element that is not whole is never taken for one.
func TestEveryPrefixOfVectors(t *testing.T) {
	for _, v := range readVectors(t) {
		if v.form == "open" {
			continue
		}
		for n := range v.bytes {
			var tree codec.Tree
			if err := compact.Parse(v.bytes[:n:n], &tree, nil); err == nil && v.form != "refused" {
				t.Errorf("%s: %d of %d bytes are accepted", v.what, n, len(v.bytes))
			}
		}
	}
}

// TestAcceptedVectorsAreXML: what is accepted leaves as XML.
func TestAcceptedVectorsAreXML(t *testing.T) {
	for _, v := range readVectors(t) {
		if v.form != "element" && v.form != "element*" {
			continue
		}
		var tree, again codec.Tree
		if err := compact.Parse(v.bytes, &tree, nil); err != nil {
			t.Fatal(err)
		}
		if err := xmltext.Parse(toXML(&tree), &again); err != nil || !codec.Equal(tree.Root(), again.Root()) {
			t.Errorf("%s: as XML %s: %v", v.what, toXML(&tree), err)
		}
	}
}
