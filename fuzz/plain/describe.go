package plain

import (
	"fmt"
	"strings"

	"github.com/godwit-im/godwit/codec"
)

// String writes down all of it for people: a line for each event and for the error.
func (s Stream) String() string {
	var b strings.Builder
	for _, e := range s.Events {
		switch e.Kind {
		case codec.EventOpen:
			b.WriteString("open ")
		case codec.EventElement:
			b.WriteString("element ")
		case codec.EventClose:
			b.WriteString("close")
		}
		if len(e.Nodes) > 0 {
			describe(&b, e.Nodes, 0)
		}
		fmt.Fprintf(&b, " to byte %d\n", e.At)
	}
	if s.Err != nil {
		b.WriteString(s.Err.Error())
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// describe writes node i and what is in it, and returns the index after it.
func describe(b *strings.Builder, nodes []Node, i int) int {
	n := &nodes[i]
	space := ""
	if len(n.Space) > 0 && string(n.Space) != string(nsXMLNS) {
		space = "{" + string(n.Space) + "}"
	}
	switch n.Kind {
	case codec.KindText:
		fmt.Fprintf(b, "%q", n.Value)
		return i + 1
	case codec.KindAttr:
		fmt.Fprintf(b, " %s%s=%q", n.Name, space, n.Value)
		return i + 1
	}
	fmt.Fprintf(b, "<%s%s", n.Name, space)
	for i++; i < n.End; {
		i = describe(b, nodes, i)
	}
	b.WriteString(">")
	return i
}
