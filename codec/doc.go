// Package codec gives bytes form: one in-memory form of a stanza, and the contract of its two encodings.
//
// The form is the [Tree]: a flat array of nodes (element, attribute, text) in document order over the bytes as they were
// received. An [Element] is a cursor into a Tree, a few words by value. A [Builder] appends new elements to a Tree. A
// [Frame] is a stanza encoded for good: it is reference-counted, may be kept, and may cross goroutines.
//
// codec/xmltext reads and writes XML as RFC 6120 §11 wants it, codec/compact the binary coding of the link. Both implement
// [Decoder] and [Encoder], and both are lossless: XML → Tree → compact → Tree → XML is the same infoset.
//
// # What a Tree holds
//
// Names are kept as written (the prefix too), namespace declarations are ordinary attributes in their place, text is verbatim
// with entities resolved and adjacent text joined. Not kept: the kind of quotes, <a/> against <a></a>, white space inside tags,
// and which characters were written as references or CDATA.
//
// A Tree is self-contained but for the context of its stream, which is always the same: the default namespace
// at the root is the stream's content namespace (jabber:client or jabber:server), the prefix "stream" is bound to
// http://etherx.jabber.org/streams, and "xml" is bound as everywhere. A decoder adds a declaration to the first-level element for any other prefix that
// a stream header declared and the element uses (so nothing is lost when the element leaves its stream).
//
// # Ownership
//
// A Tree belongs to one goroutine (a loop) at a time. An Element, and every byte slice got from it, is valid until the
// machine's Step returns: after that the loop uses the Tree and the read buffer again. To keep an element, take a
// Frame; to keep a value, copy it. Under the build tag "invariants" the loop overwrites both after each Step.
package codec
