package corpus

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the archives
	"encoding/json"
	"io"
	"strings"
)

// Example is one element of an example in a XEP.
type Example struct {
	XEP  string // its number, four digits
	N    int    // the example's number in the XEP, 0 for a block of code
	Part int    // the element's place within the example
	XML  []byte // as written but for comments, one whole element without white space around it
}

//go:embed xep/examples.jsonl.gz
var xepExamples []byte

//go:embed xep/dialback.jsonl.gz
var xepDialback []byte

// XEPExamples returns the elements that are well-formed at the first level of a stream with the content namespace jabber:client
// and the prefix stream.
func XEPExamples() []Example { return readExamples(xepExamples) }

// DialbackExamples returns the elements that need the prefix db for jabber:server:dialback declared in the stream's header too.
func DialbackExamples() []Example { return readExamples(xepDialback) }

func readExamples(zipped []byte) (all []Example) {
	type line struct {
		XEP     string
		N, Part int
		XML     string
	}
	for _, l := range readLines[line](zipped) {
		all = append(all, Example{XEP: l.XEP, N: l.N, Part: l.Part, XML: []byte(l.XML)})
	}
	return all
}

// readLines reads JSON values from a gzip archive.
func readLines[T any](zipped []byte) (all []T) {
	z, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		panic("corpus: " + err.Error())
	}
	text, err := io.ReadAll(z)
	if err != nil {
		panic("corpus: " + err.Error())
	}
	for d := json.NewDecoder(strings.NewReader(string(text))); ; {
		var v T
		switch err := d.Decode(&v); err {
		case nil:
			all = append(all, v)
		case io.EOF:
			return all
		default:
			panic("corpus: " + err.Error())
		}
	}
}
