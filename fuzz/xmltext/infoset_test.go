package xmltext

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/fuzz/plain"
)

// infosets writes down what the plain parser has read, in the form of Infoset.
type infosets struct {
	out   []byte
	attrs []byte // of an element, one after the other
	order [][]byte
}

// hash returns how many first-level elements there are and a hash of them, as expat.c makes it.
func (w *infosets) hash(s plain.Stream) (elements int, hash uint64) {
	hash = 0xcbf29ce484222325 // FNV-1a
	for _, e := range s.Events {
		if e.Kind != codec.EventElement {
			continue
		}
		elements++
		w.out = w.out[:0]
		w.element(e.Nodes, 0)
		for _, c := range append(w.out, 0) {
			hash = (hash ^ uint64(c)) * 0x100000001b3
		}
	}
	return elements, hash
}

// element writes element i and returns the index after it.
func (w *infosets) element(nodes []plain.Node, i int) int {
	n := &nodes[i]
	w.out = appendExpanded(append(w.out, '<'), n)
	i = w.attributes(nodes, i+1, n.End)
	for w.out = append(w.out, '>'); i < n.End; {
		if c := &nodes[i]; c.Kind == codec.KindText {
			w.out = appendCounted(append(w.out, 't'), c.Value)
			i++
			continue
		}
		i = w.element(nodes, i)
	}
	w.out = append(w.out, "</>"...)
	return i
}

// attributes writes those that begin at i, in the order of what is written, but for declarations, and returns the index after them.
func (w *infosets) attributes(nodes []plain.Node, i, end int) int {
	w.attrs, w.order = w.attrs[:0], w.order[:0]
	for ; i < end && nodes[i].Kind == codec.KindAttr; i++ {
		if string(nodes[i].Space) == "http://www.w3.org/2000/xmlns/" {
			continue
		}
		from := len(w.attrs)
		w.attrs = appendExpanded(append(w.attrs, ' '), &nodes[i])
		w.attrs = appendCounted(append(w.attrs, '='), nodes[i].Value)
		w.order = append(w.order, w.attrs[from:]) // stays what it is when attrs grows
	}
	slices.SortFunc(w.order, bytes.Compare)
	for _, a := range w.order {
		w.out = append(w.out, a...)
	}
	return i
}

func appendCounted(dst, value []byte) []byte {
	return append(append(strconv.AppendInt(dst, int64(len(value)), 10), ':'), value...)
}

func appendExpanded(dst []byte, n *plain.Node) []byte {
	dst = append(append(dst, '{'), n.Space...)
	return append(append(dst, '}'), n.Local()...)
}
