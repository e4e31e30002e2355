package jid

import "strings"

// Escape returns s with the characters that a localpart cannot have written as
// XEP-0106 does: "d'artagnan" becomes `d\27artagnan`. A backslash is escaped
// only where it would otherwise read as the start of an escape (§4.2).
//
// A space at either end stays as it is, because \20 must not stand there
// (§3.2): such a name has no escaped form, and [New] refuses it. The result is
// not yet a localpart; [New] maps and checks it.
func Escape(s string) string {
	if !strings.ContainsAny(s, "\\ \"&'/:<>@") {
		return s
	}
	const hex = "0123456789abcdef"
	b := make([]byte, 0, len(s)+16)
	for i := range len(s) {
		if c := s[i]; mustEscape(s, i) {
			b = append(b, '\\', hex[c>>4], hex[c&15])
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}

// mustEscape reports whether Escape writes s[i] as an escape.
func mustEscape(s string, i int) bool {
	switch c := s[i]; c {
	case ' ':
		return 0 < i && i < len(s)-1
	case '\\':
		_, ok := escaped(s[i:])
		return ok
	default:
		return excluded(c)
	}
}

// Unescape returns s, a localpart, with the escapes of XEP-0106 replaced by the
// characters they stand for. Anything else, \20 at either end too, stays.
//
// The result is for people and for other systems. It is not a localpart and
// must not be compared with one (§4.1).
func Unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c, ok := escaped(s[i:])
		if !ok || c == ' ' && (i == 0 || i+3 == len(s)) {
			b = append(b, s[i])
			continue
		}
		b = append(b, c)
		i += 2
	}
	return string(b)
}

// escaped returns the character whose escape s begins with, if it begins with
// one of the ten. Case matters (XEP-0106 §3.1).
func escaped(s string) (c byte, ok bool) {
	if len(s) < 3 || s[0] != '\\' {
		return 0, false
	}
	switch s[1:3] {
	case "20":
		return ' ', true
	case "22":
		return '"', true
	case "26":
		return '&', true
	case "27":
		return '\'', true
	case "2f":
		return '/', true
	case "3a":
		return ':', true
	case "3c":
		return '<', true
	case "3e":
		return '>', true
	case "40":
		return '@', true
	case "5c":
		return '\\', true
	}
	return 0, false
}
