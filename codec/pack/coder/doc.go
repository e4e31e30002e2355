// Package coder is the arithmetic coder of the link: it writes choices with known probabilities in as few bits as they are worth.
//
// What is coded is a sequence of choices. A choice is made from a [List], which says how probable each of its symbols is, and costs log₂(1/p) bits: nothing
// is rounded to whole bits, so many small choices, each nearly certain, cost next to nothing. The lists are frozen: no coder learns from what it has coded, so
// the bytes of a frame depend on nothing but what is in it and what the caller chose the lists by. Who keeps lists in a form of its own writes the part of the whole that a
// symbol has ([Encoder.Narrow], [Encoder.Part]), and reads it by first asking where in the whole it is ([Decoder.Point]).
//
// The method is a range coder (G. N. N. Martin, "Range encoding: an algorithm for removing redundancy from a digitised message", 1979) with carries resolved as in
// I. Pavlov's LZMA: a number that all the choices narrow down to an interval is written from its highest byte on. Of the last interval the number with the
// most zeros at its end is taken, and behind its last byte a reader sees zeros, so that the end of a sequence costs less than a byte. Only the end is shortened so:
// who sends n bytes has at most n + 4 bytes' worth of choices read, even if all of them are zeros. Where a sequence ends its reader has to know from the choices.
//
// An [Encoder] and a [Decoder] are values that are used again and allocate nothing. Each belongs to one goroutine at a time; lists are read-only.
package coder
