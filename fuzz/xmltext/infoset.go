package xmltext

import (
	"fmt"
	"slices"
	"strings"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// Infoset writes down what an element means, in a form that other parsers can give as well: names as {namespace}local,
// attributes sorted and without declarations, values and texts with their length in bytes before them.
func Infoset(e codec.Element) string {
	var b strings.Builder
	t, root := e.Tree()
	infoset(&b, t, root)
	return b.String()
}

// infoset writes element i and returns where it ends.
func infoset(b *strings.Builder, t *codec.Tree, i uint32) uint32 {
	end := t.Nodes[i].End
	b.WriteString("<" + expanded(t, i))
	var attrs []string
	for i++; i < end && t.Nodes[i].Kind == codec.KindAttr; i++ {
		if t.Nodes[i].NS != atom.NSXMLNS {
			attrs = append(attrs, fmt.Sprintf(" %s=%d:%s", expanded(t, i), t.Nodes[i].Len, t.NodeValue(i)))
		}
	}
	slices.Sort(attrs)
	b.WriteString(strings.Join(attrs, "") + ">")
	for i < end {
		if n := &t.Nodes[i]; n.Kind == codec.KindElement {
			i = infoset(b, t, i)
			continue
		}
		fmt.Fprintf(b, "t%d:%s", t.Nodes[i].Len, t.NodeValue(i))
		i++
	}
	b.WriteString("</>")
	return end
}

// expanded returns the expanded name of node i.
func expanded(t *codec.Tree, i uint32) string {
	n := &t.Nodes[i]
	name := string(t.NodeName(i))
	if n.PrefixLen > 0 {
		name = name[n.PrefixLen+1:]
	}
	namespace := n.NS.String()
	if n.Decl != 0 {
		namespace = string(t.NodeValue(n.Decl - 1))
	}
	return "{" + namespace + "}" + name
}
