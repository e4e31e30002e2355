// Package plain is a slow parser of XMPP's streams, to check the fast one (codec/xmltext) against.
//
// It is written from XML 1.0 (fifth edition), Namespaces in XML 1.0 (third edition) and RFC 6120 §11, one production a function, and shares nothing with
// codec/xmltext but the vocabulary of package codec. It has the whole stream in front of it, so it never has to stop and go on; it looks at one character
// at a time; and it copies every value. What it is for is to be seen to be right.
//
// A [Parser] gives a [Stream]: the events, each with its nodes in document order as a [codec.Tree] has them, and the
// error, with its condition and its place as codec/xmltext documents them. For a stream that is cut off it gives what can be said of it so far: a fault
// counts as soon as no continuation could mend it.
//
// Read next: stream.go (what a stream consists of), element.go, character.go, namespace.go.
package plain
