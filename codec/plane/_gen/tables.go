package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// table is the constant data.
type table struct {
	keep                                Mem // 64 bytes of ones, then 64 of zeros
	nibble                              Mem // 15 in each byte
	delimLow, delimHigh                 Mem // by nibble, see delimiter
	nameLow, nameHigh                   Mem // by nibble, see name
	valueBits, textBits                 Mem // which bits of a delimiter concern a value, a text; in each byte
	saturate                            Mem // 127 in each byte
	class                               Mem // by ASCII byte, for AVX-512: bits as in class
	first, second, third                Mem // of UTF-8, by nibble
	threeBytes, fourBytes, sign         Mem
	lastLead, lastSecond, lastForbidden Mem // of U+FFFE and U+FFFF
}

func tables() table {
	return table{
		keep:       data("keep", 128, func(i int) byte { return ternary(i < 64, 0xFF, 0) }),
		nibble:     data("nibble", 32, func(int) byte { return 15 }),
		delimLow:   data("delimLow", 32, func(i int) byte { return nibbles(delimiter, i&15, true) }),
		delimHigh:  data("delimHigh", 32, func(i int) byte { return nibbles(delimiter, i&15, false) }),
		nameLow:    data("nameLow", 32, func(i int) byte { return nibbles(name, i&15, true) }),
		nameHigh:   data("nameHigh", 32, func(i int) byte { return nibbles(name, i&15, false) }),
		valueBits:  data("valueBits", 32, func(int) byte { return inValue }),
		textBits:   data("textBits", 32, func(int) byte { return inText }),
		saturate:   data("saturate", 32, func(int) byte { return 127 }),
		class:      data("class", 128, class),
		first:      data("first", 32, func(i int) byte { return first[i&15] }),
		second:     data("second", 32, func(i int) byte { return second[i&15] }),
		third:      data("third", 32, func(i int) byte { return third[i&15] }),
		threeBytes: data("threeBytes", 32, func(int) byte { return 0xE0 - 0x80 }),
		fourBytes:  data("fourBytes", 32, func(int) byte { return 0xF0 - 0x80 }),
		sign:       data("sign", 32, func(int) byte { return 0x80 }),

		lastLead:      data("lastLead", 32, func(int) byte { return 0xEF }),
		lastSecond:    data("lastSecond", 32, func(int) byte { return 0xBF }),
		lastForbidden: data("lastForbidden", 32, func(int) byte { return 0xBE }),
	}
}

func ternary(is bool, yes, no byte) byte {
	if is {
		return yes
	}
	return no
}

func data(name string, n int, at func(i int) byte) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for i := range n {
		DATA(i, U8(at(i)))
	}
	return m
}

// set is a group of bytes below 0x80 that is a product: every byte with one of these low and one of these high nibbles.
type set struct{ high, low []int }

func span(from, to int) (all []int) {
	for i := from; i <= to; i++ {
		all = append(all, i)
	}
	return all
}

// delimiter is what ends values and texts; its bits are those of inValue and inText.
var delimiter = []set{
	{[]int{0, 1}, span(0, 15)},  // controls
	{[]int{3}, []int{0xC}},      // <
	{[]int{2}, []int{0x6}},      // &
	{[]int{2}, []int{0x2, 0x7}}, // " '
	{[]int{5}, []int{0xD}},      // ]
}

const (
	inValue = 1 | 2 | 4 | 8
	inText  = 1 | 2 | 4 | 16
)

// name is what names consist of.
var name = []set{
	{[]int{4, 6}, span(1, 15)},  // A to O, a to o
	{[]int{5, 7}, span(0, 10)},  // P to Z, p to z
	{[]int{5}, []int{0xF}},      // _
	{[]int{3}, span(0, 9)},      // 0 to 9
	{[]int{2}, []int{0xD, 0xE}}, // - .
}

// nibbles returns the bits of the sets that have the nibble, as their low or their high one. A byte is in set i when bit i is in both its
// nibbles' bytes.
func nibbles(sets []set, nibble int, low bool) (bits byte) {
	for i, s := range sets {
		of := s.high
		if low {
			of = s.low
		}
		for _, x := range of {
			if x == nibble {
				bits |= 1 << i
			}
		}
	}
	return bits
}

// class has a bit for each plane.
func class(c int) (bits byte) {
	delim := nibbles(delimiter, c&15, true) & nibbles(delimiter, c>>4, false)
	if nibbles(name, c&15, true)&nibbles(name, c>>4, false) == 0 {
		bits |= 1
	}
	if delim&inValue != 0 {
		bits |= 2
	}
	if delim&inText != 0 {
		bits |= 4
	}
	return bits
}

// What can be wrong with two bytes after each other: J. Keiser, D. Lemire, Validating UTF-8 in less than one instruction per byte,
// Software: Practice and Experience 51 (2021).
const (
	tooShort = 1 << iota // a lead byte without what should follow
	tooLong              // ASCII and then a continuation
	overlong3
	tooLarge
	surrogate
	overlong2
	tooLarge1000 // also overlong4
	twoContinuations

	overlong4 = tooLarge1000
	carry     = tooShort | tooLong | twoContinuations
)

var (
	// first is by the high nibble of the first of two bytes.
	first = [16]byte{
		tooLong, tooLong, tooLong, tooLong, tooLong, tooLong, tooLong, tooLong,
		twoContinuations, twoContinuations, twoContinuations, twoContinuations,
		tooShort | overlong2, tooShort, tooShort | overlong3 | surrogate, tooShort | tooLarge | tooLarge1000 | overlong4,
	}
	// second is by its low nibble.
	second = [16]byte{
		carry | overlong3 | overlong2 | overlong4, carry | overlong2, carry, carry, carry | tooLarge,
		carry | tooLarge | tooLarge1000, carry | tooLarge | tooLarge1000, carry | tooLarge | tooLarge1000,
		carry | tooLarge | tooLarge1000, carry | tooLarge | tooLarge1000, carry | tooLarge | tooLarge1000,
		carry | tooLarge | tooLarge1000, carry | tooLarge | tooLarge1000,
		carry | tooLarge | tooLarge1000 | surrogate, carry | tooLarge | tooLarge1000, carry | tooLarge | tooLarge1000,
	}
	// third is by the high nibble of the second byte.
	third = [16]byte{
		tooShort, tooShort, tooShort, tooShort, tooShort, tooShort, tooShort, tooShort,
		tooLong | overlong2 | twoContinuations | overlong3 | tooLarge1000 | overlong4,
		tooLong | overlong2 | twoContinuations | overlong3 | tooLarge,
		tooLong | overlong2 | twoContinuations | surrogate | tooLarge,
		tooLong | overlong2 | twoContinuations | surrogate | tooLarge,
		tooShort, tooShort, tooShort, tooShort,
	}
)
