package main

import (
	"go/token"
	"slices"
	"strings"
	"testing"
)

// TestRules holds the repository to its rules.
func TestRules(t *testing.T) {
	root, err := findRoot()
	if err != nil {
		t.Fatal(err)
	}
	repo, err := LoadRepo(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range rules {
		t.Run(rule.Name, func(t *testing.T) {
			t.Parallel()
			for _, f := range rule.Check(repo) {
				t.Error(f)
			}
		})
	}
}

// files is a repository in memory: the text of each path.
type files map[string]string

// repo makes the Repo of these files, in the order of their paths.
func (fs files) repo() *Repo {
	r := &Repo{Module: "example.org/m", Fset: token.NewFileSet()}
	paths := make([]string, 0, len(fs))
	for p := range fs {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	for _, p := range paths {
		r.add(p, true, []byte(fs[p]))
	}
	return r
}

// wantFindings runs a rule and compares what it finds, in order, with the
// beginnings ("path:line: text") wanted.
func wantFindings(t *testing.T, rule Rule, r *Repo, want ...string) {
	t.Helper()
	got := rule.Check(r)
	for i, w := range want {
		if i >= len(got) {
			t.Errorf("%s: missing finding %q", rule.Name, w)
		} else if !strings.HasPrefix(got[i].String(), w) {
			t.Errorf("%s: finding %d is\n\t%s\nwant it to begin\n\t%s", rule.Name, i, got[i], w)
		}
	}
	for _, f := range got[min(len(want), len(got)):] {
		t.Errorf("%s: unwanted finding %s", rule.Name, f)
	}
}
