package xmpptest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
)

// Node is an element as an infoset, with memory of its own: names with their namespaces, attributes without declarations in
// the order of their names, and content without the white space of indentation.
type Node struct {
	NS, Name string
	Attrs    []Attr
	Content  []any // string or *Node
}

// Attr is an attribute.
type Attr struct{ NS, Name, Value string }

// NodeOf copies an element.
func NodeOf(e codec.Element) *Node {
	t, i := e.Tree()
	n, _ := nodeAt(t, i)
	return n
}

func nodeAt(t *codec.Tree, i uint32) (*Node, uint32) {
	n := &Node{}
	n.NS, n.Name = nameAt(t, i)
	end := t.Nodes[i].End
	for i++; i < end; {
		switch k := &t.Nodes[i]; k.Kind {
		case codec.KindAttr:
			if k.NS != atom.NSXMLNS {
				ns, name := nameAt(t, i)
				n.Attrs = append(n.Attrs, Attr{ns, name, string(t.NodeValue(i))})
			}
			i++
		case codec.KindText:
			if text := string(t.NodeValue(i)); strings.TrimSpace(text) != "" || !strings.Contains(text, "\n") {
				n.Content = append(n.Content, text)
			}
			i++
		default:
			var child *Node
			child, i = nodeAt(t, i)
			n.Content = append(n.Content, child)
		}
	}
	slices.SortFunc(n.Attrs, func(a, b Attr) int { return strings.Compare(a.NS+" "+a.Name, b.NS+" "+b.Name) })
	return n, end
}

// nameAt returns the namespace and the local name of node i.
func nameAt(t *codec.Tree, i uint32) (ns, name string) {
	k := &t.Nodes[i]
	written := string(t.NodeName(i))
	if k.PrefixLen > 0 {
		written = written[k.PrefixLen+1:]
	}
	if k.NS != atom.Unknown {
		return k.NS.String(), written
	}
	if k.Decl != 0 {
		return string(t.NodeValue(k.Decl - 1)), written
	}
	return "", written
}

const streamHeader = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"

// ParseNodes reads the elements of text as a client stream would hold them.
func ParseNodes(text string) (nodes []*Node, err error) {
	d := xmltext.NewDecoder(&codec.Limits{})
	defer d.Close()
	p := []byte(streamHeader + text)
	var s codec.Scratch
	for len(p) > 0 {
		n, event, err := d.Decode(p, &s)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", text, err)
		}
		if event == codec.EventElement {
			nodes = append(nodes, NodeOf(s.Tree.Root()))
		}
		p = p[n:]
	}
	return nodes, nil
}

// String returns n as indented XML.
func (n *Node) String() string {
	var b strings.Builder
	n.write(&b, "", "jabber:client")
	return b.String()
}

var escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", "'", "&apos;")

func (n *Node) write(b *strings.Builder, indent, inherited string) {
	name := n.Name
	if n.NS == "http://etherx.jabber.org/streams" {
		name = "stream:" + name
	}
	b.WriteString(indent + "<" + name)
	if n.NS != inherited && name == n.Name {
		fmt.Fprintf(b, " xmlns='%s'", escapes.Replace(n.NS))
		inherited = n.NS
	}
	for i, a := range n.Attrs {
		switch a.NS {
		case "":
			fmt.Fprintf(b, " %s='%s'", a.Name, escapes.Replace(a.Value))
		case "http://www.w3.org/XML/1998/namespace":
			fmt.Fprintf(b, " xml:%s='%s'", a.Name, escapes.Replace(a.Value))
		default:
			fmt.Fprintf(b, " xmlns:n%d='%s' n%d:%s='%s'", i, escapes.Replace(a.NS), i, a.Name, escapes.Replace(a.Value))
		}
	}
	n.writeContent(b, indent, inherited, name)
}

func (n *Node) writeContent(b *strings.Builder, indent, inherited, name string) {
	if len(n.Content) == 0 {
		b.WriteString("/>")
		return
	}
	b.WriteByte('>')
	elements := !slices.ContainsFunc(n.Content, func(c any) bool { _, text := c.(string); return text })
	for _, c := range n.Content {
		switch c := c.(type) {
		case string:
			b.WriteString(escapes.Replace(c))
		case *Node:
			if elements {
				b.WriteByte('\n')
				c.write(b, indent+"\t", inherited)
				continue
			}
			c.write(b, "", inherited)
		}
	}
	if elements {
		b.WriteString("\n" + indent)
	}
	b.WriteString("</" + name + ">")
}
