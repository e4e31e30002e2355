package client_test

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
)

// buildXML returns a function that builds the element that text is. Its attributes must be in the table of atoms.
func buildXML(text string) func(*codec.Builder) {
	return func(b *codec.Builder) { copyInto(b, parse(text)) }
}

// parse returns the element that text is.
func parse(text string) codec.Element {
	d, s := xmltext.NewDecoder(&codec.DefaultLimits), new(codec.Scratch)
	for p := []byte(header + text); ; {
		n, event, err := d.Decode(p, s)
		if err != nil {
			panic(err)
		}
		if event == codec.EventElement {
			return s.Tree.Root()
		}
		if event == codec.EventNone {
			panic("no element: " + text)
		}
		p = p[n:]
	}
}

func copyInto(b *codec.Builder, e codec.Element) {
	b.StartNS(string(e.Namespace()), string(e.LocalName()))
	t, i := e.Tree()
	for i++; i < uint32(len(t.Nodes)) && t.Nodes[i].Kind == codec.KindAttr; i++ {
		if t.Nodes[i].NS != atom.NSXMLNS {
			b.AttrBytes(t.Nodes[i].Name, t.NodeValue(i))
		}
	}
	if e.First().IsZero() {
		b.TextBytes(e.Text())
	}
	for c := range e.Children() {
		copyInto(b, c)
	}
	b.End()
}
