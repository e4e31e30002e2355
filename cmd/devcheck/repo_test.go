package main

import (
	"os"
	"path/filepath"
	"testing"
)

// writeFolder writes files under a temporary folder and returns it.
func writeFolder(t *testing.T, fs files) string {
	t.Helper()
	root := t.TempDir()
	for p, text := range fs {
		full := filepath.Join(root, filepath.FromSlash(p))
		if err := os.MkdirAll(filepath.Dir(full), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// A source archive without git is read whole.
func TestLoadRepoWithoutGit(t *testing.T) {
	r, err := LoadRepo(writeFolder(t, files{
		"go.mod":          "module example.org/m\n\ngo 1.26.0\n",
		"store/keys.go":   "package store\n",
		"store/broken.go": "package\n",
		".git/config":     "is not a file of ours\n",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if r.Module != "example.org/m" {
		t.Errorf("module is %q", r.Module)
	}
	if len(r.Files) != 3 {
		t.Errorf("read %d files, want 3", len(r.Files))
	}
	for _, f := range r.Files {
		if !f.Tracked {
			t.Errorf("%s counts as untracked", f.Path)
		}
		if parsed := f.AST != nil; parsed != (f.Path == "store/keys.go") {
			t.Errorf("%s parsed: %v", f.Path, parsed)
		}
	}
}

func TestForTests(t *testing.T) {
	r := files{
		"codec/atom/atom.go":      "package atom\n",
		"codec/atom/atom_test.go": "package atom\n",
		"codec/atom/gen.go":       "// Command gen.\n\n//go:build ignore\n\npackage main\n",
		"xmpp/xmpptest/run.go":    "package xmpptest\n",
	}.repo()
	for _, f := range r.Files {
		if want := f.Path != "codec/atom/atom.go"; f.ForTests() != want {
			t.Errorf("%s: ForTests = %v", f.Path, !want)
		}
	}
}
