package pack

import (
	"errors"

	"github.com/godwit-im/godwit/codec/pack/coder"
	"github.com/godwit-im/godwit/codec/pack/text"
)

// ErrMalformed says that a frame is not what an Encoder makes.
var ErrMalformed = errors.New("pack: malformed frame")

// ErrTooLong says that a frame holds more than it may.
var ErrTooLong = errors.New("pack: a frame holds more than it may")

// Decoder is what is needed while a frame is decoded: it is used again for any session. One goroutine at a time may use it.
type Decoder struct {
	coder.Decoder
	m     *model
	s     *Session
	side  *side
	scope scope
	item  []byte // that is being decoded
	max   int    // bytes that it may have
	vals  []byte // values and names that are decoded before their place
	names [maxDepth + 1]start
	raws  []byte
	err   error
}

// Decode appends the items of a frame, each with its length, to dst: not more than max bytes. The frame is borrowed. After an error s is of no use.
func (d *Decoder) Decode(dst, frame []byte, s *Session, max int) ([]byte, error) {
	if d.m == nil {
		d.m = theModel()
	}
	d.Begin(frame)
	d.s, d.side, d.err = s, &s.in, nil
	top, last := uint16(tagUp), uint16(tagNone)
	if s.up {
		top = tagDown
	}
	for len(frame) > 0 {
		d.item, d.vals, d.scope, d.max = d.item[:0], d.vals[:0], scope{}, max-len(dst)
		symbol := d.next(top, last)
		switch symbol {
		case symEnd:
			if d.Left() > 0 {
				return dst, ErrMalformed
			}
			return dst, nil
		case symRaw:
			d.raw()
			last = tagUnknown
		case symClose:
			d.item = append(d.item, kindClose)
			last = tagUnknown
		case symHeader:
			d.item = append(d.item, kindOpen)
			d.element(d.next(tagOpen, tagNone), bodyEmpty, 0)
			last = tagOpen
		case symText:
			return dst, ErrMalformed
		default:
			d.item = append(d.item, kindElement)
			last = d.element(symbol, bodyList, 0)
			s.learn(d.item, s.up)
		}
		if d.err == nil && d.Beyond() {
			d.err = ErrMalformed
		}
		if d.err != nil {
			return dst, d.err
		}
		from := len(dst)
		if symbol != symRaw {
			dst = appendVarint(dst, len(d.item))
		}
		if len(dst)+len(d.item) > max {
			return dst[:from], ErrTooLong
		}
		dst = append(dst, d.item...)
	}
	return dst, nil
}

func (d *Decoder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
}

// going reports whether there is reason to go on.
func (d *Decoder) going() bool {
	switch {
	case d.Beyond():
		d.fail(ErrMalformed)
	case len(d.item) > d.max || len(d.vals) > d.max:
		d.fail(ErrTooLong)
	}
	return d.err == nil
}

// next reads what follows prev in parent.
func (d *Decoder) next(parent, prev uint16) uint16 {
	t := &d.m.tags[parent]
	if l := t.after(prev); l != nil {
		if v := d.Choose(l.list); v != coder.Escape {
			return v
		}
	}
	if t.any != nil {
		if v := d.Choose(t.any); v != coder.Escape {
			return v
		}
	}
	return d.Choose(d.m.next0)
}

// number reads what Encoder.number writes.
func (d *Decoder) number(use int) uint64 {
	n := int(d.Choose(d.m.lens[use]))
	if n < 2 {
		return uint64(n)
	}
	return 1<<(n-1) | d.Uniform(n-1)
}

// size reads what Encoder.size writes.
func (d *Decoder) size(use int) int {
	n := int(d.Choose(d.m.lens[use]))
	if n == longSize {
		n += d.few(lenLong)
	}
	return n
}

// few reads a number of things that each take place.
func (d *Decoder) few(use int) int {
	n := d.number(use)
	if n > uint64(d.max) {
		d.fail(ErrTooLong)
		return 0
	}
	return int(n)
}

func (d *Decoder) raw() {
	for n := d.few(lenRaw); n > 0 && d.going(); n-- {
		d.item = append(d.item, byte(d.Uniform(8)))
	}
}

// element reads an element, whose tag or other symbol was read. The body is the form of an empty one.
func (d *Decoder) element(symbol uint16, empty byte, depth int) uint16 {
	if symbol < tagBase && symbol != symLiteral || int(symbol) >= len(d.m.tags) || depth > maxDepth {
		d.fail(ErrMalformed)
		return tagUnknown
	}
	outer, head := d.scope, len(d.item)
	stanza, tag, textSlot := false, uint16(tagUnknown), uint16(slotText)
	if symbol == symLiteral {
		stanza = d.literalStart(depth)
	} else {
		t := &d.m.tags[symbol]
		tag, stanza, textSlot = symbol, t.stanza, t.text
		d.start(t, depth)
	}
	d.body(head, empty, tag, textSlot, depth)
	if stanza {
		d.scope = outer
	}
	return tag
}

// enter begins the scope of a stanza.
func (d *Decoder) enter(depth int) {
	d.scope = scope{nested: depth > 0, trusted: d.scope.trusted}
}

// settle says who has sent the stanza, when its addresses are known.
func (d *Decoder) settle() {
	if sc := &d.scope; !sc.nested && (!d.s.up || sc.sender == nobody) {
		sc.sender = account
	}
}

func appendHead(dst []byte, attrs int, prefixed bool) []byte {
	head := byte(headElement | min(attrs, headAttrMax)<<headAttrShift)
	if prefixed {
		head |= headPrefixed
	}
	dst = append(dst, head)
	if attrs >= headAttrMax {
		dst = appendVarint(dst, attrs-headAttrMax)
	}
	return dst
}

// start reads the values of a start that the model knows.
func (d *Decoder) start(t *tag, depth int) {
	var early [2][]byte // the values that come first
	n := 0
	if t.stanza {
		d.enter(depth)
		for i := range t.holes {
			if h := &t.holes[i]; h.role&(roleFrom|roleTo) != 0 && n < len(early) {
				at := len(d.vals)
				d.vals = d.value(d.vals, h.slot, h.role)
				early[n] = d.vals[at:len(d.vals):len(d.vals)]
				n++
			}
		}
		d.settle()
	}
	d.item = append(d.item, t.pieces[0].b...)
	n = 0
	var known walk // the values that were said before
	from := len(d.vals)
	if t.stick != 0 {
		if v, ok := d.again(t.stick); ok {
			known.b = v
		}
	}
	for i := range t.holes {
		switch h := &t.holes[i]; {
		case h.role&(roleFrom|roleTo) != 0:
			d.item = append(d.item, early[n]...)
			n++
		case len(known.b) > 0:
			d.item = append(d.item, known.str()...)
		default:
			at := len(d.item)
			if d.item = d.value(d.item, h.slot, h.role); t.stick != 0 {
				d.vals = append(d.vals, d.item[at:]...)
			}
		}
		d.item = append(d.item, t.pieces[i+1].b...)
	}
	if len(d.vals) > from && t.stick != 0 {
		d.say(t.stick, d.vals[from:])
	}
}

// again reads whether the sender says what was said before, and returns that.
func (d *Decoder) again(stick uint8) (v []byte, ok bool) {
	sc, s := &d.scope, d.side
	if sc.sender == nobody || sc.nested {
		return nil, false
	}
	if at := s.said(sc.sender, stick); at >= 0 {
		if d.Choose(d.m.again[stick-1][0]) != 1 {
			return nil, false
		}
		d.raws = s.appendSaid(d.m, d.raws[:0], sc.sender, at)
		return d.raws, true
	}
	rank, at := s.kin(sc.sender, stick, 0)
	if rank < 0 || d.Choose(d.m.again[stick-1][1]) != 1 {
		return nil, false
	}
	for n := d.number(lenKin); n > 0 && rank >= 0; n-- {
		rank, at = s.kin(sc.sender, stick, rank+1)
	}
	if rank < 0 {
		d.fail(ErrMalformed)
		return nil, false
	}
	d.raws = s.appendSaid(d.m, d.raws[:0], int(s.order()[rank])+firstPeer, at)
	s.say(d.m, sc.sender, stick, d.raws)
	return d.raws, true
}

// say keeps what the sender says.
func (d *Decoder) say(stick uint8, v []byte) {
	if sc := &d.scope; sc.sender != nobody && !sc.nested && d.err == nil {
		d.side.say(d.m, sc.sender, stick, v)
	}
}

// content reads the text of an element.
func (d *Decoder) content(at uint16) {
	slot, from := &d.m.slots[at], len(d.item)
	if slot.stick != 0 {
		if v, ok := d.again(slot.stick); ok {
			d.item = append(d.item, v...)
			return
		}
	}
	if d.item = d.value(d.item, at, slot.role); slot.stick != 0 {
		d.say(slot.stick, d.item[from:])
	}
}

// literalStart reads the start of an element that the model does not know, and reports whether it is a stanza.
func (d *Decoder) literalStart(depth int) (stanza bool) {
	n := d.few(lenAttrs)
	s := &d.names[depth]
	s.attrs = s.attrs[:0]
	s.name, s.prefixed = d.name(false)
	if stanza = s.stanza(); stanza {
		d.enter(depth)
	}
	for ; n > 0 && d.going(); n-- {
		a := startAttr{}
		if a.name, _ = d.name(true); fixed(a.name, stanza) {
			from := len(d.vals)
			d.vals = d.plain(d.vals)
			a.value = d.vals[from:len(d.vals):len(d.vals)]
		}
		s.attrs = append(s.attrs, a)
	}
	for _, addresses := range []bool{true, false} {
		for i := range s.attrs {
			a := &s.attrs[i]
			r := roleOf(stanza, a.name)
			if address := r&(roleFrom|roleTo) != 0; address == addresses && a.value == nil && d.going() {
				from := len(d.vals)
				d.vals = d.value(d.vals, slotUnknown, r)
				a.value = d.vals[from:len(d.vals):len(d.vals)]
			}
		}
		if addresses && stanza {
			d.settle()
		}
	}
	d.item = append(appendHead(d.item, len(s.attrs), s.prefixed), s.name...)
	for _, a := range s.attrs {
		d.item = append(append(d.item, a.name...), a.value...)
	}
	return stanza
}

// name reads a name, of an attribute or an element.
func (d *Decoder) name(attr bool) (name []byte, prefixed bool) {
	from := len(d.vals)
	if prefixed = d.Uniform(1) == 1; prefixed {
		if attr {
			d.vals = append(d.vals, tokenPrefixed)
		}
		d.vals = d.plain(d.vals)
	}
	if d.vals = d.plain(d.vals); d.err != nil {
		d.vals = append(d.vals, literal, literal)
	}
	return d.vals[from:len(d.vals):len(d.vals)], prefixed
}

// plain reads a string.
func (d *Decoder) plain(dst []byte) []byte {
	if d.Uniform(1) == 1 {
		n := int(d.Uniform(wordBits))
		if n == 0 || n >= len(words) {
			d.fail(ErrMalformed)
			return dst
		}
		return appendWord(dst, n)
	}
	return d.text(dst)
}

// text reads free text, and appends it as a literal.
func (d *Decoder) text(dst []byte) []byte {
	at := len(dst)
	dst = append(dst, literal)
	dst, err := text.Read(&d.Decoder, dst, d.max)
	if err != nil {
		d.fail(err)
	}
	return endLiteral(dst, at)
}

// endLiteral writes the length of a literal, for which a byte was left at at.
func endLiteral(dst []byte, at int) []byte {
	n := len(dst) - at - 1
	if n < literalShort {
		dst[at] = literal + byte(n)
		return dst
	}
	var room [literalRoom]byte
	size := appendVarint(append(room[:0], literalLong), n-literalShort)
	dst = append(dst, size[1:]...)
	copy(dst[at+len(size):], dst[at+1:at+1+n])
	copy(dst[at:], size)
	return dst
}

// body reads what is in the element whose head is at head.
func (d *Decoder) body(head int, empty byte, tag, textSlot uint16, depth int) {
	prev, form, first := uint16(tagNone), empty, 0
	for d.going() {
		symbol := d.next(tag, prev)
		switch symbol {
		case symEnd:
			d.item[head] |= form
			if form == bodyList {
				d.item = append(d.item, contentEnd)
			}
			return
		case symText:
			if prev == tagText || empty == bodyEmpty && depth == 0 {
				d.fail(ErrMalformed)
				return
			}
			if prev == tagNone && empty != bodyList {
				form, first = bodyText, len(d.item)
			} else {
				form = d.list(form, first)
				d.item = append(d.item, contentText)
			}
			d.content(textSlot)
			prev = tagText
		default:
			if empty == bodyEmpty && depth == 0 {
				d.fail(ErrMalformed) // a header has no content
				return
			}
			form = d.list(form, first)
			trusted := d.scope.trusted
			d.scope.trusted = trusted || d.vouches(tag, depth)
			prev = d.element(symbol, bodyEmpty, depth+1)
			d.scope.trusted = trusted
		}
	}
}

// list makes a list of what has been a text alone.
func (d *Decoder) list(form byte, first int) byte {
	if form == bodyText {
		d.item = append(d.item, 0)
		copy(d.item[first+1:], d.item[first:])
		d.item[first] = contentText
	}
	return bodyList
}

func (d *Decoder) vouches(tag uint16, depth int) bool {
	return depth == 1 && d.s.up && !d.scope.nested && d.m.tags[tag].vouched && d.scope.sender == account
}
