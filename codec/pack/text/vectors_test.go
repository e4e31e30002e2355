package text

import (
	"encoding/hex"
	"flag"
	"os"
	"strconv"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write what the encoder makes into testdata/vectors.txt, and the hash into MODEL.md")

// The vectors are lines of a text, quoted as in Go, and its coding in hexadecimal.
func TestVectors(t *testing.T) {
	const file = "testdata/vectors.txt"
	p, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(p)), "\n")
	for i, l := range lines {
		quoted, want, _ := strings.Cut(l, "\t")
		s, err := strconv.Unquote(quoted)
		if err != nil {
			t.Fatalf("%s:%d: %v", file, i+1, err)
		}
		got := hex.EncodeToString(encode(s))
		lines[i] = quoted + "\t" + got
		if got != want && !*rewrite {
			t.Errorf("%s:%d: %s, not %s", file, i+1, got, want)
		}
	}
	if *rewrite {
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// MODEL.md names the model that is embedded.
func TestHash(t *testing.T) {
	h := Hash()
	want := hex.EncodeToString(h[:])
	p, err := os.ReadFile("MODEL.md")
	if err != nil {
		t.Fatal(err)
	}
	const mark = "SHA-256: `"
	at := strings.Index(string(p), mark) + len(mark)
	if at < len(mark) || len(p) < at+len(want) {
		t.Fatal("MODEL.md has no hash")
	}
	if *rewrite {
		copy(p[at:], want)
		if err := os.WriteFile("MODEL.md", p, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := string(p[at : at+len(want)]); got != want {
		t.Errorf("MODEL.md has the hash %s, the model %s", got, want)
	}
}
