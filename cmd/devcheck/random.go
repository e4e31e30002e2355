package main

// simulated are files that only tests use, though they are no test files: their seed comes from the test.
const simulated = "store/memory.go"

var randRule = Rule{
	Name: "rand",
	Says: "math/rand is for tests, bench and fuzz only",
	Check: func(r *Repo) (found []Finding) {
		for _, f := range r.Go() {
			if f.ForTests() || inAny("bench/... fuzz/...", f.Package()) || inAny(simulated, f.Path) {
				continue
			}
			for _, spec := range f.AST.Imports {
				if inAny("math/rand/...", importPath(spec)) {
					found = append(found, Finding{f.Path, r.Line(spec.Pos()),
						"imports math/rand: ids and nonces come from crypto/rand; a seed comes in as an argument"})
				}
			}
		}
		return found
	},
}
