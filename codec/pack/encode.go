package pack

import (
	"github.com/godwit-im/godwit/codec/pack/coder"
	"github.com/godwit-im/godwit/codec/pack/text"
)

// Encoder is what is needed while items are encoded: it is used again for any session. One goroutine at a time may use it.
type Encoder struct {
	coder.Encoder
	m      *model
	counts *counts // of a Trainer
	s      *Session
	side   *side
	scope  scope
	parser parser
	item   []byte // that is being encoded
	steps  []step // that are left of it
	start  start  // of an element that the model does not know
	last   uint16 // the tag of the last item
	room   []byte
	packed []byte // an id
	seq    uint64 // of an entry of an archive
}

// Begin begins a frame of s behind dst, which the Encoder takes and End returns.
func (e *Encoder) Begin(dst []byte, s *Session) {
	e.Encoder.Begin(dst)
	e.s, e.side, e.last = s, &s.out, tagNone
	if e.m == nil {
		e.m = theModel()
	}
	e.parser.m = e.m
}

// End ends the frame, which has at least one item, and returns dst with it.
func (e *Encoder) End() []byte {
	e.next(e.top(), e.last, symEnd)
	e.s, e.side = nil, nil
	n := e.Start()
	out := e.Encoder.End()
	if len(out) == n {
		out = append(out, 0) // a frame without bytes has no items
	}
	return out
}

// top is the parent of all items.
func (e *Encoder) top() uint16 {
	if e.s.up {
		return tagUp
	}
	return tagDown
}

// Item encodes the item that b begins, and returns its bytes. What is no item, or not written as package compact writes it, is all sent as it is.
func (e *Encoder) Item(b []byte) (n int) {
	e.scope = scope{}
	w := walk{b: b}
	e.item = w.item()
	if n = len(b) - len(w.b); w.bad {
		n, e.item = len(b), nil
	}
	top := e.top()
	if !e.parser.parse(e.item, top, e.last) {
		e.raw(b[:n])
		return n
	}
	e.steps = e.parser.steps
	switch e.item[0] {
	case kindClose:
		e.next(top, e.last, symClose)
		e.last = tagUnknown
	case kindOpen:
		e.next(top, e.last, symHeader)
		e.element(e.step(), tagOpen, tagNone, 0)
		e.last = tagOpen
	default:
		e.last = e.element(e.step(), top, e.last, 0)
		e.s.learn(e.item, !e.s.up)
	}
	return n
}

// raw writes bytes of the stream of items as they are.
func (e *Encoder) raw(b []byte) {
	e.next(e.top(), e.last, symRaw)
	e.number(lenRaw, uint64(len(b)))
	for _, c := range b {
		e.Uniform(uint64(c), 8)
	}
	e.last = tagUnknown
}

// step returns the next step.
func (e *Encoder) step() (s step) {
	s, e.steps = e.steps[0], e.steps[1:]
	return s
}

// at returns the value that a step is.
func (e *Encoder) at(s step) []byte { return e.item[s.at:s.end:s.end] }

// next writes what follows prev in parent.
func (e *Encoder) next(parent, prev uint16, symbol uint16) {
	if e.counts != nil {
		e.counts.next(parent, prev, symbol)
	}
	t := &e.m.tags[parent]
	if l := t.after(prev); l != nil && e.Choose(l.list, symbol) {
		return
	}
	if t.any != nil && e.Choose(t.any, symbol) {
		return
	}
	e.Choose(e.m.next0, symbol)
}

// number writes a number that is small as a rule.
func (e *Encoder) number(use int, v uint64) {
	n := lenOf(v)
	if e.counts != nil {
		e.counts.len(use, n)
	}
	e.Choose(e.m.lens[use], uint16(n))
	if n > 1 {
		e.Uniform(v, n-1) // the highest bit is known
	}
}

// size writes how long something is: below longSize that itself is likely or not.
func (e *Encoder) size(use int, n int) {
	symbol := min(n, longSize)
	if e.counts != nil {
		e.counts.len(use, symbol)
	}
	if e.Choose(e.m.lens[use], uint16(symbol)); symbol == longSize {
		e.number(lenLong, uint64(n-longSize))
	}
}

// element writes an element, which begins with a step, and returns its tag.
func (e *Encoder) element(s step, parent, prev uint16, depth int) uint16 {
	e.next(parent, prev, uint16(s.at))
	if s.at == symLiteral {
		e.unknown(int(s.end), depth)
		return tagUnknown
	}
	tag := uint16(s.at)
	t := &e.m.tags[tag]
	values := e.steps[:len(t.holes)]
	e.steps = e.steps[len(t.holes):]
	if !t.stanza {
		e.inner(t, tag, values, depth)
		return tag
	}
	outer := e.scope
	e.enter(depth)
	e.values(t, values, true)
	e.settle()
	e.inner(t, tag, values, depth)
	e.scope = outer
	return tag
}

// inner writes what an element has but addresses.
func (e *Encoder) inner(t *tag, tag uint16, values []step, depth int) {
	if t.stick == 0 || !e.again(t.stick, e.together(values)) {
		e.values(t, values, false)
	}
	e.body(tag, t.text, depth)
}

// unknown writes the start of an element that the model does not know, and what is in it.
func (e *Encoder) unknown(at, depth int) {
	s, outer := &e.start, e.scope
	w := walk{b: e.item[at:]}
	w.readStart(s)
	e.literalStart(s)
	if s.stanza() {
		e.enter(depth)
		e.unknownValues(s, true)
		e.settle()
		defer func() { e.scope = outer }()
	}
	e.unknownValues(s, false)
	e.body(tagUnknown, slotText, depth)
}

// enter begins the scope of a stanza.
func (e *Encoder) enter(depth int) {
	outer := &e.scope
	e.scope = scope{nested: depth > 0, trusted: outer.trusted}
}

// settle says who has sent the stanza, when its addresses are known.
func (e *Encoder) settle() {
	if sc := &e.scope; !sc.nested && (e.s.up || sc.sender == nobody) {
		sc.sender = account
	}
}

// literalStart writes the names of an element's start, and the values that would belong to a tag.
func (e *Encoder) literalStart(s *start) {
	e.number(lenAttrs, uint64(len(s.attrs)))
	e.name(s.name, s.prefixed)
	for i := range s.attrs {
		a := &s.attrs[i]
		if a.name[0] == tokenPrefixed {
			e.name(a.name[1:], true)
		} else {
			e.name(a.name, false)
		}
		if fixed(a.name, s.stanza()) {
			e.plain(a.value)
		}
	}
}

// name writes a name, with or without a prefix.
func (e *Encoder) name(name []byte, prefixed bool) {
	w := walk{b: name}
	if prefixed {
		e.Uniform(1, 1)
		e.plain(w.str())
	} else {
		e.Uniform(0, 1)
	}
	e.plain(w.str())
}

// plain writes a string: the number of a word, or text.
func (e *Encoder) plain(s []byte) {
	if n := wordOf(s); n > 0 {
		e.Uniform(1, 1)
		e.Uniform(uint64(n), wordBits)
		return
	}
	e.Uniform(0, 1)
	text.Append(&e.Encoder, textOf(s))
}

// values writes the values of a tag: of a stanza first the addresses, then the rest.
func (e *Encoder) values(t *tag, values []step, addresses bool) {
	for i := range t.holes {
		if h := &t.holes[i]; h.role&(roleFrom|roleTo) != 0 == addresses {
			e.value(h.slot, h.role, e.at(values[i]))
		}
	}
}

// unknownValues does it for a start that the model does not know.
func (e *Encoder) unknownValues(s *start, addresses bool) {
	stanza := s.stanza()
	for i := range s.attrs {
		a := &s.attrs[i]
		if r := roleOf(stanza, a.name); r&(roleFrom|roleTo) != 0 == addresses && !fixed(a.name, stanza) {
			e.value(slotUnknown, r, a.value)
		}
	}
}

// body writes what is in an element.
func (e *Encoder) body(tag, textSlot uint16, depth int) {
	prev := uint16(tagNone)
	for {
		switch s := e.step(); s.at {
		case symEnd:
			e.next(tag, prev, symEnd)
			return
		case symText:
			e.next(tag, prev, symText)
			e.text(textSlot, e.at(e.step()))
			prev = tagText
		default:
			trusted := e.scope.trusted
			e.scope.trusted = trusted || e.vouches(tag, depth)
			prev = e.element(s, tag, prev, depth+1)
			e.scope.trusted = trusted
		}
	}
}

// vouches reports whether the stanzas in an element have been put there by the server: they are results of the account's archive, or carbons.
func (e *Encoder) vouches(tag uint16, depth int) bool {
	return depth == 1 && !e.s.up && !e.scope.nested && e.m.tags[tag].vouched && e.scope.sender == account
}

// text writes the text of an element.
func (e *Encoder) text(at uint16, v []byte) {
	slot := &e.m.slots[at]
	if slot.stick == 0 || !e.again(slot.stick, v) {
		e.value(at, slot.role, v)
	}
}

// together returns values one behind the other.
func (e *Encoder) together(values []step) []byte {
	e.room = e.room[:0]
	for _, v := range values {
		e.room = append(e.room, e.at(v)...)
	}
	return e.room
}

// again writes whether a sender says what it has said before, or, when it has said nothing of the sort, what another with its bare JID has; it reports whether that is all that there is
// to say.
func (e *Encoder) again(stick uint8, v []byte) bool {
	sc, s := &e.scope, e.side
	if sc.sender == nobody || sc.nested {
		return false
	}
	h := briefOf(v)
	if at := s.said(sc.sender, stick); at >= 0 {
		if same := s.value(sc.sender, at) == h; e.yes(stick, false, same) {
			return true
		}
	} else if rank, at := s.kin(sc.sender, stick, 0); rank >= 0 {
		n := uint64(0)
		for rank >= 0 && s.value(int(s.order()[rank])+firstPeer, at) != h {
			rank, at = s.kin(sc.sender, stick, rank+1)
			n++
		}
		if e.yes(stick, true, rank >= 0) {
			e.number(lenKin, n)
			s.say(e.m, sc.sender, stick, v)
			return true
		}
	}
	s.say(e.m, sc.sender, stick, v)
	return false
}

// yes writes an answer of again, and returns it.
func (e *Encoder) yes(stick uint8, kin, yes bool) bool {
	if e.counts != nil {
		e.counts.said(stick, kin, yes)
	}
	e.Choose(e.m.again[stick-1][b2i(kin)], uint16(b2i(yes)))
	return yes
}
