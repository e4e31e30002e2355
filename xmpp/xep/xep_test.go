package xep

import (
	"bytes"
	"flag"
	"os"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write the generated files anew")

func TestTable(t *testing.T) {
	var want bytes.Buffer
	WriteTable(&want)
	const file = "../XEPS.md"
	if *rewrite {
		if err := os.WriteFile(file, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%s is not what the registrations say: run go generate ./xmpp/xep", file)
	}
}

func TestNumbersAreDeclaredOnce(t *testing.T) {
	seen := map[int]bool{}
	for _, e := range All() {
		if seen[e.Number] {
			t.Errorf("XEP-%04d is declared twice", e.Number)
		}
		seen[e.Number] = true
	}
}
