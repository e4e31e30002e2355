package main

import (
	"go/ast"
	"strings"
)

var configRule = Rule{
	Name: "config",
	Says: "every field of a configuration struct has a comment, which is its documentation",
	Check: func(r *Repo) (found []Finding) {
		for _, f := range r.Go() {
			if f.ForTests() {
				continue
			}
			ast.Inspect(f.AST, func(n ast.Node) bool {
				spec, ok := n.(*ast.TypeSpec)
				if !ok || !strings.HasSuffix(spec.Name.Name, "Config") {
					return true
				}
				for _, id := range bareFields(spec) {
					found = append(found, Finding{f.Path, r.Line(id.Pos()),
						spec.Name.Name + "." + id.Name + " has no comment: say what it does, its unit, and what zero means"})
				}
				return true
			})
		}
		return found
	},
}

// bareFields returns the exported fields of a struct type that have no comment.
func bareFields(spec *ast.TypeSpec) (names []*ast.Ident) {
	s, ok := spec.Type.(*ast.StructType)
	if !ok {
		return nil
	}
	for _, field := range s.Fields.List {
		if field.Doc != nil || field.Comment != nil {
			continue
		}
		for _, id := range field.Names {
			if id.IsExported() {
				names = append(names, id)
			}
		}
	}
	return names
}
