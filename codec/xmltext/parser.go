package xmltext

import (
	"math"
	"slices"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/plane"
)

// state says what the next byte belongs to.
type state uint8

const (
	outside     state = iota // the first byte after white space between elements
	content                  // text, or the < after it
	markup                   // a < whose next byte is not known yet
	bang                     // <! of which not enough is known yet
	instruction              // <? of which not enough is known yet
	declaration              // the XML declaration
	cdata                    // inside <![CDATA[
	reference                // after &
	tagName                  // the name of a start tag
	inTag                    // after that name, or after an attribute
	attrName                 // the name of an attribute
	attrEquals               // after that name
	attrQuote                // after =
	value                    // inside the quotes
	emptyTag                 // after the / of an empty element
	endName                  // the name of an end tag
	endSpace                 // after that name
)

// result is what a state comes to.
type result uint8

const (
	again  result = iota // the state has changed
	more                 // the input has ended
	done                 // the event is complete
	failed               // err is set
)

// place is where in the stream an element stands.
type place uint8

const (
	atStart place = iota // nothing came before: an XML declaration may
	prolog               // before the header
	within               // after the header
)

// parser reads one event. Between two calls of run src may be moved and get longer, and nothing else may change.
//
// Invariant: 0 ≤ mark ≤ pos ≤ len(src); every Node refers to bytes before pos.
type parser struct {
	src    []byte // from the first byte of the element, as far as it is there
	tree   *codec.Tree
	limits *codec.Limits
	scope  *scope // what the header binds besides the usual, mostly nil

	pos  int // the next byte to look at
	mark int // where the name begins, or the run of text or value that is not saved yet
	ref  int // where the reference begins

	open     []openElement
	around   []around // of those of them that declare a namespace
	bindings []binding
	buckets  [64]uint32 // of bindings by prefix: index+1 of the innermost
	set      []uint32   // of attributes, see duplicate.go

	inherit  namespace // the default namespace where pos is
	inScope  uint32    // declarations where pos is
	tag      tag       // the one that is being read
	elements int       // so far

	maxBytes, maxName, maxAttributes, maxElements, maxDepth, maxNamespaces int // the limits, as large as can be where there are none

	saved uint32 // offset in Aux of the text or value, when saving
	code  rune   // of a numeric reference, as far as it is read
	colon int    // bytes of the name before its colon, 0: none
	used  uint32 // bit i: scope.decls[i] is used

	state  state
	place  place
	event  codec.Event // when done
	quote  byte        // of the value; 0 in text
	saving bool        // the text or value is in Aux up to mark
	prefix bool        // the prefix stream is bound to the stream namespace
	empty  bool        // the header is an empty element

	err codec.Error

	openings *openings // nil: none are known

	// What leap needs, see leap.go.
	learns bool  // the limits allow openings
	leaps  bool  // the limits allow it, and there are planes
	seat   *desk // where it works, nil: nowhere, see sit
	desk   *desk // the same, nil: it cannot leap
	cut    bool  // what leap stands before goes on behind the view, and so far it is right
	view   view
	held   uint64 // when src was held, 0: it is not; see codec.Scratch.Held

	// While the element is unfinished the parser owns it; see Decoder.hold.
	buf []byte
	own codec.Tree
}

// tag is what is known of a start tag while it is read.
type tag struct {
	elem     uint32    // the element
	xmlns    uint32    // the attribute that declares the default namespace, when leap has read it and that is all there is to know
	seen     uint64    // the bits of the names that attributes have, see nameBit, and that of xmlns
	opening  uint32    // index+1 of the opening of the element, 0: it is not known
	to       namespace // what xmlns declares
	declared bool      // there are namespace declarations
	prefixed bool      // there are attributes with prefixes to resolve
	spaced   bool      // white space came before pos
	doubt    bool      // an attribute may be there twice, or leap has to look at the names once more
}

// openElement is an element whose end has not come.
type openElement struct {
	closing  closing // of the name
	node     uint32
	nameLen  uint16
	declares declares
}

// declares says what an element declares.
type declares uint8

const (
	nothing     declares = iota
	defaultOnly          // the default namespace
	prefixes             // and perhaps that
)

// around are the namespaces outside an element.
type around struct {
	inherit  namespace
	bindings uint32 // how many there were
	inScope  uint32 // how many declarations there were
}

// setLimits lets w obey l.
func (w *parser) setLimits(l *codec.Limits) {
	if w.limits == l {
		return
	}
	w.limits = l
	w.maxBytes = orNone(l.Bytes) // a Tree cannot refer to more than 2 GiB
	w.maxName = min(orNone(l.Name), maxName)
	w.maxAttributes, w.maxElements, w.maxDepth, w.maxNamespaces = orNone(l.Attributes), orNone(l.Elements), orNone(l.Depth), orNone(l.Namespaces)
	w.learns = w.maxName >= openingRoom
	w.leaps = w.learns && plane.Usable()
}

// begin makes w ready for an event.
func (w *parser) begin(t *codec.Tree, at place) {
	t.Nodes, t.Aux = t.Nodes[:0], t.Aux[:0]
	if len(w.bindings) > 0 {
		w.unbind(0)
	}
	if w.tree != t {
		w.tree = t
	}
	w.place, w.pos, w.mark, w.state = at, 0, 0, outside
	w.open, w.around = w.open[:0], w.around[:0]
	w.elements, w.used, w.inScope, w.quote, w.saving, w.empty = 0, 0, 0, 0, false, false
}

// orNone returns a limit, as large as can be when there is none.
func orNone(limit int) int {
	if limit <= 0 || limit > math.MaxInt32 {
		return math.MaxInt32
	}
	return limit
}

// now returns the namespaces that hold where pos is.
func (w *parser) now() around {
	return around{inherit: w.inherit, bindings: uint32(len(w.bindings)), inScope: w.inScope}
}

// enter opens the element of the tag, outside of which those namespaces hold.
func (w *parser) enter(outer around) {
	n := &w.tree.Nodes[w.tag.elem]
	e := openElement{node: w.tag.elem, nameLen: n.NameLen}
	if w.leaps { // nobody else looks at it
		e.closing = closingOf(w.nameOf(n))
	}
	if w.inScope != outer.inScope {
		e.declares = defaultOnly
		if len(w.bindings) != int(outer.bindings) {
			e.declares = prefixes
		}
		w.around = append(w.around, outer)
	}
	if len(w.open) == cap(w.open) {
		w.open = slices.Grow(w.open, 16) // leapKnown does not make room, and does not enter an element that there might be no room for
	}
	w.open = append(w.open, e)
}

// nameOf returns the name of n as written.
func (w *parser) nameOf(n *codec.Node) []byte { return w.src[n.NameOff : n.NameOff+uint32(n.NameLen)] }

const (
	maxName   = 65_535 // what Node.NameLen can say
	maxPrefix = 255    // what Node.PrefixLen can say
)

// run reads on; src begins with what it had in the call before.
func (w *parser) run(src []byte) result {
	w.src, w.tree.Src = src, src
	for {
		if w.ready() {
			if r := w.leap(); r != again {
				return r
			}
		}
		if r := w.step(); r != again {
			return r
		}
	}
}

func (w *parser) step() result {
	switch w.state {
	case content:
		return w.text()
	case inTag:
		return w.attributes()
	case markup:
		return w.markup()
	case tagName:
		return w.tagName()
	case attrName:
		return w.attrName()
	case attrEquals:
		return w.attrEquals()
	case attrQuote:
		return w.attrQuote()
	case value:
		return w.value()
	case reference:
		return w.reference()
	case cdata:
		return w.cdata()
	case emptyTag:
		return w.emptyTag()
	case endName:
		return w.endName()
	case endSpace:
		return w.endSpace()
	case bang:
		return w.bang()
	case instruction:
		return w.instruction()
	case declaration:
		return w.declaration()
	}
	return w.outside()
}

// fail ends the stream: the byte at is where the fault is.
func (w *parser) fail(at int, condition atom.Atom, reason string) result {
	w.err = codec.Error{Condition: condition, Offset: int64(at), Reason: reason}
	return failed
}

func (w *parser) malformed(at int, reason string) result {
	return w.fail(at, atom.NotWellFormed, reason)
}

func (w *parser) excess(at int, reason string) result {
	return w.fail(at, atom.PolicyViolation, reason)
}

// badCharacter fails at a byte that begins no character of XML; verdict is what sequence says of it.
func (w *parser) badCharacter(at, verdict int) result {
	if verdict == notUTF8 {
		return w.fail(at, atom.UnsupportedEncoding, "not UTF-8")
	}
	return w.malformed(at, "character that XML forbids")
}
