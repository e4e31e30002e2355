// Command devcheck holds this repository to its own rules. The same checks run
// as a test under go test ./..., one subtest per rule; the command prints the
// findings and exits with 1 if there are any.
//
// A [Rule] is one small file: a name, a sentence, and a function from a [Repo]
// (the files of the checkout, read and parsed once) to a list of [Finding]. A
// finding says where, what is wrong, and what to write instead. Beside each
// rule stands a test with a bad example, so that no rule is one that cannot
// fail. The tables a reader will want to change are at the top of their files:
// who may import whom in arrows.go, which library may be used where in
// libraries.go, which file may open sockets in pure.go, the names of the top
// level in toplevel.go.
//
// To add a rule, write its file and its test and list it in rules.go.
//
// The sections that a citation may name are in testdata/sections.txt, made from
// the texts of the RFCs and XEPs by
//
//	go run ./cmd/devcheck -sections FOLDER >cmd/devcheck/testdata/sections.txt
//
// (see sections_gen.go for where those texts come from).
package main
