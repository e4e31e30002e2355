package compact

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// validText reports whether b is UTF-8 and all of it characters that XML allows: XML 1.0 §2.2, of which RFC 6120 §11.6
// leaves only UTF-8.
func validText(b []byte) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		if w&highs != 0 {
			return validSlow(b[i:])
		}
		if (w-0x20*ones)&highs != 0 && !validControls(b[i:i+8]) { // a byte below 0x20
			return false
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c-0x20 >= 0x60 && c != '\t' && c != '\n' && c != '\r' {
			return c >= utf8.RuneSelf && validSlow(b[i:])
		}
	}
	return true
}

func validSlow(b []byte) bool {
	return validControls(b) && utf8.Valid(b) && !hasNonCharacter(b)
}

// validControls reports whether b has no control character that XML does not allow.
func validControls(b []byte) bool {
	for _, c := range b {
		if c < 0x20 && c != '\t' && c != '\n' && c != '\r' {
			return false
		}
	}
	return true
}

// hasNonCharacter reports whether b, valid UTF-8, holds U+FFFE or U+FFFF.
func hasNonCharacter(b []byte) bool {
	for {
		i := bytes.IndexByte(b, 0xEF)
		if i < 0 {
			return false
		}
		if b[i+1] == 0xBF && b[i+2] >= 0xBE {
			return true
		}
		b = b[i+3:]
	}
}

// validNCName reports whether b is a name without a colon, Namespaces in XML 1.0 §3.
func validNCName(b []byte) bool {
	if len(b) == 0 || b[0] < utf8.RuneSelf && !nameStart[b[0]] {
		return false
	}
	for i := 0; i < len(b); {
		if c := b[i]; c < utf8.RuneSelf {
			if !nameStart[c] && !nameMore[c] {
				return false
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if n == 1 || !isNameRune(r, i == 0) {
			return false
		}
		i += n
	}
	return true
}

// nameStart and nameMore are the ASCII characters that may begin a name, and those that may only follow.
var nameStart, nameMore = func() (start, more [utf8.RuneSelf]bool) {
	for c := range start {
		start[c] = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		more[c] = c >= '0' && c <= '9' || c == '-' || c == '.'
	}
	return start, more
}()

// nameRanges are the characters past ASCII that may begin a name, XML 1.0 (fifth edition) §2.3.
var nameRanges = [...][2]rune{
	{0xC0, 0xD6}, {0xD8, 0xF6}, {0xF8, 0x2FF}, {0x370, 0x37D}, {0x37F, 0x1FFF}, {0x200C, 0x200D}, {0x2070, 0x218F},
	{0x2C00, 0x2FEF}, {0x3001, 0xD7FF}, {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF},
}

func isNameRune(r rune, first bool) bool {
	for _, in := range nameRanges {
		if r >= in[0] && r <= in[1] {
			return true
		}
	}
	return !first && (r == 0xB7 || r >= 0x300 && r <= 0x36F || r >= 0x203F && r <= 0x2040)
}
