package xmltext

import (
	"encoding/binary"
	"math/bits"

	"github.com/godwit-im/godwit/codec/atom"
)

// replacement stands for what XML cannot carry, in values, texts and names (it is a legal NameStartChar).
const replacement = "\uFFFD"

// appendText appends b as character data. CR is written as a reference, for a reader takes a bare one for a line end
// (XML 1.0 §2.11). What is no character of XML, or not UTF-8, becomes U+FFFD.
func appendText(dst, b []byte) []byte {
	mark := 0
	for i := textRun(b, 0); i < len(b); i = textRun(b, i) {
		var as string
		n := 1
		switch c := b[i]; {
		case c == '\n' || c == '\t':
			i++
			continue
		case c >= 0x80:
			if i, n = illegal(b, i); n == 0 {
				continue
			}
			as = replacement
		default:
			as = escapes[c]
		}
		dst = append(append(dst, b[mark:i]...), as...)
		i += n
		mark = i
	}
	return append(dst, b[mark:]...)
}

// appendValue appends b as the value of an attribute, without the quotes around it. White space other than blanks is written as
// references, for a reader takes it for blanks (XML 1.0 §3.3.3).
func appendValue(dst, b []byte) []byte {
	mark := 0
	for i := escapeRun(b, 0); i < len(b); i = escapeRun(b, i) {
		as, n := escapes[b[i]], 1
		if b[i] >= 0x80 {
			if i, n = illegal(b, i); n == 0 {
				continue
			}
			as = replacement
		}
		dst = append(append(dst, b[mark:i]...), as...)
		i += n
		mark = i
	}
	return append(dst, b[mark:]...)
}

// escapes holds what to write for a byte below 0x80 that cannot stand for itself.
var escapes = func() (t [256]string) {
	for c := range 0x20 {
		t[c] = replacement
	}
	t['\t'], t['\n'], t['\r'] = "&#9;", "&#10;", "&#13;"
	t['<'], t['>'], t['&'], t['\''], t['"'] = "&lt;", "&gt;", "&amp;", "&apos;", "&quot;"
	return t
}()

// illegal returns the index of the first multi-byte sequence from i on, in the run of them, that XML cannot carry, and its length; length
// 0 and the index after the run when all are good.
func illegal(b []byte, i int) (at, n int) {
	at, verdict := multibyte(b, i)
	switch verdict {
	case notUTF8, cutOff:
		return at, 1
	case noXMLChr:
		return at, 3
	}
	return at, 0
}

// escapeRun returns the index of the first byte from i on that may need an escape in a value; len(b) when there is none.
func escapeRun(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		// '<'|2 is '>', '&'|1 is '\''.
		f := (x | (x - 0x20*ones) | (((x | 2*ones) ^ '>'*ones) - ones) | (((x | ones) ^ '\''*ones) - ones) | ((x ^ '"'*ones) - ones)) & highs
		if f != 0 {
			return i + bits.TrailingZeros64(f)>>3
		}
	}
	for i < len(b) && b[i] < 0x80 && escapes[b[i]] == "" {
		i++
	}
	return i
}

// plainName says of each atom whether its word is a name without a prefix.
var plainName = func() (t [atom.Count]bool) {
	for a := range t {
		t[a] = isNCName(atom.Atom(a).String())
	}
	return t
}()

func isNCName(s string) bool {
	return s != "" && class[s[0]]&nameStart != 0 && nameRun([]byte(s), 0) == len(s)
}
