package client

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stanza"
)

// Stanza is a stanza that its holder owns: it stays valid for good. It is read-only, for any goroutine.
type Stanza struct {
	tree codec.Tree
}

// newStanza returns a copy of e, which must be the root of its Tree: two pieces of memory, however large.
func newStanza(e codec.Element) *Stanza {
	s := new(Stanza)
	src, _ := e.Tree()
	nodes := make([]codec.Node, len(src.Nodes))
	copy(nodes, src.Nodes)
	s.tree.Aux = make([]byte, 0, ownedBytes(src.Nodes))
	for i := range nodes {
		own(&s.tree, src, &nodes[i], uint32(i))
	}
	s.tree.Nodes = nodes
	return s
}

// ownedBytes returns how many bytes the names and values of nodes have.
func ownedBytes(nodes []codec.Node) (size int) {
	for i := range nodes {
		if n := &nodes[i]; !isPlainName(n) {
			size += int(n.NameLen)
		}
		size += int(nodes[i].Len)
	}
	return size
}

// isPlainName reports whether the name of n is that of its Atom, so that no bytes are needed.
func isPlainName(n *codec.Node) bool { return n.PrefixLen == 0 && n.Name != atom.Unknown }

// own moves the bytes of n, which is src's node i, to t.
func own(t, src *codec.Tree, n *codec.Node, i uint32) {
	switch {
	case n.Kind == codec.KindText:
	case isPlainName(n):
		n.NameOff, n.NameLen = 0, 0
	default:
		n.NameOff = codec.AddAux(t, src.NodeName(i))
	}
	if n.Kind != codec.KindElement {
		n.Off = codec.AddAux(t, src.NodeValue(i))
	}
}

// size returns about how many bytes s takes.
func (s *Stanza) size() int { return 28*len(s.tree.Nodes) + len(s.tree.Aux) }

// Element returns the stanza itself.
func (s *Stanza) Element() codec.Element { return s.tree.Root() }

// Kind returns which of the three stanzas s is.
func (s *Stanza) Kind() stanza.Kind { return stanza.KindOf(s.Element()) }

// Type returns the type as stanza.Type does: with its default, and atom.Unknown for one that RFC 6121 does not know.
func (s *Stanza) Type() atom.Atom {
	t, _ := stanza.Type(s.Element())
	return t
}

// ID returns the id, "" when there is none.
func (s *Stanza) ID() string { return string(s.Element().Attr(atom.ID)) }

// From returns the sender, the zero JID when none is given: then it is our own account (RFC 6120 §8.1.2.1).
func (s *Stanza) From() jid.JID { return address(s.Element().Attr(atom.From)) }

// To returns the addressee, the zero JID when none is given.
func (s *Stanza) To() jid.JID { return address(s.Element().Attr(atom.To)) }

func address(text []byte) jid.JID {
	j, err := jid.ParseBytes(text)
	if err != nil {
		return jid.JID{}
	}
	return j
}

// Body returns the text of the first body of a message, "" when there is none.
func (s *Stanza) Body() string {
	return string(s.Element().Child(atom.NSClient, atom.Body).Text())
}

// OriginID returns the id that the sender's client gave a message for good (XEP-0359 §3), "" when it gave none.
func (s *Stanza) OriginID() string { return string(stanza.OriginID(s.Element())) }

// Err returns the error that a stanza of type error carries, nil for any other.
func (s *Stanza) Err() error {
	if string(s.Element().Attr(atom.Type)) != "error" {
		return nil
	}
	return stanzaError(s.Element())
}

// String returns s as XML.
func (s *Stanza) String() string { return string(xmltext.Encoder{}.AppendElement(nil, s.Element())) }
