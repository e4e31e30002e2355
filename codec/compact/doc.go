// Package compact is the binary coding of stanzas: the link carries it, and the archive stores it.
//
// FORMAT.md beside this file specifies it to the byte, with version, examples and vectors. In short: a stream is a sequence of items,
// each a length, a kind byte and content, so items may be cut anywhere. An element is coded literally: its names, attributes and content in
// order, where every string is either a word of the static table (package atom, the numbers are the same) or its own UTF-8. What a
// codec.Tree holds is kept, prefixes and namespace declarations included; a namespace that is inherited costs nothing.
//
// [Decoder] and [Encoder] implement the contract of package codec. The stored form of an element is an item without its length: its first byte, the
// item's kind, is the version of the coding. [Encoder.AppendSplit] writes it, hence the Parts of a codec.Frame joined are it;
// [Parse] reads it, and [AppendStored] turns it into an item without looking inside.
//
// The decoder trusts nobody. What it accepts leaves elsewhere as XML, so it checks what an XML parser checks: names, UTF-8 and XML's
// characters, duplicate attributes, declared prefixes, the reserved names of namespaces, and the limits, for which an element counts as both the bytes
// that came and the bytes it would have as XML: a small item cannot become a large stanza.
package compact
