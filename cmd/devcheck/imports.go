package main

import (
	"go/ast"
	"strconv"
	"strings"
)

// importPath returns the path an import names.
func importPath(spec *ast.ImportSpec) string {
	p, _ := strconv.Unquote(spec.Path.Value) // the parser has seen that it is a string
	return p
}

// ownPackage returns the folder of a package of this module.
func (r *Repo) ownPackage(imported string) (folder string, own bool) {
	if imported == r.Module {
		return ".", true
	}
	return strings.CutPrefix(imported, r.Module+"/")
}

// isStandard reports whether a path belongs to Go's standard library: those of
// modules begin with a host name.
func isStandard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

// imports maps each package to what its files import, tests and generators
// aside.
func (r *Repo) imports() map[string][]string {
	graph := make(map[string][]string)
	for _, f := range r.Go() {
		if f.ForTests() {
			continue
		}
		for _, spec := range f.AST.Imports {
			graph[f.Package()] = append(graph[f.Package()], importPath(spec))
		}
	}
	return graph
}
