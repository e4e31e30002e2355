package main

import (
	"bytes"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// A Repo is the files of one checkout, read once and shared by all rules, which
// only read it.
type Repo struct {
	Root   string // of the checkout; empty for one made in memory
	Module string // the module path in go.mod
	Files  []*File
	Fset   *token.FileSet
}

// A File is one file of a Repo. Ignored files are not part of a Repo.
type File struct {
	Path    string // slash-separated, relative to the root
	Tracked bool   // known to git; true for all files where there is no git
	Text    []byte
	AST     *ast.File // nil if this is no Go file, or one that does not parse (gofmt reports it)
}

// findRoot returns the closest folder at or above the working directory that
// has a go.mod.
func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("no go.mod here or above: run inside the repository")
		}
		dir = up
	}
}

// LoadRepo reads the files under root that git tracks or would offer to add, or
// all of them if root is not a git checkout.
func LoadRepo(root string) (*Repo, error) {
	r := &Repo{Root: root, Fset: token.NewFileSet()}
	tracked, errTracked := listGit(root, "--cached")
	others, errOthers := listGit(root, "--others", "--exclude-standard")
	if errTracked != nil || errOthers != nil {
		var err error
		if tracked, err = listFolder(root); err != nil {
			return nil, err
		}
		others = nil
	}
	if err := r.read(tracked, true); err != nil {
		return nil, err
	}
	return r, r.read(others, false)
}

// listGit returns what git ls-files says with these flags.
func listGit(root string, flags ...string) ([]string, error) {
	cmd := exec.Command("git", append([]string{"ls-files", "-z"}, flags...)...)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == 0 }), nil
}

// listFolder returns every regular file under root, except git's own.
func listFolder(root string) (paths []string, err error) {
	err = fs.WalkDir(os.DirFS(root), ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == ".git" {
			return fs.SkipDir
		}
		if err == nil && d.Type().IsRegular() {
			paths = append(paths, p)
		}
		return err
	})
	return paths, err
}

// read adds the files at paths. One that is tracked but deleted is passed over.
func (r *Repo) read(paths []string, tracked bool) error {
	for _, p := range paths {
		text, err := os.ReadFile(filepath.Join(r.Root, filepath.FromSlash(p)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		r.add(p, tracked, text)
	}
	return nil
}

var moduleLine = regexp.MustCompile(`(?m)^module (\S+)$`)

// add appends one file, parsed if it is Go.
func (r *Repo) add(p string, tracked bool, text []byte) {
	f := &File{Path: p, Tracked: tracked, Text: text}
	if path.Ext(p) == ".go" {
		if tree, err := parser.ParseFile(r.Fset, p, text, parser.ParseComments|parser.SkipObjectResolution); err == nil {
			f.AST = tree
		}
	}
	if m := moduleLine.FindSubmatch(text); p == "go.mod" && m != nil {
		r.Module = string(m[1])
	}
	r.Files = append(r.Files, f)
}

// Go returns the parsed Go files outside testdata.
func (r *Repo) Go() []*File {
	var files []*File
	for _, f := range r.Files {
		if f.AST != nil && !f.InTestdata() {
			files = append(files, f)
		}
	}
	return files
}

// Line returns the line of pos in its file.
func (r *Repo) Line(pos token.Pos) int { return r.Fset.Position(pos).Line }

// Package returns the file's folder, which is its package's import path without
// the module.
func (f *File) Package() string { return path.Dir(f.Path) }

// InTestdata reports whether the go tool would pass the file by.
func (f *File) InTestdata() bool {
	return strings.HasPrefix(f.Path, "testdata/") || strings.Contains(f.Path, "/testdata/")
}

// ForTests reports whether the file never becomes part of a binary: a test, a
// helper package for tests (xmpptest, edgetest), or a generator.
func (f *File) ForTests() bool {
	return strings.HasSuffix(f.Path, "_test.go") ||
		strings.HasSuffix(f.Package(), "test") ||
		path.Base(f.Package()) == "_gen" || // a generator that is a module of its own
		f.ignored()
}

// ignored reports whether a build constraint keeps the file out of its package.
func (f *File) ignored() bool {
	return bytes.Contains(f.Text, []byte("\n//go:build ignore\n")) ||
		bytes.HasPrefix(f.Text, []byte("//go:build ignore\n"))
}
