package link

import "fmt"

// Version is the version of the protocol that this package speaks.
const Version = 1

// Pattern is the Noise handshake pattern of a link, as the preamble numbers it.
type Pattern uint8

// The patterns.
const (
	XX Pattern = 1 // neither side knows the other's static key
	IK Pattern = 2 // the client knows the server's
	// XXfallback is what the server makes of IK when that cannot be. In the preamble it says that the client begins with IK and takes either for an answer.
	XXfallback Pattern = 3
)

// String returns the pattern's name in Noise.
func (p Pattern) String() string {
	switch p {
	case XX:
		return "XX"
	case IK:
		return "IK"
	case XXfallback:
		return "XXfallback"
	}
	return fmt.Sprintf("Pattern(%d)", uint8(p))
}

// PreambleSize is the bytes that a client sends before its first message.
const PreambleSize = len(magic) + 1 + 1 + DictionarySize

// DictionarySize is the bytes of the hash that names the words and models that both ends have.
const DictionarySize = 4

// magic begins with a byte that begins no TLS record, no HTTP request and no XML.
const magic = "\xF7GWL"

func appendPreamble(dst []byte, p Pattern, dictionary [DictionarySize]byte) []byte {
	dst = append(dst, magic...)
	dst = append(dst, Version, byte(p))
	return append(dst, dictionary[:]...)
}

// checkPreamble judges the first bytes of a connection. It says what is wrong as soon as that is certain, and whole once a good
// preamble is there.
func checkPreamble(in []byte, dictionary [DictionarySize]byte) (p Pattern, whole bool, err error) {
	if n := min(len(in), len(magic)); string(in[:n]) != magic[:n] {
		return 0, false, errNotLink
	}
	if len(in) > len(magic) && in[len(magic)] != Version {
		return 0, false, &Refusal{Reason: UnsupportedVersion}
	}
	if len(in) < PreambleSize {
		return 0, false, nil
	}
	p = Pattern(in[len(magic)+1])
	switch {
	case p < XX || p > XXfallback:
		return 0, false, &Refusal{Reason: UnsupportedPattern}
	case [DictionarySize]byte(in[len(magic)+2:]) != dictionary:
		return 0, false, &Refusal{Reason: UnknownDictionary}
	}
	return p, true, nil
}
