package xmltext

import (
	"unsafe"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/plane"
)

// desk is what reading takes: a parser between two elements, the planes, and what was learnt of earlier elements. A loop has one, in its codec.Scratch.
type desk struct {
	idle     *parser
	marked   []byte // what the planes describe, when it was held
	turn     uint64 // when that was: see codec.Scratch.Held
	planes   plane.Planes
	openings openings
}

// deskOf returns the desk of s.
func deskOf(s *codec.Scratch) *desk {
	k, ok := s.Desk.(*desk)
	if !ok {
		k = new(desk)
		s.Desk = k
	}
	return k
}

// parser returns the parser that lies there.
func (k *desk) parser() *parser {
	if k.idle == nil {
		k.idle = parsers.Get().(*parser)
	}
	return k.idle
}

// view is the part of an element's bytes that the planes describe: size bytes from src[from] on. from is negative when they begin before the element; the
// empty view has size 0.
//
// Invariant: from+size ≤ len(src), size ≤ plane.Window.
type view struct {
	text       text
	from, size int
	edge       int // before it an opening may be looked for: openingRoom+2 bytes and more can be read from there on
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

// known returns the view of what begins with p, as far as it is known already; turn is what codec.Scratch.Held says of it.
func (k *desk) known(p []byte, turn uint64) view {
	if turn == 0 || turn != k.turn {
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
	case w.held != 0:
		size = plane.Window
	case v.size == 0:
		size = firstLook
	}
	piece := w.src[w.pos:]
	piece = piece[:min(len(piece), size)]
	n := w.desk.planes.Classify(piece)
	*v = viewOf(w.src, w.pos, n)
	if w.pos+n == len(w.buf) { // so w.src is all of buf, and zeros follow
		v.edge = n
	}
	if w.desk.turn = w.held; w.held != 0 {
		w.desk.marked = piece[:n]
	}
	return n > 0
}
