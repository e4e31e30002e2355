package sasl

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
)

const (
	// MinIterations is the least iteration count of credentials, and the least
	// that a client goes along with (RFC 5802 §5.1, RFC 7677 §4).
	MinIterations = 4096
	// DefaultIterations is the count for new credentials: the minimum that
	// XEP-0438 §7 recommends. A phone pays it at each login too.
	DefaultIterations = 10_000
	// MaxIterations bounds what a server can make a client compute, and what
	// can be stored.
	MaxIterations = 5_000_000

	saltSize = 16 // XEP-0438 §6.2
)

// ErrPassword says that a password is empty or has characters that no password
// may have (RFC 8265 §4.2).
var ErrPassword = errors.New("sasl: the password is empty or has characters that are not allowed")

// Credentials are what is stored of an account's password: for each hash a salt
// of its own, an iteration count, StoredKey and ServerKey (RFC 5802 §3). The
// password cannot be had from them but by guessing; StoredKey does not let its
// holder log in. They are secret nevertheless, and are not printed.
//
// The zero value are credentials that nothing matches. Credentials are not
// changed after they are made and may be shared between goroutines.
type Credentials struct {
	keys [hashes]keys
}

// keys are the credentials for one hash; there are none if iterations is 0.
type keys struct {
	iterations           int
	salt, stored, server []byte
}

// NewCredentials makes credentials for password, for every hash. Iterations is
// between MinIterations and MaxIterations, or 0 for DefaultIterations. The salts
// are read from rnd; nil is crypto/rand. It is slow: three times PBKDF2.
//
// The error is ErrPassword, or about the arguments or rnd.
func NewCredentials(password string, iterations int, rnd io.Reader) (Credentials, error) {
	if iterations == 0 {
		iterations = DefaultIterations
	}
	if iterations < MinIterations || iterations > MaxIterations {
		return Credentials{}, fmt.Errorf("sasl: %d iterations, must be %d to %d", iterations, MinIterations, MaxIterations)
	}
	return newCredentials(password, iterations, rnd)
}

func newCredentials(password string, iterations int, rnd io.Reader) (c Credentials, err error) {
	password, ok := preparePassword(password)
	if !ok {
		return Credentials{}, ErrPassword
	}
	for i, h := range byIndex {
		salt, err := randomBytes(rnd, saltSize)
		if err != nil {
			return Credentials{}, fmt.Errorf("sasl: making a salt: %w", err)
		}
		if c.keys[i], err = deriveKeys(h, password, salt, iterations); err != nil {
			return Credentials{}, fmt.Errorf("sasl: deriving keys: %w", err)
		}
	}
	return c, nil
}

// randomBytes reads n bytes from rnd, or crypto/rand if it is nil.
func randomBytes(rnd io.Reader, n int) ([]byte, error) {
	if rnd == nil {
		rnd = rand.Reader
	}
	b := make([]byte, n)
	_, err := io.ReadFull(rnd, b)
	return b, err
}

// deriveKeys does the arithmetic of RFC 5802 §3 for a prepared password.
func deriveKeys(h *scramHash, password string, salt []byte, iterations int) (keys, error) {
	salted, err := h.saltedPassword(password, salt, iterations)
	if err != nil {
		return keys{}, err
	}
	return keys{iterations, salt, h.sum(h.clientKey(salted)), h.serverKey(salted)}, nil
}

// Verify reports whether password is the one the credentials were made for. It
// is slow: PBKDF2, but for passwords that cannot be one. The comparison takes
// constant time.
func (c Credentials) Verify(password string) bool {
	h := c.verifier()
	return verify(h, c.keys[h.index], password)
}

// verifier returns the hash to verify passwords with: SHA-256 if it is there,
// as XEP-0438 §7 recommends.
func (c Credentials) verifier() *scramHash {
	for _, h := range []*scramHash{hashSHA256, hashSHA512, hashSHA1} {
		if c.keys[h.index].iterations > 0 {
			return h
		}
	}
	return hashSHA256
}

// verify reports whether k was derived from password.
func verify(h *scramHash, k keys, password string) bool {
	password, ok := preparePassword(password)
	if !ok || k.iterations == 0 {
		return false
	}
	got, err := deriveKeys(h, password, k.salt, k.iterations)
	return err == nil && subtle.ConstantTimeCompare(got.stored, k.stored) == 1
}

// String keeps the keys out of logs.
func (c Credentials) String() string { return "sasl.Credentials" }

// GoString keeps the keys out of logs.
func (c Credentials) GoString() string { return "sasl.Credentials" }
