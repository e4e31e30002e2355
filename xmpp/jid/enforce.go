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
	return enforce(s, mapLocal)
}

// mapLocal maps a localpart once and checks it.
func mapLocal(s string) (string, error) {
	s, err := precis.UsernameCaseMapped.String(s)
	// Only now: width folding turns U+FF20 into '@'.
	if err == nil && strings.ContainsAny(s, "\"&'/:<>@") {
		return "", ErrInvalid
	}
	return s, err
}

// enforceResource returns the canonical form of a resourcepart (RFC 7622 §3.4).
func enforceResource(s string) (string, error) {
	if plain(s, 0, inResource) {
		return s, nil
	}
	return enforce(s, mapResource)
}

// mapResource maps a resourcepart once and checks it.
func mapResource(s string) (string, error) { return precis.OpaqueString.String(s) }

// enforce applies a mapping to s until nothing changes any more: at most three
// times again after the first (RFC 8264 §7), so that mapping the result gives
// the result.
func enforce(s string, mapping func(string) (string, error)) (string, error) {
	if len(s) > maxRaw {
		return "", ErrTooLong
	}
	if !utf8.ValidString(s) {
		return "", ErrInvalid
	}
	for range 1 + 3 {
		mapped, err := mapping(s)
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
