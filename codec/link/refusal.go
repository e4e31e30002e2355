package link

import (
	"errors"
	"fmt"
)

var (
	errNotLink   = errors.New("link: the peer does not speak this protocol")
	errMalformed = errors.New("link: a malformed handshake message")
	errTooLarge  = errors.New("link: a handshake message over the limit")
	errOver      = errors.New("link: the handshake is over")
)

// Reason says why a server refuses a handshake.
type Reason uint8

// The reasons, as a refusal numbers them.
const (
	UnsupportedVersion Reason = 1 // the server speaks the version that the refusal names
	UnsupportedPattern Reason = 2
	UnknownDictionary  Reason = 3 // the server has the table of words that the refusal names
	UseXX              Reason = 4 // to an IK message: the server's key, or the client's, is not known any more, and XXfallback cannot be. Connect again with XX
	HostUnknown        Reason = 5 // no such domain here
	Malformed          Reason = 6 // what the client sent is no message of this protocol
)

// String returns the reason in words.
func (r Reason) String() string {
	names := [...]string{"", "unsupported version", "unsupported pattern", "unknown dictionary", "use XX", "host unknown", "malformed message"}
	if r > 0 && int(r) < len(names) {
		return names[r]
	}
	return fmt.Sprintf("reason %d", uint8(r))
}

// Refusal is a server's answer instead of a handshake. It comes in clear, so anybody on the path can have made it: a client may
// try XX after UseXX, and nothing else may follow from it but giving up.
type Refusal struct {
	Reason     Reason
	Version    uint8                // the highest that the server speaks
	Dictionary [DictionarySize]byte // the server's
}

// Error implements error.
func (r *Refusal) Error() string { return "link: refused: " + r.Reason.String() }

// WantsXX reports whether err is a refusal of IK after which a client should connect again with XX: the server cannot do it, or it does not know XXfallback.
func WantsXX(err error) bool {
	r, ok := errors.AsType[*Refusal](err)
	return ok && (r.Reason == UseXX || r.Reason == UnsupportedPattern)
}

// refusalSize is the bytes of a refusal: a length of zero, where a message has another, then the reason, the version and the dictionary.
const refusalSize = 2 + 1 + 1 + DictionarySize

func appendRefusal(dst []byte, r Reason, dictionary [DictionarySize]byte) []byte {
	return append(append(dst, 0, 0, byte(r), Version), dictionary[:]...)
}

// parseRefusal reads what follows the length of zero.
func parseRefusal(in []byte) *Refusal {
	return &Refusal{Reason: Reason(in[2]), Version: in[3], Dictionary: [DictionarySize]byte(in[4:])}
}
