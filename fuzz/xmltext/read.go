package xmltext

import (
	"fmt"
	"slices"
	"strings"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
)

// Outcome is what came of a stream.
type Outcome struct {
	Events []string // "open", "element" or "close", and what Describe says of the element
	Err    *codec.Error
}

// Elements returns how many first-level elements there were.
func (o Outcome) Elements() (n int) {
	for _, e := range o.Events {
		if strings.HasPrefix(e, "element ") {
			n++
		}
	}
	return n
}

// Closed reports whether the stream was ended.
func (o Outcome) Closed() bool { return slices.Contains(o.Events, "close") }

// Verdict returns "accept", or "stream-error:" and the condition.
func (o Outcome) Verdict() string {
	if o.Err == nil {
		return "accept"
	}
	return "stream-error:" + o.Err.Condition.String()
}

// Equal reports whether both are the same to the byte where the error is.
func (o Outcome) Equal(p Outcome) bool {
	same := (o.Err == nil) == (p.Err == nil) && (o.Err == nil || *o.Err == *p.Err)
	return same && slices.Equal(o.Events, p.Events)
}

// String returns all of it, a line for each event.
func (o Outcome) String() string {
	s := strings.Join(o.Events, "\n")
	if o.Err != nil {
		s += "\n" + o.Err.Error()
	}
	return s
}

// Read decodes data in pieces whose lengths piece gives, each at least 1. Every piece lies in memory of its own, which is overwritten before the
// next, so that a decoder that keeps a reference to it is found out. judge, when it is not nil, is asked about each event; what it returns ends
// the stream as an error would.
func Read(data []byte, l *codec.Limits, piece func() int, judge func(codec.Event, codec.Element) atom.Atom) (o Outcome) {
	d := xmltext.NewDecoder(l)
	defer d.Close()
	var s codec.Scratch
	var memory []byte
	for len(data) > 0 {
		k := min(piece(), len(data))
		for i := range memory {
			memory[i] = '#'
		}
		memory = append(memory[:0], data[:k]...)
		for p := memory; len(p) > 0; {
			n, ev, err := d.Decode(p, &s)
			if err != nil {
				o.Err = err.(*codec.Error)
				return o
			}
			if ev == codec.EventNone && n != len(p) {
				panic("bytes left without an event")
			}
			p = p[n:]
			if condition := o.note(ev, s.Tree.Root(), judge); condition != atom.Unknown {
				o.Err = &codec.Error{Condition: condition, Reason: "judged"}
				return o
			}
		}
		data = data[k:]
	}
	return o
}

func (o *Outcome) note(ev codec.Event, e codec.Element, judge func(codec.Event, codec.Element) atom.Atom) atom.Atom {
	if judge != nil && (ev == codec.EventOpen || ev == codec.EventElement) {
		if condition := judge(ev, e); condition != atom.Unknown {
			return condition
		}
	}
	switch ev {
	case codec.EventOpen:
		o.Events = append(o.Events, "open "+Describe(e))
	case codec.EventElement:
		o.Events = append(o.Events, "element "+Describe(e))
	case codec.EventClose:
		o.Events = append(o.Events, "close")
	}
	return atom.Unknown
}

// Whole is a piece for Read: everything at once.
func Whole() int { return 1 << 30 }

// ByteByByte is a piece for Read.
func ByteByByte() int { return 1 }

// CutAt returns a piece for Read that cuts once, after n bytes; n is at least 1.
func CutAt(n int) func() int {
	next := n
	return func() int {
		k := next
		next = 1 << 30
		return k
	}
}

// Describe writes down everything about an element that its Tree says: each name with its prefix, its local name as the Tree sees it, and its
// namespace; attributes in order; texts.
func Describe(e codec.Element) string {
	var b strings.Builder
	t, root := e.Tree()
	describe(&b, t, root)
	return b.String()
}

func describe(b *strings.Builder, t *codec.Tree, i uint32) {
	n := &t.Nodes[i]
	switch n.Kind {
	case codec.KindText:
		fmt.Fprintf(b, "%q", t.NodeValue(i))
		return
	case codec.KindAttr:
		fmt.Fprintf(b, " %s%s=%q", t.NodeName(i), space(t, i), t.NodeValue(i))
		return
	}
	fmt.Fprintf(b, "<%s%s", t.NodeName(i), space(t, i))
	k := i + 1
	for ; k < n.End && t.Nodes[k].Kind == codec.KindAttr; k++ {
		describe(b, t, k)
	}
	if i+1 < k && k < n.End {
		b.WriteString(" ")
	}
	for ; k < n.End; k++ {
		describe(b, t, k)
		if t.Nodes[k].Kind == codec.KindElement {
			k = t.Nodes[k].End - 1
		}
	}
	b.WriteString(">")
}

// space names the namespace of node i.
func space(t *codec.Tree, i uint32) string {
	switch n := &t.Nodes[i]; {
	case n.NS == atom.NSXMLNS:
		return ""
	case n.NS != atom.Unknown:
		return "{" + n.NS.String() + "}"
	case n.Decl != 0:
		return fmt.Sprintf("{%s}", t.NodeValue(n.Decl-1))
	}
	return ""
}
