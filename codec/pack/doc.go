// Package pack makes items of the compact coding (codec/compact/FORMAT.md) small for the link, and gives them back byte for byte. PACK.md beside this file specifies it.
//
// An [Encoder] walks over an item and writes a sequence of choices with the arithmetic coder of package coder: which element comes next in this place ([model.tags]), which kind of
// value stands in that attribute (kinds.go), and what the kind needs. How probable each choice is a frozen model says, made by bench/train (file.go reads it); texts have a
// model of their own, package text. A [Decoder] makes the same choices and writes the item. The two mirror each other: encode.go and decode.go have the tree, value_encode.go and
// value_decode.go the values, opaque.go what random values look like.
//
// A [Session] is what one end of a link remembers of both directions (state.go): addresses, ids, and what senders say again and again. It has about two kilobytes, and
// belongs to its connection; Encoders and Decoders belong to a loop and serve all of its connections.
//
// An item is parsed before anything of it is written (parse.go): what is not written as package compact writes it, or is no item at all, travels raw, and everything comes through.
//
// One core packs about 0.8 million stanzas of the session generator a second, and unpacks 1.1 million (bench/train, on one of two busy cores of an AMD EPYC of the kind Zen 4): two fifths of packing is texts, a seventh the parser, and the
// rest is spread over the values.
//
// Nothing here trusts what is read. A Decoder bounds what it makes of a frame, and its results are only bytes, which package compact parses with all its checks.
package pack
