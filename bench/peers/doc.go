// Package peers knows the other parsers that the XML decoder is compared with: small C programs in src, which build.sh builds.
//
// Both are the libraries that XMPP servers and clients are built on, as Debian ships them, and are called as these call them: a parser for each
// stream, bytes pushed in as they come, callbacks for start tags, end tags and text, namespaces resolved. The callbacks do no more than count. What they count
// must be what the decoder finds, or the comparison fails.
//
// # What they check
//
// expat, with namespaces (as in lua-expat, fast_xml and slixmpp): well-formedness as XML 1.0 has it (of the fourth edition, which allows fewer
// characters in names), end tags, duplicate attributes, prefixes that are declared, UTF-8, forbidden characters, "]]>" in text. It delivers names
// with their namespaces as strings, with references resolved.
//
// libxml2, SAX2 with namespaces: the same; of a prefix that is not declared it says so and goes on, which counts as an error here. It delivers
// names, prefixes and namespaces as strings that are kept once.
//
// Neither does what the decoder does besides: limits on depth, names, attributes and size; refusing comments, processing instructions and document types
// (RFC 6120 §11.1); joining text that came in pieces; finding atoms; and keeping a stanza until it is whole.
package peers
