package xmltext

import (
	"bytes"
	"strings"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// maxDeclaration is how long an XML declaration may be, in bytes; the usual ones have 21 and 38. Being short it
// may be read anew whenever more of it has come.
const maxDeclaration = 256

// instruction looks at what <? begins. Only an XML declaration is allowed, and only at the start (RFC 6120 §11.1; XML 1.0 §2.6, §2.8).
func (w *parser) instruction() result {
	target := w.src[w.pos+len("<?"):]
	for i := range len("xml") {
		switch {
		case i >= len(target):
			return more
		case target[i]|0x20 == "xml"[i]:
		case i == 0 && target[0] < 0x80 && class[target[0]]&nameStart == 0 && target[0] != ':':
			return w.malformed(w.pos+2, "<? that begins nothing")
		default:
			return w.restricted()
		}
	}
	if len(target) == len("xml") {
		return more
	}
	c := target[len("xml")]
	switch {
	case class[c]&nameByte != 0 || c == ':' || c >= 0x80:
		return w.restricted()
	case w.place == atStart && string(target[:3]) == "xml" && class[c]&space != 0:
		w.state = declaration
		return again
	}
	return w.malformed(w.pos, "XML declaration not at the start")
}

func (w *parser) restricted() result {
	return w.fail(w.pos, atom.RestrictedXML, "processing instruction")
}

// declaration reads the XML declaration (XML 1.0 §2.8).
func (w *parser) declaration() result {
	c := declCursor{src: w.src[:min(len(w.src), maxDeclaration)], at: len("<?xml")}
	condition, reason := c.read()
	switch {
	case c.short && len(w.src) > maxDeclaration:
		return w.excess(maxDeclaration, "XML declaration too long")
	case c.short:
		return more
	case reason != "":
		return w.fail(c.at, condition, reason)
	}
	w.pos, w.event = c.at, codec.EventNone
	return done
}

// declCursor reads an XML declaration from its start.
type declCursor struct {
	src   []byte
	at    int  // the next byte, or the place of the fault
	short bool // src ended too early
}

// read reads all that follows <?xml. Meant are at most three attributes, in this order: version, encoding, standalone.
func (c *declCursor) read() (condition atom.Atom, reason string) {
	names := []string{"version", "encoding", "standalone"}
	first := true
	for {
		spaced := c.skipSpace()
		if c.short {
			return 0, ""
		}
		if !first && c.src[c.at] == '?' {
			return c.end()
		}
		start := c.at
		name, value := c.attribute()
		if c.short {
			return 0, ""
		}
		for !first && len(names) > 0 && names[0] != name {
			names = names[1:]
		}
		if !spaced || len(names) == 0 || names[0] != name {
			c.at = start
			return atom.NotWellFormed, "faulty XML declaration"
		}
		if condition, reason = judge(name, value); reason != "" {
			return condition, reason
		}
		names, first = names[1:], false
	}
}

// attribute reads a name, an equals sign and a quoted value. A faulty one gets the name "".
func (c *declCursor) attribute() (name string, value []byte) {
	start := c.at
	c.at = nameRun(c.src, c.at)
	name = string(c.src[start:c.at])
	c.skipSpace()
	if !c.byte('=') {
		return "", nil
	}
	c.skipSpace()
	if c.short = c.at >= len(c.src); c.short {
		return "", nil
	}
	quote := c.src[c.at]
	if quote != '"' && quote != '\'' {
		return "", nil
	}
	c.at++
	start = c.at
	c.at = nameRun(c.src, c.at) // all that the values may have
	value = c.src[start:c.at]
	if !c.byte(quote) {
		return "", nil
	}
	return name, value
}

func (c *declCursor) end() (atom.Atom, string) {
	c.at++
	if !c.byte('>') && !c.short {
		return atom.NotWellFormed, "faulty XML declaration"
	}
	return 0, ""
}

// byte skips b and reports whether it was there.
func (c *declCursor) byte(b byte) bool {
	if c.short = c.at >= len(c.src); c.short || c.src[c.at] != b {
		return false
	}
	c.at++
	return true
}

// skipSpace skips white space and reports whether there was any.
func (c *declCursor) skipSpace() bool {
	start := c.at
	for c.at < len(c.src) && class[c.src[c.at]]&space != 0 {
		c.at++
	}
	c.short = c.at >= len(c.src)
	return c.at > start
}

// judge says what is wrong with a value.
func judge(name string, value []byte) (condition atom.Atom, reason string) {
	switch name {
	case "version":
		if n := bytes.TrimLeft(bytes.TrimPrefix(value, []byte("1.")), "0123456789"); len(value) < 3 || len(n) > 0 || string(value[:2]) != "1." {
			return atom.NotWellFormed, "XML version is not 1.0" // RFC 6120 §11.8
		}
	case "encoding":
		if len(value) == 0 || class[value[0]]&nameStart == 0 || value[0] == '_' || nameRun(value, 0) != len(value) {
			return atom.NotWellFormed, "faulty XML declaration"
		}
		if !strings.EqualFold(string(value), "UTF-8") {
			return atom.UnsupportedEncoding, "declared encoding is not UTF-8" // RFC 6120 §11.6
		}
	case "standalone": // RFC 6120 §11.5 lets us ignore it
		if v := string(value); v != "yes" && v != "no" {
			return atom.NotWellFormed, "faulty XML declaration"
		}
	}
	return 0, ""
}
