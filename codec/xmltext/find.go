package xmltext

import (
	"math/bits"

	"github.com/godwit-im/godwit/codec/plane"
)

// valueEnd returns the index of the quote that ends the value that begins at i; stopped when that is not in view, or something odd comes before it.
func valueEnd(p *plane.Plane, src text, i, size int, quote byte) int {
	for i < size {
		x := row(p, i)
		if x == 0 {
			i += reach
			continue
		}
		if i += bits.TrailingZeros64(x); i >= size {
			break
		}
		c := src.at(i)
		if c == quote {
			return i
		}
		if !isQuote(c) {
			break
		}
		i++
	}
	return stopped
}

// textEnd is valueEnd for the < that ends a text.
func textEnd(p *plane.Plane, src text, i, size int) int {
	for i+1 < size {
		x := row(p, i)
		if x == 0 {
			i += reach
			continue
		}
		if i += bits.TrailingZeros64(x); i+1 >= size {
			break
		}
		c, next := src.at(i), src.at(i+1)
		if c == '<' && next != '!' { // CDATA belongs to the text
			return i
		}
		if c != '\n' && c != '\t' && (c != ']' || next == ']') {
			break
		}
		i++
	}
	return stopped
}
