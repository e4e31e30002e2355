package compress

// The bounds of RFC 1951 §3.2.
const (
	maxBits   = 15 // of a code
	fastBits  = 9  // codes up to here are found in one look
	maxLit    = 286
	maxDist   = 30
	endBlock  = 256
	maxLens   = maxLit + maxDist
	codeOrder = "\x10\x11\x12\x00\x08\x07\x09\x06\x0a\x05\x0b\x04\x0c\x03\x0d\x02\x0e\x01\x0f" // §3.2.7
)

// huffman is a prefix code, ready for decoding.
type huffman struct {
	fast   [1 << fastBits]uint16 // by the next bits: symbol<<4 | length; 0 for longer codes
	count  [maxBits + 1]uint16   // codes of each length
	symbol [288]uint16           // in the order of their codes
}

// build makes h the code with these lengths (RFC 1951 §3.2.2), at least least of them used. It reports false for lengths that make no code. A code may be
// incomplete only when it has one symbol, of one bit, or none.
func (h *huffman) build(lens []uint8, least int) bool {
	clear(h.fast[:])
	clear(h.count[:])
	for _, n := range lens {
		h.count[n]++
	}
	used := len(lens) - int(h.count[0])
	h.count[0] = 0
	left := 1
	var next, place [maxBits + 2]uint16 // code and place of the first symbol of each length
	for n := 1; n <= maxBits; n++ {
		if left = left<<1 - int(h.count[n]); left < 0 {
			return false
		}
		next[n+1] = (next[n] + h.count[n]) << 1
		place[n+1] = place[n] + h.count[n]
	}
	if left > 0 && !(least <= used && used <= 1 && h.count[1] == uint16(used)) {
		return false
	}
	for symbol, n := range lens {
		if n == 0 {
			continue
		}
		h.symbol[place[n]] = uint16(symbol)
		place[n]++
		h.index(next[n], n, uint16(symbol))
		next[n]++
	}
	return true
}

// index enters a code of at most fastBits, whose first bit is the lowest of the input.
func (h *huffman) index(code uint16, n uint8, symbol uint16) {
	if n > fastBits {
		return
	}
	turned := 0
	for i := range n {
		turned |= int(code>>i&1) << (n - 1 - i)
	}
	for ; turned < len(h.fast); turned += 1 << n {
		h.fast[turned] = symbol<<4 | uint16(n)
	}
}

// What decode says instead of a length.
const (
	short   = 0  // there are too few bits
	invalid = 99 // no code begins with them
)

// decode returns the symbol that the lowest of n bits are the code of, and the code's length.
func (h *huffman) decode(bits uint64, n uint8) (symbol uint16, length uint8) {
	if e := h.fast[bits&(1<<fastBits-1)]; e != 0 {
		if length = uint8(e & 15); length > n {
			return 0, short
		}
		return e >> 4, length
	}
	code, first, place := 0, 0, 0
	for length = 1; length <= maxBits; length++ {
		if length > n {
			return 0, short
		}
		code |= int(bits & 1)
		bits >>= 1
		count := int(h.count[length])
		if code-count < first {
			return h.symbol[place+code-first], length
		}
		place += count
		first = (first + count) << 1
		code <<= 1
	}
	return 0, invalid
}

// fixedLit and fixedDist are the codes of fixed blocks (RFC 1951 §3.2.6).
var fixedLit, fixedDist = fixedCodes()

func fixedCodes() (lit, dist *huffman) {
	lens := make([]uint8, 288)
	for i := range lens {
		switch {
		case i < 144:
			lens[i] = 8
		case i < 256:
			lens[i] = 9
		case i < 280:
			lens[i] = 7
		default:
			lens[i] = 8
		}
	}
	lit, dist = new(huffman), new(huffman)
	lit.build(lens, 1)
	for i := range 32 {
		lens[i] = 5
	}
	dist.build(lens[:32], 0)
	return lit, dist
}
