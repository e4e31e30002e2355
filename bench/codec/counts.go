package codec

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// Counts is what a pass found. All tools must agree on it.
type Counts struct {
	Elements   int64 // the stream's own included
	Attributes int64 // without declarations of namespaces
	Text       int64 // bytes of character data, references resolved
	Stanzas    int64 // elements of the first level
}

// walk visits every node of t.
func (c *Counts) walk(t *codec.Tree) {
	var elements, attributes, text int64
	for i := range t.Nodes {
		switch n := &t.Nodes[i]; n.Kind {
		case codec.KindElement:
			elements++
		case codec.KindAttr:
			if n.NS != atom.NSXMLNS {
				attributes++
			}
		case codec.KindText:
			text += int64(n.Len)
		}
	}
	c.Elements += elements
	c.Attributes += attributes
	c.Text += text
}
