// Package link measures what stanzas weigh on Godwit's link: whole frames as they are on the wire, packed and encrypted, of generated sessions whose users, ids and texts no model was
// made from. Beside them, in the same run, stands what the same stanzas weigh otherwise: as XML, compressed by zlib or zstd, as one stream or each by itself, and in the coding
// that FunXMPP is known for.
//
// Each stanza is sent by itself, so each pays for its frame, or for its TLS record. What follows directly in the same direction may share one; Result.Shared says what whole sessions then
// weigh.
package link
