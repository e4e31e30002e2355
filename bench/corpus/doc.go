// Package corpus makes the XML streams that the codec is measured on, each from a seed and always the same.
//
// A [Corpus] is one whole stream, header and end included, with the places where its first-level elements end, so that it can be fed in
// pieces of any size or element by element. There are three kinds:
//
//   - [Traffic] is mixed traffic as a server for phones might carry it: chat, chat states, receipts, presence, groups, archives, carbons,
//     encrypted messages, pings, acks. The mix and the templates are guesses, written after what common clients send.
//   - [Examples] is every element of the XEPs' examples: tags without much text, and hardly two alike.
//   - [Hostile] is one stream for each shape that might be slow: everything a tag, everything an entity, and so on.
//
// The bodies of messages are real (bodies.tsv, whose sources and licences are in BODIES.md). Streams keep within codec.DefaultLimits. All
// functions return new memory, which the caller owns, and may be called from any goroutine.
package corpus
