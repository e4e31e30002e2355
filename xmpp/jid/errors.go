package jid

import "errors"

// The reasons a string is not a JID. Each is wrapped in an [Error] that says
// which part. They all become <jid-malformed/> in a stanza error
// (RFC 6120 §8.3.3.8).
var (
	// ErrEmpty says that a part is there but has no characters, or that the
	// domainpart is missing.
	ErrEmpty = errors.New("is empty")
	// ErrTooLong says that a part has more than MaxPart bytes in its canonical
	// form, or that its raw form is so long that it was not looked at.
	ErrTooLong = errors.New("is too long")
	// ErrInvalid says that a part has characters, or an order of characters,
	// that its rules do not allow; this includes bytes that are not UTF-8.
	ErrInvalid = errors.New("has characters that are not allowed")
)

// Error is the error of every function in this package. It does not carry the
// input, which may be hostile and long.
type Error struct {
	// Part is "localpart", "domainpart" or "resourcepart".
	Part string
	// Err is ErrEmpty, ErrTooLong or ErrInvalid.
	Err error
}

func (e *Error) Error() string { return "jid: " + e.Part + " " + e.Err.Error() }

// Unwrap returns e.Err.
func (e *Error) Unwrap() error { return e.Err }

const (
	localpart    = "localpart"
	domainpart   = "domainpart"
	resourcepart = "resourcepart"
)
