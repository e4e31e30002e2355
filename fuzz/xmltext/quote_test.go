package xmltext

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// quote writes data as a Go expression that is not long where data repeats itself.
func quote(data []byte) string {
	var parts []string
	from := 0
	for i := 0; i < len(data); {
		unit, n := repeated(data[i:])
		if n*unit < 40 {
			i++
			continue
		}
		if from < i {
			parts = append(parts, fmt.Sprintf("%q", data[from:i]))
		}
		parts = append(parts, fmt.Sprintf("strings.Repeat(%q, %d)", data[i:i+unit], n))
		i += n * unit
		from = i
	}
	if from < len(data) || len(parts) == 0 {
		parts = append(parts, fmt.Sprintf("%q", data[from:]))
	}
	return strings.Join(parts, " + ")
}

// repeated returns how many times data begins with the same few bytes: those that make the most of it.
func repeated(data []byte) (unit, n int) {
	for u := 1; u <= 80 && u <= len(data); u++ {
		k := 1
		for (k+1)*u <= len(data) && bytes.Equal(data[k*u:(k+1)*u], data[:u]) {
			k++
		}
		if k > 1 && k*u > unit*n {
			unit, n = u, k
		}
	}
	return unit, n
}

// lengths returns the lengths of the pieces.
func lengths(cuts []int) (all []int) {
	before := 0
	for _, at := range cuts {
		all = append(all, at-before)
		before = at
	}
	return all
}

// pieceLengths writes down a way of cutting.
func pieceLengths(cuts []int) string {
	all := lengths(cuts)
	if len(all) > 2 && len(slices.Compact(slices.Clone(all[:len(all)-1]))) == 1 && all[len(all)-1] <= all[0] {
		return fmt.Sprintf("in pieces of %d", all[0])
	}
	return fmt.Sprint("in pieces of ", all)
}

// fuzzPieces writes a way of cutting as FuzzDecode takes it.
func fuzzPieces(cuts []int) (pieces []byte) {
	for _, n := range lengths(cuts) {
		for ; n > 256; n -= 256 {
			pieces = append(pieces, 255)
		}
		pieces = append(pieces, byte(n-1))
	}
	if len(slices.Compact(slices.Clone(pieces))) == 1 {
		return pieces[:1]
	}
	return pieces
}
