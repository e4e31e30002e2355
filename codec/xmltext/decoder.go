package xmltext

import (
	"github.com/godwit-im/godwit/codec"
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
	for n < len(p) && ev == codec.EventNone && d.err == nil {
		switch {
		case d.work != nil:
			n, ev = d.resume(p, n, s)
		case d.phase == closed:
			n = len(p)
		case d.phase == emptied:
			n, ev, d.phase = n+1, codec.EventClose, closed
		default:
			n, ev = d.next(p, n, s)
		}
	}
	if d.err != nil {
		return n, codec.EventNone, d.err
	}
	return n, ev, nil
}

// next reads from between two elements on: from p[n:], and returns the index after what it has read.
func (d *Decoder) next(p []byte, n int, s *codec.Scratch) (int, codec.Event) {
	from := n
	for n < len(p) && class[p[n]]&space != 0 {
		n++
	}
	if d.phase != restarted {
		d.offset += int64(n - from)
	}
	if n == len(p) {
		return n, codec.EventNone
	}
	p = p[n:]
	k := deskOf(s)
	w := k.parser()
	d.prepare(w, k, s, p)
	switch d.run(w, p) {
	case done:
		s.Tree.Src = s.Tree.Src[:w.pos:w.pos]
		if w.event == codec.EventElement {
			d.offset += int64(w.pos)
			return n + w.pos, w.event
		}
		m, event := d.complete(w)
		return n + m, event
	case more:
		k.idle = nil
		d.hold(w, s, p)
		n += len(p)
	case failed:
		k.idle = nil
		release(w)
	}
	return n, codec.EventNone
}

// prepare lets w begin with p, which comes after what is at d.offset.
func (d *Decoder) prepare(w *parser, k *desk, s *codec.Scratch, p []byte) {
	if d.phase == open {
		if w.limits != d.limits || w.seat != k {
			w.setLimits(d.limits)
			w.sit(k)
		}
		w.begin(&s.Tree, within)
		w.scope, w.inherit, w.prefix = d.scope, d.inherit, d.prefix
		if w.leaps {
			w.held = s.Held(p)
			w.view = k.known(p[:min(len(p), w.maxBytes)], w.held)
		}
		return
	}
	at := prolog
	if d.offset == 0 {
		at = atStart
	}
	d.phase = beforeHeader
	w.setLimits(d.limits)
	w.stand()
	w.begin(&s.Tree, at)
	w.scope, w.inherit, w.prefix = nil, namespace{}, false
}

// run lets w read src, but no more than an element may have. When w fails it sets d.err.
func (d *Decoder) run(w *parser, src []byte) result {
	r := w.run(src[:min(len(src), w.maxBytes)])
	if r == more && len(src) > w.maxBytes {
		r = w.excess(w.maxBytes, "element too long")
	}
	if r == failed {
		d.fault(w)
	}
	return r
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
			return n, codec.EventNone
		}
	case codec.EventClose:
		d.phase = closed
	}
	d.offset += int64(n)
	d.work = nil
	return n, ev
}
