package link

import "math/bits"

// Padding is how one end hides the lengths of the frames that it sends. The other end need not know.
type Padding uint8

// The profiles.
const (
	// PaddingNone sends frames as long as they are.
	PaddingNone Padding = iota
	// PaddingPadme fills frames up so that only the few highest bits of a length say something: of n bytes, what is added is less than 12 % and tends to nothing, and a length
	// tells O(log log n) bits (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", §4.3).
	PaddingPadme
)

// filled returns the length that something of n bytes, at least 2, is to have.
func (p Padding) filled(n int) int {
	if p == PaddingPadme {
		return padme(n)
	}
	return n
}

// padding returns the bytes that are to be added to so many bytes of items in a frame, with at least the wanted ones where they fit.
func (p Padding) padding(plain, wanted int) int {
	const around = headerSize + tagSize
	n := p.filled(plain+max(wanted, 0)+around) - around
	return max(0, min(n, maxPlain)-plain)
}

// padme returns n, which is at least 2, rounded up to a length that has as few bits as Padmé says.
func padme(n int) int {
	exponent := bits.Len(uint(n)) - 1
	mask := 1<<(exponent-bits.Len(uint(exponent))) - 1
	return (n + mask) &^ mask
}
