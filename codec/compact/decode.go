package compact

import (
	"sync"

	"github.com/valyala/bytebufferpool"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// MaxItem is the most bytes that an item may have after its length, whatever the limits: 16 MiB.
const MaxItem = 1 << 24

// Decoder reads one stream in the compact coding. Between items it holds nothing but itself; of an unfinished item the bytes that came.
// One goroutine at a time may use it.
type Decoder struct {
	limits  *codec.Limits
	held    *bytebufferpool.ByteBuffer // the bytes of an unfinished item, nil between items
	offset  int64                      // of the first byte of the current item in the stream, since the last (re)start
	content atom.Atom                  // the content namespace: jabber:client or jabber:server
	state   state
}

type state uint8

const (
	expectOpen state = iota
	isOpen
	isClosed
)

var _ codec.Decoder = (*Decoder)(nil)

// NewDecoder returns a Decoder that expects a stream header. It keeps limits, which nobody may change; nil stands for
// codec.DefaultLimits.
func NewDecoder(limits *codec.Limits) *Decoder {
	d := new(Decoder)
	d.SetLimits(limits)
	d.Restart()
	return d
}

// SetLimits implements codec.Decoder; nil stands for codec.DefaultLimits.
func (d *Decoder) SetLimits(l *codec.Limits) { d.limits = orDefault(l) }

// Restart implements codec.Decoder. Bytes of an unfinished item are forgotten.
func (d *Decoder) Restart() {
	d.Close()
	d.offset, d.content, d.state = 0, atom.NSClient, expectOpen
}

// Close implements codec.Decoder.
func (d *Decoder) Close() {
	if d.held != nil {
		bytebufferpool.Put(d.held)
		d.held = nil
	}
}

// Decode implements codec.Decoder.
func (d *Decoder) Decode(p []byte, s *codec.Scratch) (n int, ev codec.Event, err error) {
	if len(p) == 0 {
		return 0, codec.EventNone, nil
	}
	item, n, err := d.nextItem(p, s)
	behind := 0 // bytes of the item before what err counts from
	if err == nil && item != nil {
		ev, err = d.event(item, s)
		behind = varintSize(len(item))
	}
	if e, ok := err.(*codec.Error); ok {
		e.Offset += d.offset + int64(behind)
		return n, codec.EventNone, e
	}
	if item != nil {
		d.offset += int64(behind + len(item))
	}
	return n, ev, nil
}

// nextItem returns the next item without its length, nil when p does not complete it and has been held, and the bytes
// consumed of p.
func (d *Decoder) nextItem(p []byte, s *codec.Scratch) (item []byte, n int, err error) {
	if d.held != nil {
		return d.resumeItem(p, s)
	}
	size, n, err := d.length(p)
	if err != nil {
		return nil, n, err
	}
	if n == 0 || size > len(p)-n {
		d.held = bytebufferpool.Get()
		d.held.B = append(d.held.B, p...)
		return nil, len(p), nil
	}
	return p[n : n+size], n + size, nil
}

// resumeItem is nextItem for an item whose first bytes are held.
func (d *Decoder) resumeItem(p []byte, s *codec.Scratch) (item []byte, n int, err error) {
	size, prefix, err := d.length(d.held.B)
	for ; prefix == 0 && err == nil && n < len(p); n++ {
		d.held.B = append(d.held.B, p[n])
		size, prefix, err = d.length(d.held.B)
	}
	if err != nil {
		return nil, n, err
	}
	missing := prefix + size - len(d.held.B)
	if prefix == 0 || missing > len(p)-n {
		d.held.B = append(d.held.B, p[n:]...)
		return nil, len(p), nil
	}
	s.Buf = append(append(s.Buf[:0], d.held.B[prefix:]...), p[n:n+missing]...)
	d.Close()
	return s.Buf, n + missing, nil
}

// length reads the length of the item that b begins; n is 0 when b ends within it.
func (d *Decoder) length(b []byte) (size, n int, err error) {
	switch size, n = varint(b); {
	case n < 0:
		return 0, 0, fault(atom.BadFormat, "the length of an item is not in its shortest form or too long")
	case n == 0:
		return 0, 0, nil
	case size == 0:
		return 0, n, fault(atom.BadFormat, "an item without a kind")
	case size > MaxItem || d.limits.Bytes > 0 && size > d.limits.Bytes:
		return 0, n, fault(atom.PolicyViolation, "the element is too large")
	}
	return size, n, nil
}

// event interprets a whole item.
func (d *Decoder) event(item []byte, s *codec.Scratch) (codec.Event, error) {
	kind := item[0]
	switch {
	case d.state == isClosed:
		return codec.EventNone, fault(atom.BadFormat, "bytes after the end of the stream")
	case kind == kindOpen && d.state == expectOpen:
		return d.open(item, s)
	case kind == kindElement && d.state == isOpen:
		return codec.EventElement, parse(item, &s.Tree, d.limits, d.content)
	case kind == kindClose && len(item) == 1 && d.state == isOpen:
		d.state = isClosed
		return codec.EventClose, nil
	case kind > kindClose || kind == 0:
		return codec.EventNone, fault(atom.BadFormat, "an item of an unknown kind")
	}
	return codec.EventNone, fault(atom.BadFormat, "an item out of place")
}

// open reads a stream header. Whether it is the right one the machines decide; here it only says what the content namespace is
// (RFC 6120 §4.8.2), jabber:client unless it is jabber:server. What else it declares holds within the header alone.
func (d *Decoder) open(item []byte, s *codec.Scratch) (codec.Event, error) {
	if err := parse(item, &s.Tree, d.limits, atom.NSClient); err != nil {
		return codec.EventNone, err
	}
	for i := 1; i < len(s.Tree.Nodes); i++ {
		n := &s.Tree.Nodes[i]
		if n.Kind != codec.KindAttr {
			return codec.EventNone, fault(atom.BadFormat, "a stream header with content")
		}
		if n.NS == atom.NSXMLNS && n.PrefixLen == 0 && lookup(s.Tree.NodeValue(uint32(i))) == atom.NSServer {
			d.content = atom.NSServer
		}
	}
	d.state = isOpen
	return codec.EventOpen, nil
}

// Parse reads the stored form of one element into t, whose Src becomes b. Context is a stream with the content namespace
// jabber:client; nil limits stand for codec.DefaultLimits. An error is an *codec.Error.
func Parse(b []byte, t *codec.Tree, limits *codec.Limits) error {
	limits = orDefault(limits)
	switch {
	case len(b) == 0 || b[0] != Version:
		return fault(atom.BadFormat, "not the stored form of an element")
	case len(b) > MaxItem || limits.Bytes > 0 && len(b) > limits.Bytes:
		return fault(atom.PolicyViolation, "the element is too large")
	}
	return parse(b, t, limits, atom.NSClient)
}

var parsers = sync.Pool{New: func() any { return new(parser) }}

// parse reads the element in item, behind the kind byte.
func parse(item []byte, t *codec.Tree, limits *codec.Limits, content atom.Atom) error {
	p := parsers.Get().(*parser)
	p.begin(item, t, limits, content)
	err := p.run()
	p.tree, p.src, p.limits = nil, nil, nil
	parsers.Put(p)
	if err != nil {
		t.Reset(nil)
	}
	return err
}

func fault(condition atom.Atom, reason string) error {
	return &codec.Error{Condition: condition, Reason: reason}
}
