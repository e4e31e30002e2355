package main

import (
	"go/ast"
	"path"
	"strings"
)

// impure lists the files in xmpp that may do I/O, read clocks and start
// goroutines. Tests may as well.
var impure = []struct{ files, why string }{
	{"xmpp/client/dial*.go", "the blocking transport, for programs without a loop"},
	{"xmpp/client/mobile/run*.go", "what an app has no loop for"},
	{"xmpp/client/outbox/*.go", "an app's messages on its disk"},
}

// outside is what the machines in xmpp may not import: sockets, files, processes.
const outside = "net net/http/... net/rpc/... net/smtp os/... syscall"

// clocks are the names in package time that read or wait for one.
const clocks = "Now Since Until Sleep After AfterFunc Tick NewTicker NewTimer"

var pureRule = Rule{
	Name: "pure",
	Says: "xmpp opens no socket or file, reads no clock, starts no goroutine",
	Check: func(r *Repo) (found []Finding) {
		for _, f := range r.Go() {
			if inAny("xmpp/...", f.Package()) && !f.ForTests() && !mayBeImpure(f.Path) {
				found = append(found, impurities(r, f)...)
			}
		}
		return found
	},
}

func mayBeImpure(file string) bool {
	for _, row := range impure {
		if ok, _ := path.Match(row.files, file); ok {
			return true
		}
	}
	return false
}

// impurities finds what a machine may not do in one file.
func impurities(r *Repo, f *File) (found []Finding) {
	say := func(n ast.Node, text string) {
		found = append(found, Finding{f.Path, r.Line(n.Pos()), text})
	}
	timeName := ""
	for _, spec := range f.AST.Imports {
		p := importPath(spec)
		if inAny(outside, p) {
			say(spec, "xmpp imports "+p+": leave I/O to the shell, through the machine's outputs")
		}
		if p == "time" {
			timeName = localName(spec)
		}
	}
	ast.Inspect(f.AST, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			say(n, "xmpp starts a goroutine: hand slow work out through out.Do, its result comes back as an input")
		case *ast.SelectorExpr:
			if id, ok := n.X.(*ast.Ident); ok && timeName != "" && id.Name == timeName && inAny(clocks, n.Sel.Name) {
				say(n, "xmpp uses time."+n.Sel.Name+": take now from the input and ask for a timer through the output")
			}
		}
		return true
	})
	return found
}

// localName returns the name under which a file knows an import from the
// standard library.
func localName(spec *ast.ImportSpec) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	p := importPath(spec)
	return p[strings.LastIndexByte(p, '/')+1:]
}
