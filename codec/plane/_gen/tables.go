package main

import (
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// table is the constant data.
type table struct {
	keep                                Mem // 64 bytes of ones, then 64 of zeros
	nibble                              Mem // 15 in each byte
	value, text                         Mem // by nibble, see byNibble
	controls                            Mem // the last control character in each byte
	class                               Mem // by ASCII byte, for AVX-512: bits as in class
	first, second, third                Mem // of UTF-8, by nibble
	threeBytes, fourBytes, sign         Mem
	lastLead, lastSecond, lastForbidden Mem // of U+FFFE and U+FFFF
}

func tables() table {
	return table{
		keep:       data("keep", 128, func(i int) byte { return ternary(i < 64, 0xFF, 0) }),
		nibble:     data("nibble", 32, func(int) byte { return 15 }),
		value:      data("value", 32, func(i int) byte { return byNibble(inValue, i&15) }),
		text:       data("text", 32, func(i int) byte { return byNibble(inText, i&15) }),
		controls:   data("controls", 32, func(int) byte { return lastControl }),
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

// The delimiters that end values and texts, beside controls. No two of one plane have the same low nibble, so that a table of 16 tells which it can be.
const (
	inValue     = `'"<&`
	inText      = `]<&`
	lastControl = 0x1F
)

// byNibble returns the delimiter that has the low nibble, 0 when there is none: no other byte that is 0 in the table is taken for a delimiter, but the control 0.
func byNibble(delimiters string, nibble int) byte {
	for _, c := range []byte(delimiters) {
		if int(c&15) == nibble {
			return c
		}
	}
	return 0
}

// class has a bit for each plane.
func class(c int) (bits byte) {
	for i, delimiters := range []string{inValue, inText} {
		if c <= lastControl || strings.IndexByte(delimiters, byte(c)) >= 0 {
			bits |= 1 << i
		}
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
