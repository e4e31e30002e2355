package xmltext

import (
	"sync"
	"unsafe"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/plane"
)

// desk is what reading takes: a parser between two elements, the planes, and what was learnt of earlier elements. There are about as many as processors: a Decoder
// takes one for each call of Decode, or for as long as the input is held (codec.Scratch.Hold).
type desk struct {
	idle     *parser
	marked   []byte // what the planes describe, when the input is held
	planes   plane.Planes
	openings openings
}

var desks = sync.Pool{New: func() any { return new(desk) }}

// takeDesk returns a desk for s.
func takeDesk(s *codec.Scratch) *desk {
	if k, ok := s.Work.(*desk); ok {
		return k
	}
	k := desks.Get().(*desk)
	if s.Holding() {
		s.Work = k
	}
	return k
}

// parser returns a parser for an element.
func (k *desk) parser() *parser {
	w := k.idle
	if w == nil {
		return parsers.Get().(*parser)
	}
	k.idle = nil
	return w
}

// leaveDesk gives k back, unless s keeps it.
func leaveDesk(k *desk, s *codec.Scratch) {
	if s.Work == nil {
		k.Rest()
	}
}

// Rest implements codec.Worker: the input is not held any more.
func (k *desk) Rest() {
	k.marked = nil
	if k.idle != nil {
		k.idle.forget()
	}
	desks.Put(k)
}

// view is the part of an element's bytes that the planes describe: size bytes from src[from] on. from is negative when they begin before the element; the
// empty view has size 0.
//
// Invariant: from+size ≤ len(src), size ≤ plane.Window.
type view struct {
	text       text
	from, size int
}

// name returns the Atom of the name that the n bytes from i on are, n > 0.
func (v *view) name(i, n int) atom.Atom {
	switch {
	case n > 16 || i+8 > v.size:
		return atom.Lookup(v.text.slice(i, n))
	case n <= 8:
		return atom.ShortName(v.text.upTo8(i, n))
	}
	return atom.LongName(v.text.eight(i), v.text.eight(i+n-8), n)
}

// Sizes of what is looked at in one go when the input is not held, since nobody knows how long the element is.
const (
	firstLook = 2048
	nextLook  = 4096
)

// longToken is the most bytes that leap asks for behind what it could not read: what is longer is for the careful states.
const longToken = 512

// known returns the view of what begins with p, as far as it is known already.
func (k *desk) known(p []byte, held bool) view {
	if !held || len(k.marked) == 0 {
		return view{}
	}
	before := uintptr(unsafe.Pointer(unsafe.SliceData(p))) - uintptr(unsafe.Pointer(unsafe.SliceData(k.marked)))
	if before >= uintptr(len(k.marked)) {
		return view{}
	}
	return viewOf(p, -int(before), min(len(k.marked), int(before)+len(p)))
}

// look moves the view to pos, and reports whether that shows more than it has.
func (w *parser) look() bool {
	v := &w.view
	end := v.from + v.size
	if w.pos == len(w.src) || v.size > 0 && (end == len(w.src) || w.pos == v.from || end-w.pos >= longToken) {
		return false // nothing is there, or its end has not come yet, or what is at pos is not for leap
	}
	size := nextLook
	switch {
	case w.held:
		size = plane.Window
	case v.size == 0:
		size = firstLook
	}
	piece := w.src[w.pos:]
	piece = piece[:min(len(piece), size)]
	n := w.desk.planes.Classify(piece)
	*v = viewOf(w.src, w.pos, n)
	w.desk.marked = nil
	if w.held {
		w.desk.marked = piece[:n]
	}
	return n > 0
}
