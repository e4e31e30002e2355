package corpus

import (
	_ "embed" // the archives
)

// ConformanceCase is a document of the W3C's conformance suite.
type ConformanceCase struct {
	ID      string
	Type    string // valid, invalid, not-wf or error: what the suite says of it as XML
	URI     string // its name in the suite
	Doctype bool   // it contains a document type declaration
	// XMPP is what a parser for XMPP (RFC 6120 §11.1) has to say: accept, reject, or either where editions of XML differ.
	XMPP string
	Data []byte
}

//go:embed xmlconf/xmlts20130923.zip
var conformanceZip []byte

//go:embed xmlconf/cases.jsonl.gz
var conformanceCases []byte

// Conformance returns the documents of the suite that are about XML 1.0.
func Conformance() []ConformanceCase {
	archive := openZip(conformanceZip)
	all := readLines[ConformanceCase](conformanceCases)
	for i := range all {
		all[i].Data = readFile(archive, "xmlconf/"+all[i].URI)
	}
	return all
}
