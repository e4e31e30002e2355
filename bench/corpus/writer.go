package corpus

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// writer writes one first-level element, with one kind of quotes.
type writer struct {
	*rand.Rand
	b     []byte
	quote byte
}

// open writes a start tag; attrs are names and values in turn. An attribute whose value is empty is left out.
func (w *writer) open(name string, attrs ...string) {
	w.tag(name, attrs)
	w.b = append(w.b, '>')
}

// empty writes an element without content.
func (w *writer) empty(name string, attrs ...string) {
	w.tag(name, attrs)
	w.b = append(w.b, '/', '>')
}

// leaf writes an element that holds text.
func (w *writer) leaf(name, text string, attrs ...string) {
	w.open(name, attrs...)
	w.text(text)
	w.close(name)
}

func (w *writer) tag(name string, attrs []string) {
	w.b = append(append(w.b, '<'), name...)
	for pair := range slices.Chunk(attrs, 2) {
		if pair[1] == "" {
			continue
		}
		w.b = append(append(append(w.b, ' '), pair[0]...), '=', w.quote)
		w.escape(pair[1], w.quote)
		w.b = append(w.b, w.quote)
	}
}

// close writes end tags.
func (w *writer) close(names ...string) {
	for _, name := range names {
		w.b = append(append(append(w.b, '<', '/'), name...), '>')
	}
}

func (w *writer) text(s string) { w.escape(s, 0) }

// escape appends s; quote is escaped too.
func (w *writer) escape(s string, quote byte) {
	for i := range len(s) {
		switch c := s[i]; {
		case c == '&':
			w.b = append(w.b, "&amp;"...)
		case c == '<':
			w.b = append(w.b, "&lt;"...)
		case c == '>':
			w.b = append(w.b, "&gt;"...)
		case c == '"' && c == quote:
			w.b = append(w.b, "&quot;"...)
		case c == '\'' && c == quote:
			w.b = append(w.b, "&apos;"...)
		default:
			w.b = append(w.b, c)
		}
	}
}

// chance reports true so many times in a hundred.
func (w *writer) chance(percent int) bool { return w.IntN(100) < percent }

// pick returns one of all.
func pick[T any](w *writer, all []T) T { return all[w.IntN(len(all))] }

// bytes returns n random bytes.
func (w *writer) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(w.Uint32())
	}
	return b
}

func (w *writer) base64(n int) string { return base64.StdEncoding.EncodeToString(w.bytes(n)) }
func (w *writer) hex(n int) string    { return hex.EncodeToString(w.bytes(n)) }

func (w *writer) uuid() string {
	h := w.hex(16)
	return strings.Join([]string{h[:8], h[8:12], "4" + h[13:16], "a" + h[17:20], h[20:]}, "-")
}

// number returns a number below n.
func (w *writer) number(n int) string { return fmt.Sprint(w.IntN(n)) }

// stamp returns a time of XEP-0082 in the summer of 2026.
func (w *writer) stamp() string {
	fraction := ""
	if w.chance(40) {
		fraction = fmt.Sprintf(".%06d", w.IntN(1_000_000))
	}
	return fmt.Sprintf("2026-%02d-%02dT%02d:%02d:%02d%sZ", 6+w.IntN(3), 1+w.IntN(30), w.IntN(24), w.IntN(60), w.IntN(60), fraction)
}
