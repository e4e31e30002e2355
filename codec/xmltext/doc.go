// Package xmltext reads and writes XMPP's own form: XML as RFC 6120 §11 allows it.
//
// A [Decoder] turns the bytes of a stream into events with a [codec.Tree]; an [Encoder] writes Trees. Neither knows the meaning of
// what it carries: that a header is the right one, and what is a stanza, the machines decide (xmpp/stream has the rules).
//
// # How the decoder works
//
// A parser reads one element (a stream header, a first-level element, the end of the stream) from its first byte on. There are two tokenizers for it. They
// fill the same Tree, and either can go on where the other stops, between two tokens.
//
// The careful states (parser.go and what it calls) are a state machine that can stop after any byte and go on there. It makes every check, finds
// every fault, and never looks at a byte twice because input was cut: an element that comes byte by byte costs O(n).
//
// Leap works by planes, rows of bits that mark the bytes that matter (package plane, with an example). It goes from delimiter to delimiter without looking at
// what lies between, reads what is whole, usual and right, and stops in front of anything else, which the careful states read. So no check is made twice in
// different words, and the verdict cannot depend on how the input is cut or which tokenizer was at work. What is only the beginning of a token at the end of the
// input it leaves for when more has come (leap_pending.go). Nearly all of traffic is read in two loops, one for tags and texts and one for attributes (leap.go:
// leapKnown, leapAttrs); a name that was not seen before, unusual blanks and the like are for functions that read one thing each (leap_odd.go).
// Without SIMD leap is not used, and shortcuts in the careful states (quick.go) take whole tokens of the usual shape.
//
// For example, <body a='1'>Hi &amp; bye</body>:
//
//	<body       leap: the eight bytes at < are those of an opening that was seen before (below), which says: element body, a known name
//	 a='        leap: another opening; the quote is at its end
//	1'          leap: the first one in the Value plane is the same quote, so the value is whole and right
//	>           leap: the element is open; its namespace is the inherited one
//	Hi &        leap: the first one in the Text plane is no <, so it stops in front of Hi
//	Hi &amp; bye  careful: resolves the reference, and stops at the <
//	</body>     leap: the eight bytes after </ are the name that is open, then >
//
// Traffic repeats its names: an opening (opening.go) is "<name" or " name=" as it was read before, with its Node. To find the same bytes again
// is to know that they are well-formed and what they mean; it is one look-up by a few bytes, and a comparison of all of them. Both tokenizers use them.
//
// # Who has what
//
// Planes, openings and an idle parser lie on a desk (desk.go), which stays in the codec.Scratch of a loop. When the input is held (codec.Scratch.Hold),
// all elements of one read are classified in one go. A connection has a parser only while an element of it is unfinished; the parser then owns that element's
// bytes and Tree. An element that lies wholly in the input is not copied: the Tree refers to the input. Unsafe code is in load.go alone.
//
// # What was tried
//
// Figures are from godwit bench codec (bench/results) on one machine. Recognising whole stanzas, a tree of the fixed parts between values and texts, learnt as they come
// and replayed with ready Nodes: a tenth faster on traffic, a quarter slower on the examples of the XEPs, which hardly repeat; openings keep the gain on both.
// One function for everything: Go keeps what it works with on the stack as soon as there is a call in it, or too much of it. A loop for attributes that calls
// nothing and has few variables takes 75 instructions for each, where a larger one took 95.
//
// # What is checked
//
// Well-formedness as XML 1.0, fifth edition, has it, and Namespaces in XML 1.0; UTF-8; the restrictions of RFC 6120 §11.1; the limits. The
// conditions (RFC 6120 §4.9.3) are:
//
//   - not-well-formed: a violation of XML or of its namespaces, a second XML declaration
//   - restricted-xml: a comment, processing instruction, document type, or reference to an entity that is not predefined
//   - unsupported-encoding: bytes that are not UTF-8, or a declaration of another encoding
//   - bad-format: text between the elements of a stream
//   - policy-violation: a limit
//
// Errors name the first byte that cannot stand where it is; for a name bound to no namespace, a duplicate attribute and a bad
// declaration that is the end of the start tag.
//
// # Namespaces of the stream
//
// The header's default namespace, when it is jabber:client or jabber:server, and the prefix "stream" are the context of every Tree.
// Whatever else a header binds is added as a declaration to each first-level element that uses it, as RFC 6120 §4.8.5 demands of
// stanzas that leave their stream.
package xmltext
