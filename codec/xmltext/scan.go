package xmltext

import "math/bits"

// Eight bytes are looked at in one word. For bytes below 0x80, x-n*ones sets the highest bit of each byte that is below n; the borrow can
// spoil only bytes above such a one, so the lowest highest-bit set is always right.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// textRun returns the index of the first byte from i on that is not plain in text: < > & a control, or 0x80 and above;
// len(src) when there is none.
func textRun(src []byte, i int) int {
	for words := textOf(src); i+8 <= len(src); i += 8 {
		x := words.eight(i)
		// '<'|2 is '>'.
		f := (x | (x - 0x20*ones) | (((x | 2*ones) ^ '>'*ones) - ones) | ((x ^ '&'*ones) - ones)) & highs
		if f != 0 {
			return i + bits.TrailingZeros64(f)>>3
		}
	}
	for i < len(src) && class[src[i]]&plainText != 0 {
		i++
	}
	return i
}

// valueRun returns the index of the first byte from i on that is not plain in a value between quotes: the quote, < & a
// control, or 0x80 and above; len(src) when there is none.
func valueRun(src []byte, i int, quote byte) int {
	for words := textOf(src); i+8 <= len(src); {
		x := words.eight(i)
		// Quotes, & and controls are below '('; so are a few others, which values seldom have.
		f := (x | (x - '('*ones) | ((x ^ '<'*ones) - ones)) & highs
		if f == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(f) >> 3
		if c := src[i]; c == quote || class[c]&plainText == 0 {
			return i
		}
		i++
	}
	for i < len(src) && src[i] != quote && (class[src[i]]&plainText != 0 || src[i] == '>') {
		i++
	}
	return i
}

// nameRun returns the index of the first byte from i on that is no ASCII byte of a name; the colon is none.
func nameRun(src []byte, i int) int {
	for i < len(src) && class[src[i]]&nameByte != 0 {
		i++
	}
	return i
}
