// Package compress compresses streams of XML for clients of the compatible ports that ask for it: Stream Compression (XEP-0138).
//
// An [Encoder] stands around the encoder of a stream, a [Decoder] around its decoder; both are of one [Method]. [Zlib] is that of RFC 1950, which every client
// with XEP-0138 knows. [Godwit] is our own, specified to the byte in FORMAT.md: one message a stanza, after a public dictionary. [AppendDeflate] and
// [AppendInflate] are the same for the messages of WebSocket (RFC 7692, without context takeover); nothing uses them yet.
//
// # When to switch it on
//
// It is off by default, and XEP-0138 is obsolete. Switch it on, with compression = […] of a listener, for clients that pay for each byte and cannot use the
// link, which saves three times as much. Switch it off where processors are dearer than bytes: to read the XML of a stanza costs half a microsecond, to compress
// one five to nine. Do not expect from zlib what it is known for: it saves a third, because it may not look at the stanzas before.
//
// # What compression tells
//
// Who can put text into what is compressed together with a secret, and sees the length, finds the secret out, guess by guess (CRIME). On a stream of
// XMPP everybody who may write to a user can. So what leaves is compressed stanza by stanza, without anything of the stanzas before: the only history is the
// dictionary, which is public. TestSideChannel tries it 100,000 times for each method, and TestSideChannelOfAWindow shows that the same attack works where
// the window lasts. Two things remain. A single stanza that holds both a secret and text of others (a roster with a name that somebody
// else has chosen, an archived message with its stanza-id) has one length for both. And what a client compresses with a lasting window, in its
// direction, is the client's own affair.
//
// It is offered after authentication only, and so after TLS, or on a listener that permits plaintext.
//
// # What it saves and costs
//
// Per stanza of generated traffic (chat, two fifths of it acks; 254 bytes as XML), by go test -bench . -benchtime 500ms, Go 1.26 on an AMD EPYC with two
// cores that others used too: take the times for their ratios.
//
//	                                     bytes   ratio      µs
//	zlib, each stanza for itself           178    1.43     8.7   BenchmarkWrite
//	the same at klauspost's level 1        183    1.39     7.0
//	                              7        175    1.46      19
//	                              9        174    1.46      21
//	godwit-deflate-1                       120    2.12     4.7
//	the same by klauspost at level 1       143    1.78      57
//	                               7       115    2.21      73
//	zstd, same dictionary, fastest         132    1.93     9.4   BenchmarkZstd; 26 bytes of <r/> become 24, here 10
//	                       default         131    1.95      20
//	zlib with a window that lasts           75    3.40      11   BenchmarkWindow: not what we do
//	the same at klauspost's level 6        144    1.76     8.5   it drops its history at short flushes
//
// To read a stanza, parsing included, takes 3.0 µs by zlib and 2.6 by the other method; as plain XML 0.6 (BenchmarkRead).
//
// The libraries index the dictionary again for each message, or copy tables of it. small.go, for short messages, has the index made once and shared; it writes
// fixed blocks, since a block's own code costs more bytes than it saves in a short one. Long messages, and those that are mostly of literals (keys, prose), go
// to klauspost with the dictionary.
//
// # Memory
//
// Encoders are pooled, and are held during one call: there are as many as goroutines that compress at one moment (klauspost's have about a megabyte,
// small has 8 KiB). A connection holds 184 bytes besides the decoder it had (TestSize), and in between two stanzas (TestIdle):
//
//   - godwit-deflate-1: nothing more
//   - zlib: the window, that is as much of what the client has sent as its own encoder may refer to: 1 KiB at first, doubled as it fills, 32 KiB at the
//     most. RFC 1950 gives no way to ask a client for less.
//
// # How the inflater stops
//
// A loop has no goroutine per connection and may not wait, so inflating must stop where the input ends, at any bit of it, and go on there. The libraries' readers
// cannot: an end of input is a final error to them, and to begin again at the last flush makes a client that never flushes cost O(n²). So there is an
// inflater of our own (inflate.go, 300 lines), tested against the standard library's. It decodes the format unit by unit (a header, a length of a code,
// a literal, a match with its distance): one that is not whole is left in the up to 63 bits that are kept, and is tried again when there is more. The tables of a
// dynamic block are held to the end of the block, at which every flush is, be it sync, full or partial.
//
// # Limits
//
// A Decoder decompresses 4 KiB at a time and only what was asked for. What is not yet read stays compressed, in the caller's hands. So of a bomb no more comes to
// be than the limit of a stanza and one such piece (TestBombs). Beyond that [Limits] bound the bytes that may come of one compressed byte, with room for
// a burst of one stanza: white space between stanzas has no other limit. And edge counts the bytes of the stream, not those of the wire, against a peer's rate;
// a block with codes of its own counts for 512 more, since to build them is work that a block of no bytes asks for, too (TestCodesCount).
package compress
