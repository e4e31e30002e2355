package xmltext

import "unicode/utf8"

// name goes on reading the name that began at mark: a QName, Namespaces in XML §4. again means that it ends at pos.
func (w *parser) name() result {
	for w.pos < len(w.src) {
		n, r := w.nameCharacter()
		if r != again {
			return r
		}
		if n == 0 {
			return w.nameEnd()
		}
		if w.pos+n-w.mark > w.maxName {
			return w.excess(w.mark+w.maxName, "name too long")
		}
		w.pos += n
	}
	return more
}

// nameCharacter returns the length of the character at pos, 0 when it does not belong to the name.
func (w *parser) nameCharacter() (n int, r result) {
	c := w.src[w.pos]
	first := w.pos == w.partStart()
	switch {
	case class[c]&nameStart != 0, class[c]&nameByte != 0 && !first:
		return 1, again
	case c == ':' && w.colon == 0 && !first:
		if w.pos-w.mark > maxPrefix {
			return 0, w.excess(w.pos, "prefix too long")
		}
		w.colon = w.pos - w.mark
		return 1, again
	case c < 0x80:
		return 0, again
	}
	n = sequence(w.src[w.pos:])
	if n == cutOff {
		return 0, more
	}
	if n < 0 {
		return 0, w.badCharacter(w.pos, n)
	}
	if x, _ := utf8.DecodeRune(w.src[w.pos:]); !nameRune(x, first) {
		return 0, again
	}
	return n, again
}

// partStart returns where the local part of the name begins once the colon was read, the name before.
func (w *parser) partStart() int {
	if w.colon > 0 {
		return w.mark + w.colon + 1
	}
	return w.mark
}

func (w *parser) nameEnd() result {
	if w.pos == w.partStart() || w.src[w.pos] == ':' {
		return w.malformed(w.pos, "not a name")
	}
	return again
}
