// Package corpus holds the test data that several packages share, and reads it.
//
// In xep are the elements that the examples of the XEPs consist of, in hostile whole streams that an attacker might send, with
// what has to become of each, and in xmlconf the conformance suite of the W3C. Each folder has a README.md with source,
// licence and the command that made it. The data is compiled into whatever imports this package, so only tests should.
//
// All readers return new memory, which the caller owns, and panic when the embedded data is broken.
package corpus
