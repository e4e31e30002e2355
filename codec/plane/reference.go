package plane

import (
	"strings"
	"unicode/utf8"
)

// reference is Classify, byte by byte.
func reference(p *Planes, text []byte) (n int) {
	n = len(text)
	if at := wrongAt(text); at < (n+63)&^63 {
		n = at &^ 63
	}
	for i := 0; i < n+64; i++ {
		c := byte(0) // stops everything
		if i < n {
			c = text[i]
		}
		p.Value.set(i, c < ' ' || strings.IndexByte(`'"<&`, c) >= 0)
		p.Text.set(i, c < ' ' || strings.IndexByte(`]<&`, c) >= 0)
	}
	return n
}

func (p *Plane) set(i int, one bool) {
	p[i/64] &^= 1 << (i % 64)
	if one {
		p[i/64] |= 1 << (i % 64)
	}
}

// wrongAt returns the index of the first byte that cannot go on the character it should belong to; the byte after the text counts as one that
// belongs to none, since the last block is filled with zeros. Without fault it returns more than that.
func wrongAt(text []byte) int {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			return i + goodPrefix(text[i:])
		case r == 0xFFFE || r == 0xFFFF:
			return i + 2
		}
		i += n
	}
	return len(text) + 64
}

// goodPrefix returns how many of the first bytes of b, which begins with no whole character, could begin one; a lead byte that none begins with is
// found out at the byte after it.
func goodPrefix(b []byte) int {
	if b[0]&0xC0 == 0x80 {
		return 0
	}
	for n := 2; n <= min(3, len(b)); n++ {
		if !begins(b[:n]) {
			return n - 1
		}
	}
	if len(b) == 1 {
		return 1
	}
	return min(3, len(b))
}

// begins reports whether some character begins with b.
func begins(b []byte) bool {
	return !utf8.FullRune(b) || utf8.Valid(b)
}
