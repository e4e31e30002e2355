package xmltext

import (
	"bytes"
	"fmt"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/fuzz/plain"
)

// differ says where a Tree is not what the plain parser has read, "" when it is.
func differ(t *codec.Tree, want []plain.Node) string {
	for i := range min(len(t.Nodes), len(want)) {
		if what := nodeDiffers(t, uint32(i), &want[i]); what != "" {
			return fmt.Sprintf("the %s of node %d: %s, want %s", what, i, describeNode(t, uint32(i)), describePlain(&want[i]))
		}
	}
	if len(t.Nodes) != len(want) {
		return fmt.Sprintf("%d nodes, want %d", len(t.Nodes), len(want))
	}
	return ""
}

// nodeDiffers says what of node i is not as in want.
func nodeDiffers(t *codec.Tree, i uint32, want *plain.Node) string {
	n := &t.Nodes[i]
	if n.Kind != want.Kind {
		return "kind"
	}
	if n.Kind == codec.KindText {
		if !bytes.Equal(t.NodeValue(i), want.Value) {
			return "text"
		}
		return ""
	}
	switch {
	case !bytes.Equal(t.NodeName(i), want.Name):
		return "name"
	case int(n.PrefixLen) != want.Prefix:
		return "prefix"
	case n.Name != atom.Lookup(want.Local()):
		return "atom"
	case !sameSpace(t, n, want.Space):
		return "namespace"
	case n.Kind == codec.KindElement && int(n.End) != want.End:
		return "end"
	case n.Kind == codec.KindAttr && !bytes.Equal(t.NodeValue(i), want.Value):
		return "value"
	}
	return ""
}

// sameSpace reports whether n says that its namespace is space: by the atom, or, when it has none, by a declaration.
func sameSpace(t *codec.Tree, n *codec.Node, space []byte) bool {
	if n.NS != atom.Unknown {
		return n.NS.String() == string(space) && n.Decl == 0
	}
	if len(space) == 0 {
		return n.Decl == 0
	}
	if n.Decl == 0 || int(n.Decl) > len(t.Nodes) || atom.Lookup(space) != atom.Unknown {
		return false
	}
	d := &t.Nodes[n.Decl-1]
	return d.Kind == codec.KindAttr && d.NS == atom.NSXMLNS && bytes.Equal(t.NodeValue(n.Decl-1), space)
}

// describeNode writes down node i alone.
func describeNode(t *codec.Tree, i uint32) string {
	n := &t.Nodes[i]
	if n.Kind == codec.KindText {
		return fmt.Sprintf("text %q", t.NodeValue(i))
	}
	s := fmt.Sprintf("kind %d %q prefix %d atom %d %s", n.Kind, t.NodeName(i), n.PrefixLen, n.Name, space(t, i))
	if n.Kind == codec.KindElement {
		return fmt.Sprintf("%s end %d", s, n.End)
	}
	return fmt.Sprintf("%s = %q", s, t.NodeValue(i))
}

func describePlain(n *plain.Node) string {
	if n.Kind == codec.KindText {
		return fmt.Sprintf("text %q", n.Value)
	}
	s := fmt.Sprintf("kind %d %q prefix %d atom %d {%s}", n.Kind, n.Name, n.Prefix, atom.Lookup(n.Local()), n.Space)
	if n.Kind == codec.KindElement {
		return fmt.Sprintf("%s end %d", s, n.End)
	}
	return fmt.Sprintf("%s = %q", s, n.Value)
}
