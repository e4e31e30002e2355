package plain

import (
	"math"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// Node is an element, an attribute (namespace declarations are attributes) or a text.
type Node struct {
	Kind   codec.Kind
	Name   []byte // as written
	Prefix int    // bytes of Name before its colon, 0: no prefix
	Space  []byte // the name of the namespace, empty for none
	Value  []byte // of an attribute or text
	End    int    // of an element: the index, among the event's nodes, after its last node
}

// Event is a stream header, a first-level element or the end of the stream.
type Event struct {
	Kind  codec.Event
	Nodes []Node // in document order; none at the end of the stream
	At    int    // bytes of the stream up to its end
}

// Stream is what a stream says.
type Stream struct {
	Events []Event
	Err    *codec.Error // nil: no fault. Its Reason is for people, and not what another parser would say
}

// Parser reads streams, one after the other. The zero Parser is ready. It belongs to one goroutine.
type Parser struct {
	data   []byte
	all    []*codec.Limits
	limits *codec.Limits // of the item
	pos    int           // the next byte
	end    int           // where the item that is being read has to stop: at the end of data, or at its limit
	start  int           // where the item began

	tooLong string // what to say when it has to stop at its limit

	nodes    []Node // of all events
	first    int    // of the nodes, the item's first
	values   []byte // where values are put together
	events   []Event
	err      codec.Error
	failed   bool
	elements int       // in the item
	depth    int       // of elements that are open in the item
	scope    []binding // declarations in force, the innermost last
	header   int       // how many of them are the header's
	root     []byte    // the header's name as written
	opened   bool      // the header was read
}

// Parse reads data under limits: the first are for what begins at the beginning, the next for what begins after the first event, and so on, the last for all
// the rest. The Stream refers to data and to p's memory: it is valid until either is used again.
func (p *Parser) Parse(data []byte, limits ...*codec.Limits) Stream {
	*p = Parser{
		data: data, all: limits,
		nodes: p.nodes[:0], values: p.values[:0], events: p.events[:0], scope: p.scope[:0],
	}
	p.run()
	s := Stream{Events: p.events}
	if p.failed {
		s.Err = &p.err
	}
	return s
}

// stop is what productions panic with when they cannot go on: there was a fault, or the data has ended.
type stop struct{}

// run reads the stream until it is done or stops.
func (p *Parser) run() {
	defer func() {
		if r := recover(); r != nil && r != any(stop{}) {
			panic(r)
		}
	}()
	p.stream()
}

// fail stops with a fault at a byte.
func (p *Parser) fail(at int, condition atom.Atom, reason string) {
	p.failed, p.err = true, codec.Error{Condition: condition, Offset: int64(at), Reason: reason}
	panic(stop{})
}

// malformed stops because the data is not XML, or not XML with namespaces (RFC 6120 §4.9.3.13).
func (p *Parser) malformed(at int, reason string) { p.fail(at, atom.NotWellFormed, reason) }

// excess stops because of a limit (RFC 6120 §4.9.3.14).
func (p *Parser) excess(at int, reason string) { p.fail(at, atom.PolicyViolation, reason) }

// begin starts an item at pos: a declaration, header, first-level element or end. It may have at most so many bytes besides what the limits say.
func (p *Parser) begin(most int, tooLong string) {
	p.limits = p.all[min(len(p.events), len(p.all)-1)]
	p.start, p.tooLong = p.pos, tooLong
	p.end = p.start + min(len(p.data)-p.start, limit(p.limits.Bytes), most)
	p.elements, p.depth = 0, 0
}

// peek returns the next byte. It stops when there is none.
func (p *Parser) peek() byte {
	if p.pos < p.end {
		return p.data[p.pos]
	}
	if p.end < len(p.data) {
		p.excess(p.end, p.tooLong)
	}
	panic(stop{})
}

// literal skips s when it comes next, and reports whether it does. It stops when the data ends within s.
func (p *Parser) literal(s string) bool {
	start := p.pos
	for i := range len(s) {
		if p.peek() != s[i] {
			p.pos = start
			return false
		}
		p.pos++
	}
	return true
}

// limit returns a limit, or what stands for none.
func limit(n int) int {
	if n > 0 {
		return n
	}
	return math.MaxInt
}
