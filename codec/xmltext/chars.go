package xmltext

// Classes of bytes.
const (
	nameStart = 1 << iota // begins a name, ASCII; the colon is not among them
	nameByte              // goes on in a name, ASCII, but for the colon
	space                 // white space, XML 1.0 §2.3
	plainText             // stands for itself in text: neither markup nor control, ASCII
)

var class = func() (t [256]uint8) {
	for c := range 0x80 {
		if c >= 0x20 && c != '<' && c != '>' && c != '&' {
			t[c] |= plainText
		}
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_':
			t[c] |= nameStart | nameByte
		case '0' <= c && c <= '9', c == '-', c == '.':
			t[c] |= nameByte
		case c == ' ', c == '\t', c == '\n', c == '\r':
			t[c] |= space
		}
	}
	return t
}()

// runeRange is a range of characters, both ends included.
type runeRange struct{ from, to rune }

// XML 1.0 (fifth edition) §2.3, production 4, beyond ASCII.
var nameStartRanges = []runeRange{
	{0xC0, 0xD6}, {0xD8, 0xF6}, {0xF8, 0x2FF}, {0x370, 0x37D}, {0x37F, 0x1FFF}, {0x200C, 0x200D}, {0x2070, 0x218F},
	{0x2C00, 0x2FEF}, {0x3001, 0xD7FF}, {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF},
}

// Production 4a: what a name may have besides these.
var nameMoreRanges = []runeRange{{0xB7, 0xB7}, {0x300, 0x36F}, {0x203F, 0x2040}}

func in(ranges []runeRange, r rune) bool {
	for _, x := range ranges {
		if r <= x.to {
			return r >= x.from
		}
	}
	return false
}

// nameRune reports whether r, which is not ASCII, may stand in a name, first or later.
func nameRune(r rune, first bool) bool {
	return in(nameStartRanges, r) || !first && in(nameMoreRanges, r)
}

// legal reports whether r is a character of XML 1.0 §2.2.
func legal(r rune) bool {
	switch {
	case r < 0x20:
		return r == '\t' || r == '\n' || r == '\r'
	case r < 0xD800:
		return true
	}
	return 0xE000 <= r && r <= 0xFFFD || 0x10000 <= r && r <= 0x10FFFF
}

// What sequence says besides a length.
const (
	cutOff   = 0  // the bytes are the beginning of a character
	notUTF8  = -1 // they are not UTF-8
	noXMLChr = -2 // they are U+FFFE or U+FFFF
)

// sequence returns the length of the multi-byte character that b begins with, or one of the constants above. b[0] is
// at least 0x80. The bounds are those of RFC 3629 §4.
func sequence(b []byte) int {
	var n int
	low, high := byte(0x80), byte(0xBF) // of the second byte
	switch c := b[0]; {
	case c < 0xC2:
		return notUTF8
	case c < 0xE0:
		n = 2
	case c < 0xF0:
		n = 3
		if c == 0xE0 {
			low = 0xA0
		} else if c == 0xED {
			high = 0x9F
		}
	case c < 0xF5:
		n = 4
		if c == 0xF0 {
			low = 0x90
		} else if c == 0xF4 {
			high = 0x8F
		}
	default:
		return notUTF8
	}
	if len(b) < 2 {
		return cutOff
	}
	if b[1] < low || b[1] > high {
		return notUTF8
	}
	for i := 2; i < n; i++ {
		if i >= len(b) {
			return cutOff
		}
		if b[i]&0xC0 != 0x80 {
			return notUTF8
		}
	}
	if n == 3 && b[0] == 0xEF && b[1] == 0xBF && b[2] >= 0xBE {
		return noXMLChr
	}
	return n
}

// multibyte returns the index after the run of multi-byte characters at i, or of the first that is incomplete or bad, with
// what sequence says of it.
func multibyte(src []byte, i int) (next, verdict int) {
	for i < len(src) && src[i] >= 0x80 {
		if i+3 < len(src) && src[i]-0xE1 < 0xC && src[i+1]&0xC0 == 0x80 && src[i+2]&0xC0 == 0x80 {
			i += 3 // E1 to EC: three bytes without further conditions
			continue
		}
		n := sequence(src[i:])
		if n <= 0 {
			return i, n
		}
		i += n
	}
	return i, 1
}
