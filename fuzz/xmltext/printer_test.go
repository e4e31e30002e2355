package xmltext

import (
	"fmt"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/fuzz/plain"
)

// printer encodes elements again and reads what comes out.
type printer struct {
	out    []byte
	parser plain.Parser
	tree   codec.Tree
}

// streamOf are headers of streams with nothing but the context of every Tree.
var streamOf = map[atom.Atom]string{
	atom.NSClient: "<stream:stream xmlns='jabber:client' xmlns:stream='" + streams + "'>",
	atom.NSServer: "<stream:stream xmlns='jabber:server' xmlns:stream='" + streams + "'>",
}

// check encodes a first-level element of a stream with this header: in a stream with the same content namespace the plain parser has to read exactly the
// nodes that were written, and so has the decoder, which has to write them the same again.
func (p *printer) check(e codec.Element, header []plain.Node) (wrong string) {
	t, _ := e.Tree()
	content, other := contentOf(header)
	if mentions(t, other) {
		return "" // it is written for the stream's namespace then, see xmltext.Encoder
	}
	x := xmltext.Encoder{Content: content}
	p.out = append(p.out[:0], streamOf[content]...)
	start := len(p.out)
	p.out = x.AppendElement(p.out, e)
	end := len(p.out)
	p.out = x.AppendClose(p.out)
	s := p.parser.Parse(p.out, &noLimits)
	if s.Err != nil || len(s.Events) != 3 {
		return fmt.Sprintf("what was written is not one element: %v\n%q", s.Err, p.out)
	}
	if wrong := differ(t, s.Events[1].Nodes); wrong != "" {
		return fmt.Sprintf("what was written is something else: %s\n%q", wrong, p.out)
	}
	if content != atom.NSClient {
		return ""
	}
	if err := xmltext.Parse(p.out[start:end], &p.tree); err != nil {
		return fmt.Sprintf("what was written cannot be read: %v\n%q", err, p.out)
	}
	if wrong := differ(&p.tree, s.Events[1].Nodes); wrong != "" {
		return fmt.Sprintf("what was written is read as something else: %s\n%q", wrong, p.out)
	}
	p.out = x.AppendElement(p.out, p.tree.Root())
	if again := p.out[end+len(footer):]; string(again) != string(p.out[start:end]) {
		return fmt.Sprintf("printing is not stable: %q", p.out)
	}
	return ""
}

// contentOf returns the content namespace of a stream, and the other one.
func contentOf(header []plain.Node) (content, other atom.Atom) {
	for i := range header {
		if string(header[i].Name) == "xmlns" && string(header[i].Value) == "jabber:server" {
			return atom.NSServer, atom.NSClient
		}
	}
	return atom.NSClient, atom.NSServer
}

// mentions reports whether a declaration in t has the namespace.
func mentions(t *codec.Tree, ns atom.Atom) bool {
	for i := range t.Nodes {
		if n := &t.Nodes[i]; n.Kind == codec.KindAttr && n.NS == atom.NSXMLNS && string(t.NodeValue(uint32(i))) == ns.String() {
			return true
		}
	}
	return false
}
