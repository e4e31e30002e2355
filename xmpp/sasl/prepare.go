package sasl

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"
)

// preparePassword returns password as it goes into PBKDF2: the OpaqueString
// profile of RFC 8265 §4.2, which refuses empty passwords and controls.
func preparePassword(password string) (string, bool) {
	if !utf8.ValidString(password) {
		return "", false
	}
	prepared, err := precis.OpaqueString.String(password)
	return prepared, err == nil
}

// isText reports whether s is what a message or a part of one may be at all:
// UTF-8 without NUL (RFC 4616 §2, RFC 5802 §7).
func isText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }
