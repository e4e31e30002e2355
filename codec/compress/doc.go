// Package compress compresses streams of XML for clients of the compatible ports that ask for it: Stream Compression (XEP-0138).
//
// An [Encoder] stands around the encoder of a stream, a [Decoder] around its decoder; both are of one [Method]. Zlib is that of RFC 1950, which every client with
// XEP-0138 knows. Godwit is our own, specified in FORMAT.md: one message a stanza, with a public dictionary.
package compress
