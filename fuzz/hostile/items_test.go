package hostile

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/godwit-im/godwit/codec/compact"
)

// A writer of the compact coding (codec/compact/FORMAT.md) that checks nothing: all strings are literals.

var compactCoding = compact.Encoder{}

// varint is FORMAT.md §2.
func varint(n int) (b []byte) {
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}

// item is FORMAT.md §3.
func item(content []byte) []byte { return append(varint(len(content)), content...) }

// form is the stored form of an element.
func form(element []byte) []byte { return append([]byte{1}, element...) }

// literal is FORMAT.md §4.
func literal(s string) []byte {
	if len(s) <= 62 {
		return append([]byte{0xc0 + byte(len(s))}, s...)
	}
	return append(append([]byte{0xff}, varint(len(s)-63)...), s...)
}

// text is a text in a list, FORMAT.md §5.
func text(s string) []byte { return append([]byte{1}, literal(s)...) }

// node is an element whose body is a list. Attributes are names and values in turn; a name that begins with NUL has a prefix.
func node(name string, attributes []string, content ...[]byte) []byte {
	return element(0x82, literal(name), attributes, content)
}

// prefixed is a node whose name has a prefix.
func prefixed(prefix, name string, attributes []string, content ...[]byte) []byte {
	return element(0x83, append(literal(prefix), literal(name)...), attributes, content)
}

func element(head byte, name []byte, attributes []string, content [][]byte) []byte {
	n := len(attributes) / 2
	b := []byte{head | byte(min(n, 15))<<3}
	if n >= 15 {
		b = append(b, varint(n-15)...)
	}
	b = append(b, name...)
	for i := 0; i < len(attributes); i += 2 {
		b = append(b, attributeName(attributes[i])...)
		b = append(b, literal(attributes[i+1])...)
	}
	return append(append(b, bytes.Join(content, nil)...), 0)
}

func attributeName(name string) []byte {
	prefix, local, ok := strings.Cut(strings.TrimPrefix(name, "\x00"), ":")
	if !ok || name[0] != 0 {
		return literal(name)
	}
	return bytes.Join([][]byte{{0}, literal(prefix), literal(local)}, nil)
}

// nested is n elements in each other.
func nested(n int) (b []byte) {
	for range n {
		b = node("x", nil, b)
	}
	return b
}

// attributes are n of them.
func attributes(n int) (all []string) {
	for i := range n {
		all = append(all, "a"+strconv.Itoa(i), "")
	}
	return all
}

// wordy is an empty element of few bytes that is large in XML: its name, attributes and values are words of the table.
func wordy() []byte { return []byte{0x90, 0x1b, 0x0a, 0x1a, 0x05, 0x1a} }
