package xmltext

import (
	"unicode/utf8"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// appendName appends the name of node i. A name from outside the table is checked, whoever made the Tree: nothing in a Tree can
// break out of its place.
func appendName(dst []byte, t *codec.Tree, i uint32) []byte {
	n := &t.Nodes[i]
	if n.PrefixLen == 0 && n.Name != atom.Unknown && plainName[n.Name] {
		return append(dst, n.Name.String()...)
	}
	name := t.NodeName(i)
	if p := int(n.PrefixLen); p > 0 && p < len(name) {
		dst = append(appendNCName(dst, name[:p]), ':')
		name = name[p+1:]
	}
	return appendNCName(dst, name)
}

// appendNCName appends a name, or a part of one, with U+FFFD for each character that cannot stand there.
func appendNCName(dst, name []byte) []byte {
	if len(name) == 0 {
		return append(dst, replacement...)
	}
	if class[name[0]]&nameStart != 0 && nameRun(name, 0) == len(name) {
		return append(dst, name...)
	}
	for i := 0; i < len(name); {
		r, n := utf8.DecodeRune(name[i:])
		if !nameCharacter(r, n, i == 0) {
			r = utf8.RuneError
		}
		dst = utf8.AppendRune(dst, r)
		i += n
	}
	return dst
}

func nameCharacter(r rune, n int, first bool) bool {
	if n > 1 {
		return nameRune(r, first)
	}
	return r < 0x80 && (class[r]&nameStart != 0 || !first && class[r]&nameByte != 0)
}
