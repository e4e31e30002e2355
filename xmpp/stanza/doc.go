// Package stanza names what the three stanzas of RFC 6120 §8 are made of: their kinds, types and errors.
//
// A stanza is a [codec.Element]; the functions here read it and build replies to it. Nothing is copied and nothing is kept.
package stanza
