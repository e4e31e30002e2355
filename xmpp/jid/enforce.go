package jid

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"
)

// maxRaw bounds a part before it is mapped, so that the work is bounded too. No
// mapping makes fewer than one byte of four, except by dropping characters,
// which is no reason to be that long.
const maxRaw = 4 * MaxPart

// enforceLocal returns the canonical form of a localpart (RFC 7622 §3.3).
func enforceLocal(s string) (string, error) {
	if plain(s, 0, inLocal) {
		return s, nil
	}
	s, err := enforce(s, precis.UsernameCaseMapped.String)
	// Only now: width folding turns U+FF20 into '@'.
	if err == nil && strings.ContainsFunc(s, func(r rune) bool { return r < utf8.RuneSelf && excluded(byte(r)) }) {
		return "", ErrInvalid
	}
	return s, err
}

// enforceResource returns the canonical form of a resourcepart (RFC 7622 §3.4).
func enforceResource(s string) (string, error) {
	if plain(s, 0, inResource) {
		return s, nil
	}
	return enforce(s, precis.OpaqueString.String)
}

// enforce applies profile to s until nothing changes any more: at most three
// times again after the first (RFC 8264 §7), so that what is returned is what
// profile makes of it.
func enforce(s string, profile func(string) (string, error)) (string, error) {
	if len(s) > maxRaw {
		return "", ErrTooLong
	}
	if !utf8.ValidString(s) {
		return "", ErrInvalid
	}
	for range 1 + 3 {
		mapped, err := profile(s)
		switch {
		case err != nil:
			return "", ErrInvalid
		case mapped == "":
			return "", ErrEmpty
		case mapped != s:
			s = mapped
		case len(s) > MaxPart:
			return "", ErrTooLong
		default:
			return s, nil
		}
	}
	return "", ErrInvalid
}
