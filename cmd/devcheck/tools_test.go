package main

import (
	"strings"
	"testing"
)

func TestVet(t *testing.T) {
	wantTool(t, runTool("testdata/vet", "", "go", "vet", "."), "bad.go", "%d")
}

func TestStaticcheck(t *testing.T) {
	wantTool(t, runTool("testdata/staticcheck", "", "go", "tool", "staticcheck", "."), "bad.go", "SA4000")
}

func TestGofmt(t *testing.T) {
	root := writeFolder(t, files{
		"good.go":       "package p\n",
		"indented.go":   "package p\n\n  var x = 1\n",
		"simplified.go": "package p\n\nvar x = [][]int{[]int{1}}\n",
	})
	r, err := LoadRepo(root)
	if err != nil {
		t.Fatal(err)
	}
	wantFindings(t, gofmtRule, r,
		"indented.go: not as gofmt -s writes it: run gofmt -s -w indented.go",
		"simplified.go: not as gofmt -s writes it")
}

// A tool that fails without a word is a finding all the same.
func TestToolFailsSilently(t *testing.T) {
	if got := runTool(".", "", "false"); len(got) != 1 {
		t.Errorf("findings %v, want 1", got)
	}
}

func wantTool(t *testing.T, got []Finding, path, say string) {
	t.Helper()
	if len(got) != 1 || !strings.HasSuffix(got[0].Path, path) || got[0].Line == 0 || !strings.Contains(got[0].Say, say) {
		t.Errorf("findings %v, want one in %s that says %s", got, path, say)
	}
}
