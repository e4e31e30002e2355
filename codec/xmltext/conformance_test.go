package xmltext_test

import (
	"bytes"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/fuzz/corpus"
	fuzz "github.com/godwit-im/godwit/fuzz/xmltext"
)

// TestConformance reads the W3C's documents as what they are not, streams: the declaration, then our header, then the
// document's element at the first level.
func TestConformance(t *testing.T) {
	count := map[string]int{}
	for _, c := range corpus.Conformance() {
		declaration, rest := cutDeclaration(c.Data)
		in := append(append(bytes.Clone(declaration), header...), rest...)
		in = append(in, "</stream:stream>"...)
		o := fuzz.Read(in, &codec.Limits{}, fuzz.Whole, nil)
		accepted := o.Err == nil && o.Elements() == 1 && o.Closed()
		switch {
		case c.XMPP == "either":
		case c.ID == "o-p18pass1" && accepted: // the list takes <!DOCTYPE in CDATA for a document type
		case accepted != (c.XMPP == "accept"):
			t.Errorf("%s (%s, %s): want %s, got %v", c.ID, c.Type, c.URI, c.XMPP, o.Err)
		case accepted:
			count["accepted"]++
		case c.Type == "not-wf" && !c.Doctype:
			count["not-wf refused"]++
		default:
			count["refused"]++
		}
		if got := fuzz.Read(in, &codec.Limits{}, fuzz.ByteByByte, nil); !got.Equal(o) {
			t.Errorf("%s (%s): byte by byte %v, whole %v", c.ID, c.URI, got.Err, o.Err)
		}
	}
	if count["accepted"] != 35 || count["not-wf refused"] != 243 {
		t.Errorf("%v", count)
	}
}

// cutDeclaration cuts a document after its XML declaration.
func cutDeclaration(document []byte) (declaration, rest []byte) {
	end := bytes.Index(document, []byte("?>"))
	if !bytes.HasPrefix(document, []byte("<?xml")) || end < 0 {
		return nil, document
	}
	return document[:end+2], document[end+2:]
}
