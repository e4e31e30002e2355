// Package xmltext reads and writes XMPP's own form: XML as RFC 6120 §11 allows it.
//
// A [Decoder] turns the bytes of a stream into events with a [codec.Tree]; an [Encoder] writes Trees. Neither knows the meaning of
// what it carries: that a header is the right one, and what is a stanza, the machines decide (xmpp/stream has the rules).
//
// # How the decoder works
//
// A parser reads one element (a stream header, a first-level element, the end of the stream) from its first byte on. It is a state machine
// that can stop after any byte and go on there, and never looks at a byte twice because input was cut: an element that
// comes byte by byte costs O(n). Three shortcuts (quick.go) take whole names, attributes and end tags of the usual shape;
// whatever is unusual they leave to the careful states, so that each check exists once and the verdict cannot depend on how the input is cut.
//
// Parsers are pooled. A connection has one only while an element of it is unfinished; the parser then owns that element's bytes
// and Tree. An element that lies wholly in the input is not copied: the Tree refers to the input.
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
