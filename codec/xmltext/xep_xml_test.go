package xmltext_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/fuzz/corpus"
	fuzz "github.com/godwit-im/godwit/fuzz/xmltext"
)

func TestExamplesAgainstEncodingXML(t *testing.T) {
	check := func(header string, examples []corpus.Example) {
		for _, e := range examples {
			got := ""
			o := fuzz.Read(append([]byte(header), e.XML...), nil, fuzz.Whole, func(_ codec.Event, e codec.Element) atom.Atom {
				got = fuzz.Infoset(e)
				return atom.Unknown
			})
			if want := theirs(t, header, e.XML); o.Err != nil || got != want {
				t.Fatalf("XEP-%s, example %d:\n%s\nours: %v\n%s\nencoding/xml:\n%s", e.XEP, e.N, e.XML, o.Err, got, want)
			}
		}
	}
	check(header, corpus.XEPExamples())
	check(strings.Replace(header, ">", " xmlns:db='jabber:server:dialback'>", 1), corpus.DialbackExamples())
}

// theirs reads the element with encoding/xml and writes it down as fuzz.Infoset does.
func theirs(t *testing.T, header string, text []byte) string {
	d := xml.NewDecoder(io.MultiReader(strings.NewReader(header), bytes.NewReader(text), strings.NewReader("</stream:stream>")))
	var b strings.Builder
	data := ""
	flush := func() {
		if data != "" {
			fmt.Fprintf(&b, "t%d:%s", len(data), data)
			data = ""
		}
	}
	name := func(n xml.Name) string { return "{" + n.Space + "}" + n.Local }
	for depth := 0; ; {
		token, err := d.Token()
		if err != nil {
			t.Fatalf("encoding/xml: %v\n%s", err, text)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if depth++; depth == 1 {
				continue // the header
			}
			flush()
			var attrs []string
			for _, a := range token.Attr {
				if a.Name.Space != "xmlns" && a.Name != (xml.Name{Local: "xmlns"}) {
					// XML 1.0 §3.3.3 asks for this, encoding/xml leaves it out.
					value := strings.NewReplacer("\t", " ", "\n", " ").Replace(a.Value)
					attrs = append(attrs, fmt.Sprintf(" %s=%d:%s", name(a.Name), len(value), value))
				}
			}
			slices.Sort(attrs)
			fmt.Fprintf(&b, "<%s%s>", name(token.Name), strings.Join(attrs, ""))
		case xml.EndElement:
			flush()
			if depth--; depth == 0 {
				return b.String()
			}
			b.WriteString("</>")
		case xml.CharData:
			if depth > 1 {
				data += string(token)
			}
		}
	}
}
