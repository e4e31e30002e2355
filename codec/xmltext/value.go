package xmltext

import (
	"unicode/utf8"

	"github.com/godwit-im/godwit/codec/atom"
)

// value reads the value of an attribute (XML 1.0 §2.3, §3.3.3).
func (w *parser) value() result {
	src, i := w.src, w.pos
	for {
		if i = valueRun(src, i, w.quote); i == len(src) {
			return w.wait(i)
		}
		switch c := src[i]; {
		case c == w.quote:
			w.endValue(i)
			w.pos, w.state, w.quote = i+1, inTag, 0
			return again
		case c == '<':
			return w.malformed(i, "< in a value")
		case c == '&':
			next := w.quickRef(i)
			if next == 0 {
				return w.refer(i)
			}
			i = next
		case c == '\n', c == '\t':
			w.save(i, i+1)
			w.tree.Aux = append(w.tree.Aux, ' ')
			i++
		case c == '\r':
			if i+1 == len(src) {
				return w.wait(i)
			}
			i = w.lineEnd(i, ' ')
		case c >= 0x80:
			next, verdict := multibyte(src, i)
			if verdict < 0 {
				return w.badCharacter(next, verdict)
			}
			if verdict == cutOff {
				return w.wait(next)
			}
			i = next
		default:
			return w.badCharacter(i, noXMLChr)
		}
	}
}

// endValue gives the last attribute the value that ends at i.
func (w *parser) endValue(i int) {
	n := &w.tree.Nodes[len(w.tree.Nodes)-1]
	if !w.saving {
		n.Off, n.Len = uint32(w.mark), uint32(i-w.mark)
		return
	}
	w.save(i, i)
	n.Off, n.Len = w.saved, w.tree.AuxEnd()-w.saved
	w.saving = false
}

// refer begins the reference at i.
func (w *parser) refer(i int) result {
	w.ref, w.pos, w.code, w.state = i, i+1, 0, reference
	return w.reference()
}

// reference reads what follows an &, in text or in a value.
func (w *parser) reference() result {
	if w.pos >= len(w.src) {
		return more
	}
	if w.src[w.ref+1] == '#' {
		return w.numeric()
	}
	return w.entity()
}

// entity reads the name of an entity and its semicolon.
func (w *parser) entity() result {
	name := w.ref + 1
	for ; w.pos < len(w.src); w.pos++ {
		c := w.src[w.pos]
		switch {
		case class[c]&nameByte != 0 && (w.pos > name || class[c]&nameStart != 0):
		case c == ';' && w.pos > name:
			return w.predefined(w.src[name:w.pos])
		case c >= 0x80:
			if n := sequence(w.src[w.pos:]); n < 0 {
				return w.badCharacter(w.pos, n)
			} else if n == cutOff {
				return more
			}
			return w.fail(w.ref, atom.RestrictedXML, "reference to an entity")
		default:
			return w.malformed(w.pos, "& that begins no reference")
		}
		if w.pos-name >= w.maxName {
			return w.excess(w.pos, "name too long")
		}
	}
	return more
}

// predefined resolves the five entities of XML 1.0 §4.6; RFC 6120 §11.1 forbids all others.
func (w *parser) predefined(name []byte) result {
	switch string(name) {
	case "lt":
		return w.resolved('<')
	case "gt":
		return w.resolved('>')
	case "amp":
		return w.resolved('&')
	case "apos":
		return w.resolved('\'')
	case "quot":
		return w.resolved('"')
	}
	return w.fail(w.ref, atom.RestrictedXML, "reference to an entity")
}

// numeric reads a reference to a character by number (XML 1.0 §4.1); any number of zeros may lead.
func (w *parser) numeric() result {
	digits, base := w.ref+2, rune(10)
	if digits < len(w.src) && w.src[digits] == 'x' {
		digits, base = digits+1, 16
	}
	for w.pos = max(w.pos, digits); w.pos < len(w.src); w.pos++ {
		c := w.src[w.pos]
		if c == ';' && w.pos > digits {
			if !legal(w.code) {
				return w.malformed(w.ref, "reference to a character that XML forbids")
			}
			return w.resolved(w.code)
		}
		d := digit(c)
		if d >= base {
			return w.malformed(w.pos, "not a number in a reference")
		}
		w.code = min(w.code*base+d, utf8.MaxRune+1)
	}
	return more
}

// digit returns the value of a hexadecimal digit, 16 for any other byte.
func digit(c byte) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= c && c <= 'f':
		return rune(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return rune(c-'A') + 10
	}
	return 16
}

// resolved puts r in the place of the reference that ends at pos.
func (w *parser) resolved(r rune) result {
	w.pos++
	w.save(w.ref, w.pos)
	w.tree.Aux = utf8.AppendRune(w.tree.Aux, r)
	w.state = content
	if w.quote != 0 {
		w.state = value
	}
	return again
}
