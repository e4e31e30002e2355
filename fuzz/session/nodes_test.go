package session

import (
	"strings"

	"github.com/godwit-im/godwit/xmpp/xmpptest"
)

// Namespaces.
const (
	nsClient  = "jabber:client"
	nsStreams = "http://etherx.jabber.org/streams"
	nsErrors  = "urn:ietf:params:xml:ns:xmpp-streams"
	nsStanzas = "urn:ietf:params:xml:ns:xmpp-stanzas"
	nsSM      = "urn:xmpp:sm:3"
	nsFAST    = "urn:xmpp:fast:0"
	nsCarbons = "urn:xmpp:carbons:2"
)

// descendants returns n and all elements in it.
func descendants(n *xmpptest.Node) (all []*xmpptest.Node) {
	all = append(all, n)
	for _, c := range children(n) {
		all = append(all, descendants(c)...)
	}
	return all
}

func children(n *xmpptest.Node) (all []*xmpptest.Node) {
	for _, c := range n.Content {
		if c, ok := c.(*xmpptest.Node); ok {
			all = append(all, c)
		}
	}
	return all
}

func childOf(n *xmpptest.Node, ns, name string) *xmpptest.Node {
	for _, c := range children(n) {
		if c.NS == ns && c.Name == name {
			return c
		}
	}
	return nil
}

func attrOf(n *xmpptest.Node, name string) string {
	for _, a := range n.Attrs {
		if a.NS == "" && a.Name == name {
			return a.Value
		}
	}
	return ""
}

func textOf(n *xmpptest.Node) (text string) {
	if n == nil {
		return ""
	}
	for _, c := range n.Content {
		if c, ok := c.(string); ok {
			text += c
		}
	}
	return text
}

// isStanza reports whether n is a message, a presence or an iq.
func isStanza(n *xmpptest.Node) bool {
	return n.NS == nsClient && (n.Name == "message" || n.Name == "presence" || n.Name == "iq")
}

// cut splits an address or a name at its resource.
func cut(name string) (local, resource string, full bool) { return strings.Cut(name, "/") }
