package compact

import (
	"math"
	"unicode/utf8"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// str is a string that was read: a word of the table, or n bytes of the item at off.
type str struct {
	word   atom.Atom
	off, n uint32
}

func (p *parser) byte() (byte, error) {
	if p.pos == len(p.src) {
		return 0, p.cut()
	}
	p.pos++
	return p.src[p.pos-1], nil
}

func (p *parser) varint() (int, error) {
	v, n := varint(p.src[p.pos:])
	switch {
	case n == 0:
		return 0, p.cut()
	case n < 0:
		return 0, p.fail(atom.BadFormat, "a number is not in its shortest form or too long")
	}
	p.pos += n
	return v, nil
}

// string reads a string. Its bytes are not checked.
func (p *parser) string() (str, error) {
	c, err := p.byte()
	if err != nil {
		return str{}, err
	}
	return p.stringFrom(c)
}

// stringFrom is string with its first byte read.
func (p *parser) stringFrom(c byte) (str, error) {
	n := int(c) - literal
	switch {
	case c == tokenPrefixed:
		return str{}, p.fail(atom.BadFormat, "a reserved byte begins a string")
	case c <= wordShortMax:
		return p.wordAt(atom.Atom(c))
	case c <= wordLongMax:
		low, err := p.byte()
		if err != nil {
			return str{}, err
		}
		return p.wordAt(wordShortMax + 1 + atom.Atom(c-wordLong)<<8 + atom.Atom(low))
	case c == literalLong:
		more, err := p.varint()
		if err != nil {
			return str{}, err
		}
		n = literalShort + more
	}
	if n > len(p.src)-p.pos {
		return str{}, p.cut()
	}
	p.pos += n
	return str{off: uint32(p.pos - n), n: uint32(n)}, nil
}

func (p *parser) wordAt(a atom.Atom) (str, error) {
	if a >= atom.Count {
		return str{}, p.fail(atom.BadFormat, "a word that is not in the table")
	}
	return str{word: a}, nil
}

// value reads a string that may be any text, and gives it a place in the Tree: words are copied to its Aux.
func (p *parser) value() (str, error) {
	s, err := p.string()
	switch {
	case err != nil:
		return str{}, err
	case s.word != atom.Unknown:
		w := words[s.word]
		s.off, s.n = codec.AddAux(p.tree, w), uint32(len(w))
	case !validText(p.src[s.off : s.off+s.n]):
		return str{}, p.badText(p.src[s.off : s.off+s.n])
	}
	return s, nil
}

// badText says what is wrong with b.
func (p *parser) badText(b []byte) error {
	if !utf8.Valid(b) {
		return p.fail(atom.UnsupportedEncoding, "no UTF-8") // RFC 6120 §11.6
	}
	return p.fail(atom.NotWellFormed, "a character that XML does not allow")
}

// ncName checks that s may be a name or a prefix, and returns its bytes.
func (p *parser) ncName(s str) ([]byte, error) {
	if s.word != atom.Unknown {
		if isName[s.word] {
			return words[s.word], nil
		}
	} else if b := p.src[s.off : s.off+s.n]; validNCName(b) {
		return b, nil
	}
	if s.word == atom.Unknown && !utf8.Valid(p.src[s.off:s.off+s.n]) {
		return nil, p.badText(p.src[s.off : s.off+s.n])
	}
	return nil, p.fail(atom.NotWellFormed, "not a name")
}

// name reads the name of node i, with a prefix or without.
func (p *parser) name(i uint32, prefixed bool) error {
	if prefixed {
		return p.prefixedName(i)
	}
	s, err := p.string()
	if err != nil {
		return err
	}
	return p.localName(i, s)
}

// localName gives node i the name s, without prefix.
func (p *parser) localName(i uint32, s str) error {
	b, err := p.ncName(s)
	if err != nil {
		return err
	}
	n := &p.tree.Nodes[i]
	if s.word != atom.Unknown {
		n.Name = s.word
	} else {
		n.Name, n.NameOff, n.NameLen = lookup(b), s.off, uint16(len(b))
	}
	return p.checkName(len(b), 0)
}

// prefixedName reads a prefix and a local name, and joins them in the Tree's Aux.
func (p *parser) prefixedName(i uint32) error {
	ps, err := p.string()
	if err != nil {
		return err
	}
	ls, err := p.string()
	if err != nil {
		return err
	}
	prefix, err := p.ncName(ps)
	if err != nil {
		return err
	}
	local, err := p.ncName(ls)
	if err != nil {
		return err
	}
	if err := p.checkName(len(prefix)+1+len(local), len(prefix)); err != nil {
		return err
	}
	t := p.tree
	n := &t.Nodes[i]
	n.Name = ls.word
	if n.Name == atom.Unknown {
		n.Name = lookup(local)
	}
	n.PrefixLen, n.NameLen = uint8(len(prefix)), uint16(len(prefix)+1+len(local))
	n.NameOff = t.AuxEnd()
	t.Aux = append(append(append(t.Aux, prefix...), ':'), local...)
	return nil
}

// checkName checks the bytes of a name and of its prefix against the limits, and against what a Node can hold.
func (p *parser) checkName(length, prefix int) error {
	if length > math.MaxUint16 || prefix > math.MaxUint8 || p.limits.Name > 0 && length > p.limits.Name {
		return p.fail(atom.PolicyViolation, "a name is too long")
	}
	return nil
}

// nameLen returns the bytes of the name of node i as written.
func (p *parser) nameLen(i uint32) int {
	if n := &p.tree.Nodes[i]; n.NameLen == 0 {
		return len(words[n.Name])
	}
	return int(p.tree.Nodes[i].NameLen)
}
