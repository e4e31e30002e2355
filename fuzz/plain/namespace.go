package plain

import (
	"bytes"
	"slices"

	"github.com/godwit-im/godwit/codec"
)

// The namespaces that this package has to know. Nobody writes to them.
var (
	nsXML     = []byte("http://www.w3.org/XML/1998/namespace")
	nsXMLNS   = []byte("http://www.w3.org/2000/xmlns/")
	nsStreams = []byte("http://etherx.jabber.org/streams")
	nsClient  = []byte("jabber:client")
	nsServer  = []byte("jabber:server")
)

// binding is a declaration that is in force.
type binding struct {
	prefix []byte // empty: the default namespace
	space  []byte // empty: none
	// Of a header's declaration: first-level elements that use it get one of their own, unless it is part of the context of every Tree.
	context, used bool
}

// qualify gives the element at index, whose tag ends at pos, and its attributes their namespaces (Namespaces in XML 1.0 §5, §6).
func (p *Parser) qualify(index int) {
	attributes := p.nodes[index+1:]
	for i := range attributes {
		if prefix, ok := declares(&attributes[i]); ok {
			p.declare(prefix, attributes[i].Value)
			attributes[i].Space = nsXMLNS
		}
	}
	p.resolve(&p.nodes[index])
	for i := range attributes {
		if a := &attributes[i]; a.Prefix > 0 && a.Space == nil {
			p.resolve(a)
		}
	}
	for i := range attributes {
		for j := range i {
			if sameName(&attributes[i], &attributes[j]) {
				p.malformed(p.pos, "attribute twice") // XML 1.0 §3.1, Namespaces in XML 1.0 §6.3
			}
		}
	}
}

// declares reports whether an attribute is a declaration, and of which prefix (Namespaces in XML 1.0 §3).
func declares(a *Node) (prefix []byte, ok bool) {
	switch {
	case string(a.Name) == "xmlns":
		return nil, true
	case string(a.Name[:a.Prefix]) == "xmlns":
		return a.Name[len("xmlns:"):], true
	}
	return nil, false
}

// declare puts a declaration into force, if the constraints of Namespaces in XML 1.0 §3 and §5 allow it.
func (p *Parser) declare(prefix, space []byte) {
	if len(p.scope)-p.header >= limit(p.limits.Namespaces) {
		p.excess(p.pos, "too many declarations")
	}
	switch {
	case string(prefix) == "xmlns", bytes.Equal(space, nsXMLNS), (string(prefix) == "xml") != bytes.Equal(space, nsXML):
		p.malformed(p.pos, "reserved prefix or namespace")
	case len(prefix) > 0 && len(space) == 0:
		p.malformed(p.pos, "prefix declared for no namespace")
	}
	p.scope = append(p.scope, binding{prefix: prefix, space: space})
}

// resolve gives n the namespace that its prefix stands for, or, for an element without prefix, the default namespace.
func (p *Parser) resolve(n *Node) {
	prefix := n.Name[:n.Prefix]
	for i := len(p.scope) - 1; i >= 0; i-- {
		if b := &p.scope[i]; bytes.Equal(b.prefix, prefix) {
			n.Space, b.used = b.space, true
			return
		}
	}
	switch string(prefix) {
	case "":
	case "xml":
		n.Space = nsXML
	default:
		p.malformed(p.pos, "prefix that is not declared") // Namespaces in XML 1.0 §5
	}
}

// sameName reports whether two names are the same when prefixes are resolved.
func sameName(a, b *Node) bool {
	return bytes.Equal(a.Local(), b.Local()) && bytes.Equal(a.Space, b.Space)
}

// Local returns the name without its prefix.
func (n *Node) Local() []byte {
	if n.Prefix > 0 {
		return n.Name[n.Prefix+1:]
	}
	return n.Name
}

// What codec/xmltext keeps of a header's declarations at most: so many, with the header's name so many bytes.
const (
	maxHeld      = 16
	maxHeldBytes = 1_024
)

// enter keeps the declarations of the header. The default namespace comes last, as if there was a declaration in any case.
func (p *Parser) enter() {
	content := binding{}
	kept := p.scope[:0]
	for _, b := range p.scope {
		if len(b.prefix) == 0 {
			content = b
		} else {
			b.context = string(b.prefix) == "xml" || string(b.prefix) == "stream" && bytes.Equal(b.space, nsStreams)
			kept = append(kept, b)
		}
	}
	content.context = bytes.Equal(content.space, nsClient) || bytes.Equal(content.space, nsServer)
	p.scope = append(kept, content)
	p.header = len(p.scope)

	held, size := 0, len(p.root)
	for i := range p.scope {
		b := &p.scope[i]
		b.used = false
		if !b.context {
			held++
			size += len(b.prefix) + len(b.space)
		}
	}
	if held > maxHeld || size > maxHeldBytes {
		p.excess(p.pos-1, "header binds too much")
	}
}

// addUsed adds the declarations of the header that the first-level element uses to it (RFC 6120 §4.8.5), after its attributes.
func (p *Parser) addUsed() {
	var added []Node
	for i := range p.scope {
		b := &p.scope[i]
		if b.used && !b.context {
			name, prefix := []byte("xmlns"), 0
			if len(b.prefix) > 0 {
				name, prefix = append([]byte("xmlns:"), b.prefix...), len("xmlns")
			}
			added = append(added, Node{Kind: codec.KindAttr, Name: name, Prefix: prefix, Space: nsXMLNS, Value: b.space})
		}
		b.used = false
	}
	if len(added) == 0 {
		return
	}
	at := p.first + 1
	for at < len(p.nodes) && p.nodes[at].Kind == codec.KindAttr {
		at++
	}
	p.nodes = slices.Insert(p.nodes, at, added...)
	for i := p.first; i < len(p.nodes); i++ {
		if n := &p.nodes[i]; n.Kind == codec.KindElement {
			n.End += len(added)
		}
	}
}
