package xmltext

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// text reads character data, and all markup that lies whole in the input; with planes no more than one piece, then leap may go on.
func (w *parser) text() result {
	src, i := w.src, w.pos
	for {
		if i = textRun(src, i); i == len(src) {
			return w.wait(i)
		}
		switch c := src[i]; {
		case c == '<':
			w.pos = i
			if r := w.markup(); r != again || w.state != content || w.desk != nil {
				return r
			}
			i = w.pos
		case c == '>':
			// What comes before the text is a > or a ;, so both brackets belong to it.
			if src[i-1] == ']' && src[i-2] == ']' {
				return w.malformed(i, "]]> in text") // XML 1.0 §2.4
			}
			i++
		case c == '&':
			next := w.quickRef(i)
			if next == 0 {
				return w.refer(i)
			}
			i = next
		case c == '\n', c == '\t':
			i++
		case c == '\r':
			if i+1 == len(src) {
				return w.wait(i)
			}
			i = w.lineEnd(i, '\n')
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

// cdata reads a CDATA section, which is a part of the text (XML 1.0 §2.7).
func (w *parser) cdata() result {
	src, i := w.src, w.pos
	for {
		if i = textRun(src, i); i == len(src) {
			return w.wait(i)
		}
		switch c := src[i]; {
		case c == '>':
			// The section begins with [CDATA[, so both brackets are in it.
			if src[i-1] == ']' && src[i-2] == ']' {
				w.save(i-2, i+1)
				w.pos, w.state = i+1, content
				return again
			}
			i++
		case c == '<', c == '&', c == '\n', c == '\t':
			i++
		case c == '\r':
			if i+1 == len(src) {
				return w.wait(i)
			}
			i = w.lineEnd(i, '\n')
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

// wait says that the input ended at i; what is before i is done with.
func (w *parser) wait(i int) result {
	w.pos = i
	return more
}

// save puts the text from mark to i into Aux; what is not saved begins at next from now on.
func (w *parser) save(i, next int) {
	if !w.saving {
		w.saving, w.saved = true, w.tree.AuxEnd()
	}
	if i > w.mark {
		w.tree.Aux = append(w.tree.Aux, w.src[w.mark:i]...)
	}
	w.mark = next
}

// lineEnd replaces the CR at i, or CR LF, by c (XML 1.0 §2.11, §3.3.3) and returns the index after it.
func (w *parser) lineEnd(i int, c byte) int {
	next := i + 1
	if w.src[next] == '\n' {
		next++
	}
	w.save(i, next)
	w.tree.Aux = append(w.tree.Aux, c)
	return next
}

// endText adds the text that ends at i, if there is any.
func (w *parser) endText(i int) {
	off, n := uint32(w.mark), uint32(i-w.mark)
	if w.saving {
		w.save(i, i)
		off, n = w.saved, w.tree.AuxEnd()-w.saved
		w.saving = false
	}
	if n > 0 {
		w.addText(off, n)
	}
}

func (w *parser) addText(off, n uint32) {
	node := w.addNode()
	node.Kind, node.Off, node.Len = codec.KindText, off, n
}

// markup looks at what the < at pos begins.
func (w *parser) markup() result {
	i := w.pos + 1
	if i >= len(w.src) {
		w.state = markup
		return more
	}
	switch c := w.src[i]; {
	case c == '/':
		return w.startEnd(i)
	case c == '!':
		w.state = bang
	case c == '?':
		w.state = instruction
	case c == 0 && w.place == atStart:
		return w.fail(i, atom.UnsupportedEncoding, "looks like UTF-16")
	default:
		return w.startTag(i)
	}
	return again
}

// Markup declarations, as far as they are told apart.
const (
	cdataStart   = "<![CDATA["
	commentStart = "<!--"
	doctypeStart = "<!DOCTYPE"
)

// bang looks at what <! begins.
func (w *parser) bang() result {
	rest := w.src[w.pos:]
	undecided := false
	for _, known := range [...]string{cdataStart, commentStart, doctypeStart} {
		n := min(len(rest), len(known))
		if string(rest[:n]) != known[:n] {
			continue
		}
		if undecided = n < len(known); undecided {
			break
		}
		if known == cdataStart {
			return w.startCDATA()
		}
		return w.fail(w.pos, atom.RestrictedXML, "comment or document type") // RFC 6120 §11.1
	}
	if undecided {
		return more
	}
	return w.malformed(w.pos, "neither comment nor CDATA")
}

func (w *parser) startCDATA() result {
	if len(w.open) == 0 {
		return w.stray(w.pos, "CDATA between elements")
	}
	w.save(w.pos, w.pos+len(cdataStart))
	w.pos, w.state = w.mark, cdata
	return again
}

// stray fails at text outside of elements. RFC 6120 §11.7 allows only white space between them, and names no condition for the rest.
func (w *parser) stray(at int, reason string) result {
	if w.place == within {
		return w.fail(at, atom.BadFormat, reason)
	}
	return w.malformed(at, reason)
}

// outside looks at the first byte after white space between elements.
func (w *parser) outside() result {
	switch c := w.src[0]; {
	case c == '<':
		return w.markup()
	case c == '&':
		if len(w.src) < 2 {
			return more
		}
		if w.src[1] == '#' {
			return w.malformed(0, "reference between elements")
		}
		return w.fail(0, atom.RestrictedXML, "reference between elements")
	case c == 0 && w.place == atStart:
		return w.fail(0, atom.UnsupportedEncoding, "looks like UTF-16")
	case c < 0x20:
		return w.badCharacter(0, noXMLChr)
	case c >= 0x80:
		if n := sequence(w.src); n < 0 {
			return w.badCharacter(0, n)
		} else if n == cutOff {
			return more
		}
	}
	return w.stray(0, "text between elements")
}
