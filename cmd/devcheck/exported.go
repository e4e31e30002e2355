package main

import (
	"go/ast"
	"go/token"
)

// wellKnown are the methods whose contract is their interface's.
const wellKnown = "Error String Unwrap"

var exportedRule = Rule{
	Name: "exported",
	Says: "everything exported has a doc comment",
	Check: func(r *Repo) (found []Finding) {
		for _, f := range r.Go() {
			if f.ForTests() || ast.IsGenerated(f.AST) {
				continue
			}
			for _, id := range undocumented(f.AST) {
				found = append(found, Finding{f.Path, r.Line(id.Pos()),
					id.Name + " has no doc comment: write // " + id.Name + " …: what it is, units, who owns it, who may call, which errors"})
			}
		}
		return found
	},
}

// undocumented returns the exported names that a file declares without a
// comment. A comment over a group of constants or variables counts for each.
func undocumented(f *ast.File) (names []*ast.Ident) {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && d.Doc == nil && receiverExported(d) && !inAny(wellKnown, d.Name.Name) {
				names = append(names, d.Name)
			}
		case *ast.GenDecl:
			names = append(names, undocumentedSpecs(d)...)
		}
	}
	return names
}

func undocumentedSpecs(d *ast.GenDecl) (names []*ast.Ident) {
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if spec.Name.IsExported() && spec.Doc == nil && (d.Doc == nil || d.Lparen.IsValid()) {
				names = append(names, spec.Name)
			}
		case *ast.ValueSpec:
			if d.Tok == token.IMPORT || d.Doc != nil || spec.Doc != nil || spec.Comment != nil {
				continue
			}
			for _, id := range spec.Names {
				if id.IsExported() {
					names = append(names, id)
				}
			}
		}
	}
	return names
}

// receiverExported reports whether a method belongs to an exported type; a
// function does.
func receiverExported(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}
