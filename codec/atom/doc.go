// Package atom gives the words of XMPP numbers, so that the hot paths compare integers.
//
// An Atom stands for one string of a fixed table: the element and attribute names, the namespaces and the enumerated
// values that the XMPP standards use. Everything else has the Atom 0, None, and is told apart by its bytes.
//
// table.txt is the only source: one word a line, its line number is its Atom, and its first column is the Go identifier
// where the code needs one ("-" where it does not). The words come from the examples of the XEPs and RFCs, the
// frequent ones first. `go generate` writes table_gen.go. The compact coding uses the same numbers on the wire (codec/compact), so
// within a version of that format lines are never moved: new words go to the end and make a new version.
package atom

//go:generate go run gen.go
