package xmltext

import (
	"math"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/plane"
)

// Decoder reads one stream; it implements [codec.Decoder]. Between elements it holds no memory besides itself, unless the stream's header
// was unusual. It belongs to one goroutine at a time.
type Decoder struct {
	limits  *codec.Limits
	work    *parser      // of an unfinished element
	scope   *scope       // what the header binds besides the usual
	err     *codec.Error // final
	offset  int64        // bytes of the stream before the element that is being read, or is next
	inherit namespace    // the default namespace of first-level elements
	phase   phase
	prefix  bool // the header binds the prefix stream to the stream namespace
}

// phase is how far the stream is.
type phase uint8

const (
	beforeHeader phase = iota
	restarted          // as beforeHeader; white space behind the last element before the restart may still come
	open
	emptied // the header was an empty element, whose last > is still to be consumed
	closed
)

var _ codec.Decoder = (*Decoder)(nil)

// NewDecoder returns a Decoder that expects a stream header, perhaps after an XML declaration. It keeps limits; nil
// stands for codec.DefaultLimits.
func NewDecoder(limits *codec.Limits) *Decoder {
	d := new(Decoder)
	d.SetLimits(limits)
	return d
}

// SetLimits implements codec.Decoder. nil stands for codec.DefaultLimits.
func (d *Decoder) SetLimits(l *codec.Limits) {
	if l == nil {
		l = &codec.DefaultLimits
	}
	d.limits = l
}

// Restart implements codec.Decoder. What was kept of an unfinished element is dropped. White space before the new header, which some
// clients write behind their elements as a line's end, belongs to the old stream: an XML declaration may follow it, and it is not counted.
func (d *Decoder) Restart() {
	d.Close()
	*d = Decoder{limits: d.limits, phase: restarted}
}

// Close implements codec.Decoder.
func (d *Decoder) Close() {
	if d.work != nil {
		release(d.work)
		d.work = nil
	}
}

// Decode implements codec.Decoder. White space between elements, and an XML declaration, are consumed with what follows.
// Of a header that is an empty element the last > is consumed with EventClose, so that there is something to call Decode
// with; it can then happen that n is 0 at an EventOpen. What follows the end of the stream is consumed without looking at it.
func (d *Decoder) Decode(p []byte, s *codec.Scratch) (n int, ev codec.Event, err error) {
	if d.err != nil {
		return 0, codec.EventNone, d.err
	}
	for n < len(p) && ev == codec.EventNone && d.err == nil {
		var k int
		switch {
		case d.work != nil:
			k, ev = d.resume(p[n:], s)
		case d.phase == closed:
			k = len(p) - n
		case d.phase == emptied:
			k, ev, d.phase = 1, codec.EventClose, closed
		default:
			k, ev = d.next(p[n:], s)
		}
		n += k
	}
	if d.err != nil {
		return n, codec.EventNone, d.err
	}
	return n, ev, nil
}

// next reads from between two elements on.
func (d *Decoder) next(p []byte, s *codec.Scratch) (n int, ev codec.Event) {
	for n < len(p) && class[p[n]]&space != 0 {
		n++
	}
	if d.phase != restarted {
		d.offset += int64(n)
	}
	if n == len(p) {
		return n, codec.EventNone
	}
	if d.phase == restarted {
		d.phase = beforeHeader
	}
	if d.phase == open {
		k, ev := d.element(p[n:], s)
		return n + k, ev
	}
	w := d.header(s)
	switch d.run(w, p[n:]) {
	case done:
		s.Tree.Src = w.src[:w.pos:w.pos]
		k, ev := d.complete(w)
		release(w)
		return n + k, ev
	case more:
		d.hold(w, s, p[n:])
		return len(p), codec.EventNone
	}
	return n, codec.EventNone
}

// element reads from the beginning of a first-level element on.
func (d *Decoder) element(p []byte, s *codec.Scratch) (n int, ev codec.Event) {
	k := takeDesk(s)
	w := k.idle
	if w == nil {
		w = parsers.Get().(*parser)
	}
	k.idle = nil
	w.begin(&s.Tree, d.limits, within)
	w.scope, w.inherit, w.prefix, w.rootName = d.scope, d.inherit, d.prefix, d.rootName()
	if plane.Usable() && w.maxName >= openingRoom {
		w.desk, w.held = k, s.Holds(p)
		w.view = k.known(p, w.held)
	}
	switch d.run(w, p) {
	case done:
		s.Tree.Src = p[:w.pos:w.pos]
		n, ev = d.complete(w)
		w.forget()
		k.idle = w
	case more:
		d.hold(w, s, p)
		n = len(p)
	}
	leaveDesk(k, s)
	return n, ev
}

// header returns a parser for what comes before the first element.
func (d *Decoder) header(s *codec.Scratch) *parser {
	w := parsers.Get().(*parser)
	if d.offset == 0 {
		w.begin(&s.Tree, d.limits, atStart)
	} else {
		w.begin(&s.Tree, d.limits, prolog)
	}
	w.scope, w.inherit, w.prefix = nil, namespace{}, false
	return w
}

// run lets w read src, but no more than an element may have. When w fails it sets d.err.
func (d *Decoder) run(w *parser, src []byte) result {
	limit := maxBytes(w.limits)
	r := w.run(src[:min(len(src), limit)])
	if r == more && len(src) > limit {
		r = w.excess(limit, "element too long")
	}
	if r == failed {
		d.fault(w)
		release(w)
	}
	return r
}

// maxBytes returns the most bytes of an element. A Tree cannot refer to more than 2 GiB.
func maxBytes(l *codec.Limits) int {
	if 0 < l.Bytes && l.Bytes < math.MaxInt32 {
		return l.Bytes
	}
	return math.MaxInt32
}

// fault makes the error of w that of the stream.
func (d *Decoder) fault(w *parser) {
	e := w.err
	e.Offset += d.offset
	d.err, d.work = &e, nil
}

// complete ends the event that w has read, and returns how many bytes of w.src it had.
func (d *Decoder) complete(w *parser) (n int, ev codec.Event) {
	n, ev = w.pos, w.event
	switch ev {
	case codec.EventOpen:
		d.phase = open
		if w.empty {
			d.phase = emptied
			n--
		}
		if !d.enter(w.tree) {
			w.excess(w.pos-1, "header binds too much")
			d.fault(w)
			return 0, codec.EventNone
		}
	case codec.EventClose:
		d.phase = closed
	}
	d.offset += int64(n)
	d.work = nil
	return n, ev
}
