package xmltext

import (
	"slices"
	"sync"

	"github.com/godwit-im/godwit/codec"
)

var parsers = sync.Pool{New: func() any { return new(parser) }}

// What a parser may keep in the pool.
const (
	keepBytes = 64 << 10
	keepNodes = 4 << 10
)

// sit lets w work at k, as far as its limits allow.
func (w *parser) sit(k *desk) {
	w.stand()
	w.seat = k
	if w.learns {
		w.openings = &k.openings
	}
	if w.leaps {
		w.desk = k
	}
}

// stand ends that.
func (w *parser) stand() {
	w.seat, w.desk, w.openings, w.view, w.held = nil, nil, nil, view{}, 0
	w.tag.opening = 0 // which another may replace, or which is at another desk
}

// release gives w back, without what it borrowed.
func release(w *parser) {
	w.stand()
	w.src, w.tree, w.scope = nil, nil, nil
	w.buf, w.own.Src = w.buf[:0], nil
	if cap(w.buf) > keepBytes || cap(w.own.Aux) > keepBytes || cap(w.own.Nodes) > keepNodes || cap(w.set) > keepNodes {
		return
	}
	parsers.Put(w)
}

// hold keeps w, which ran out of input, and what it has read of its element: src. The Tree in s goes with it, and s gets an empty one. It stays at its desk: it
// is mostly there that it goes on.
func (d *Decoder) hold(w *parser, s *codec.Scratch, src []byte) {
	w.own, s.Tree = s.Tree, w.own
	s.Tree.Reset(nil)
	w.tree, w.own.Src, w.src = &w.own, nil, nil
	w.buf = w.buf[:0]
	w.keep(src)
	w.view, w.held = view{}, 0
	d.work = w
}

// recall finds the opening of the tag that is not whole yet: others may have been at the desk since it was there.
func (w *parser) recall() {
	w.tag.opening = w.openings.find(textOf(w.buf), int(w.tree.Nodes[w.tag.elem].NameOff)-1)
}

// slack is how many zeros lie behind the bytes of buf, so that leap may look for a whole opening anywhere in it: zeros fit none.
const slack = 2 * openingRoom

// keep appends p to buf.
func (w *parser) keep(p []byte) {
	end := len(w.buf) + len(p)
	if end+slack > cap(w.buf) {
		w.buf = slices.Grow(w.buf, len(p)+slack)
	}
	free := w.buf[len(w.buf) : end+slack]
	copy(free, p)
	*(*[slack]byte)(free[len(p):]) = [slack]byte{}
	w.buf = w.buf[:end]
}

// resume goes on with the element that d holds: with p[n:]; it returns the index after what it has read. It takes in only as much at a time as doubles what is
// there, so that a long p with the end of the element is not copied whole.
func (d *Decoder) resume(p []byte, n int, s *codec.Scratch) (_ int, ev codec.Event) {
	w := d.work
	k := deskOf(s)
	for n < len(p) && d.work != nil {
		take := min(len(p)-n, max(512, len(w.buf)), w.maxBytes+1-len(w.buf))
		w.keep(p[n : n+take])
		n += take
		if w.place == within {
			if w.seat != k {
				w.sit(k)
			}
			w.view.from, w.view.size, w.view.edge = 0, 0, 0
			if w.state == inTag && w.desk != nil {
				w.recall()
			}
		}
		switch d.run(w, w.buf) {
		case done:
			n -= len(w.buf)
			w.buf, s.Buf = s.Buf, w.buf
			w.own, s.Tree = s.Tree, w.own
			w.tree = &s.Tree
			s.Tree.Src = s.Buf[:w.pos:w.pos]
			var had int
			had, ev = d.complete(w)
			n += had
			release(w)
		case failed:
			release(w)
		}
	}
	return n, ev
}
