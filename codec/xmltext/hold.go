package xmltext

import (
	"sync"

	"github.com/godwit-im/godwit/codec"
)

var parsers = sync.Pool{New: func() any { return new(parser) }}

// What a parser may keep in the pool.
const (
	keepBytes = 64 << 10
	keepNodes = 4 << 10
)

// forget lets go of what w borrowed.
func (w *parser) forget() {
	w.src, w.tree, w.scope, w.rootName, w.desk, w.openings, w.view = nil, nil, nil, nil, nil, nil, view{}
}

// release gives w back, without what it borrowed.
func release(w *parser) {
	w.forget()
	w.buf, w.own.Src = w.buf[:0], nil
	if cap(w.buf) > keepBytes || cap(w.own.Aux) > keepBytes || cap(w.own.Nodes) > keepNodes || cap(w.set) > keepNodes {
		return
	}
	parsers.Put(w)
}

// hold keeps w, which ran out of input, and what it has read of its element: src. The Tree in s goes with it, and s gets an empty one.
func (d *Decoder) hold(w *parser, s *codec.Scratch, src []byte) {
	w.own, s.Tree = s.Tree, w.own
	s.Tree.Reset(nil)
	w.tree, w.own.Src, w.src = &w.own, nil, nil
	w.buf = append(w.buf[:0], src...)
	w.desk, w.openings, w.view = nil, nil, view{}
	d.work = w
}

// resume goes on with the element that d holds. It takes in only as much at a time as doubles what is there, so that a long p with
// the end of the element is not copied whole.
func (d *Decoder) resume(p []byte, s *codec.Scratch) (n int, ev codec.Event) {
	w := d.work
	k := deskOf(s)
	for n < len(p) && d.work != nil {
		take := min(len(p)-n, max(512, len(w.buf)), w.maxBytes+1-len(w.buf))
		w.buf = append(w.buf, p[n:n+take]...)
		n += take
		if w.place == within && w.learns {
			w.openings = &k.openings
		}
		if w.place == within && w.leaps {
			w.desk, w.view, w.held = k, view{}, 0
		}
		if d.run(w, w.buf) == done {
			n -= len(w.buf)
			w.buf, s.Buf = s.Buf, w.buf
			w.own, s.Tree = s.Tree, w.own
			w.tree = &s.Tree
			s.Tree.Src = s.Buf[:w.pos:w.pos]
			var had int
			had, ev = d.complete(w)
			n += had
			release(w)
		}
	}
	if d.work != nil {
		w.desk, w.openings, w.view = nil, nil, view{}
	}
	return n, ev
}
