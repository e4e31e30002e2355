package corpus

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// shape is a kind of element that might be slow to read.
type shape struct {
	name string
	make func(w *writer) string
}

// shapes are all of them. What they have in common is that every element is within codec.DefaultLimits, and harmless.
var shapes = []shape{
	{"tags", func(*writer) string { return "<message>" + strings.Repeat("<a/>", 250) + "</message>" }},
	{"nesting", func(*writer) string {
		return "<message>" + strings.Repeat("<a>", 49) + strings.Repeat("</a>", 49) + "</message>"
	}},
	{"entities", func(*writer) string {
		return "<message><body>" + strings.Repeat("&amp;&lt;&gt;&quot;&apos;&#38;&#x26;", 40) + "</body></message>"
	}},
	{"attributes", func(w *writer) string {
		var tag strings.Builder
		for i := range 40 {
			fmt.Fprintf(&tag, " a%d='%d'", i, w.IntN(1000))
		}
		return "<message" + tag.String() + "><b" + tag.String() + "/></message>"
	}},
	{"blanks", func(w *writer) string {
		return "<message  \n from = 'a@example.org'\t\tto\n=\n'b@example.org'  id = '" + w.hex(4) + "'  >\n  <body  >\n  a  \n</body  >\n\t<a  \n  b  =  ' c '  />\n  </message  >"
	}},
	{"prefixes", func(w *writer) string {
		return "<c:message xmlns:c='jabber:client' xmlns:x='urn:example:x' to='b@example.org' x:id='" + w.hex(4) + "'><c:body x:lang='en' x:a='b'><x:a x:b='c'/></c:body>" +
			"<x:b><c:c c:d='e' x:d='f'/></x:b><y:z xmlns:y='urn:example:y' y:a='' x:a=''/></c:message>"
	}},
	{"chinese", func(w *writer) string {
		var text strings.Builder
		for range 20 {
			text.WriteString(pick(w, bodies()["zh"]))
		}
		return "<message><body>" + text.String() + "</body></message>"
	}},
	{"base64", func(w *writer) string { return "<message><data>" + w.base64(12_000) + "</data></message>" }},
}

// Hostile returns a stream of about size bytes for each shape, called "hostile/" and its name: nothing but empty tags, nesting 50 deep,
// references only, 40 attributes per tag, blanks wherever they may be, prefixes everywhere, Chinese text, base64.
func Hostile(size int) (all []*Corpus) {
	for _, s := range shapes {
		all = append(all, s.corpus(size))
	}
	return all
}

func (s *shape) corpus(size int) *Corpus {
	w := &writer{Rand: rand.New(rand.NewPCG(0, 0)), quote: '\''}
	return build("hostile/"+s.name, size, func(int) []byte { return []byte(s.make(w)) })
}
