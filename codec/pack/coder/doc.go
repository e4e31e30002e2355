// Package coder is the arithmetic coder of the link: it writes choices with known probabilities in as few bits as they are worth.
//
// What is coded is a sequence of choices. A choice is made from a [List], which says how probable each of its symbols is, and costs log₂(1/p) bits: nothing
// is rounded to whole bits, so many small choices, each nearly certain, cost next to nothing. The lists are frozen: no coder learns from what it has coded, so
// the bytes of a frame depend on nothing but what is in it and what the caller chose the lists by. Who keeps lists in a form of its own writes the part of the whole that a
// symbol has ([Encoder.Narrow], [Encoder.Part]), and reads it by going through the parts ([Decoder.Units]).
//
// The method is a range coder (G. N. N. Martin, "Range encoding: an algorithm for removing redundancy from a digitised message", 1979): a number that all the choices narrow down to an
// interval is written from its highest byte on.
//
//   - The interval begins at low and has a size, both numbers of 64 bits; at first low is 0 and size 2⁶⁴−1. A part of t points, from the point start on, with a weight, makes it begin at
//     low + start·⌊size/t⌋ and gives it the size weight·⌊size/t⌋. When low overflows, one is added to the number that the bytes written so far are.
//   - When size is below 2³² then, the highest four bytes of low are written, and both are shifted by so much. So the size is at least 2³² between choices, and one shift in eight choices or so is enough.
//   - At the end, of the numbers of the interval the one with the most zeros at its end is taken. Its bytes are written but for the zeros at the end, and no byte is taken back that was written before.
//
// Behind the last byte a reader sees zeros. Who sends n bytes has at most n + 8 bytes' worth of choices read, even if all of them are zeros. Where a sequence ends its reader has to know from the choices.
//
// An [Encoder] and a [Decoder] are values that are used again and allocate nothing. Each belongs to one goroutine at a time; lists are read-only.
package coder
