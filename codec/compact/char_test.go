package compact

import (
	"bytes"
	"testing"
	"unicode/utf8"
)

// TestEveryCharacter puts each code point of the first plane, and some of each other, at several places of a text, so that the quick
// paths see it too.
func TestEveryCharacter(t *testing.T) {
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if !utf8.ValidRune(r) || r > 0xFFFF && r&0xFF0 != 0 && r&0xFFF0 != 0xFFF0 {
			continue
		}
		// XML 1.0 §2.2
		want := r == 0x9 || r == 0xA || r == 0xD || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000
		for _, before := range []string{"", "eleven char", "\tsixteen letters"} {
			b := append(utf8.AppendRune([]byte(before), r), "and after it"...)
			if validText(b) != want {
				t.Fatalf("U+%04X behind %q: %v, want %v", r, before, !want, want)
			}
		}
	}
}

// TestEveryByte puts each byte that is no UTF-8 by itself at every place of a text.
func TestEveryByte(t *testing.T) {
	for c := 0x80; c <= 0xFF; c++ {
		for at := range 20 {
			b := bytes.Repeat([]byte{'x'}, 20)
			b[at] = byte(c)
			if validText(b) || validNCName(b) {
				t.Errorf("byte %x at %d is accepted", c, at)
			}
		}
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct {
		r           rune
		first, more bool
	}{
		{'a', true, true}, {'Z', true, true}, {'_', true, true}, {':', false, false}, {'-', false, true}, {'.', false, true}, {'0', false, true},
		{' ', false, false}, {'<', false, false}, {0x7F, false, false}, {0xB6, false, false}, {0xB7, false, true}, {0xB8, false, false},
		{0xBF, false, false}, {0xC0, true, true}, {0xD6, true, true}, {0xD7, false, false}, {0xD8, true, true}, {0xF7, false, false}, {0xF8, true, true},
		{0x2FF, true, true}, {0x300, false, true}, {0x36F, false, true}, {0x370, true, true}, {0x37D, true, true}, {0x37E, false, false}, {0x37F, true, true},
		{0x1FFF, true, true}, {0x2000, false, false}, {0x200C, true, true}, {0x200D, true, true}, {0x200E, false, false}, {0x203E, false, false},
		{0x203F, false, true}, {0x2040, false, true}, {0x2041, false, false}, {0x2070, true, true}, {0x218F, true, true}, {0x2190, false, false},
		{0x2C00, true, true}, {0x2FEF, true, true}, {0x2FF0, false, false}, {0x3000, false, false}, {0x3001, true, true}, {0xD7FF, true, true},
		{0xE000, false, false}, {0xF900, true, true}, {0xFDCF, true, true}, {0xFDD0, false, false}, {0xFDF0, true, true}, {0xFFFD, true, true},
		{0xFFFE, false, false}, {0x10000, true, true}, {0xEFFFF, true, true}, {0xF0000, false, false},
	} {
		if got := validNCName([]byte(string(c.r))); got != c.first {
			t.Errorf("U+%04X as a name: %v", c.r, got)
		}
		if got := validNCName([]byte("a" + string(c.r) + "b")); got != c.more {
			t.Errorf("U+%04X within a name: %v", c.r, got)
		}
	}
}
