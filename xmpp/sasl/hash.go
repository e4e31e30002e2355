package sasl

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
)

// scramHash is one of the hash functions that SCRAM is used with.
type scramHash struct {
	index int    // into Credentials.keys, and with 1 added its number in their binary form
	name  string // as in mechanism names
	size  int    // in bytes
	new   func() hash.Hash
}

const hashes = 3

var (
	hashSHA1   = &scramHash{0, "SHA-1", sha1.Size, sha1.New}
	hashSHA256 = &scramHash{1, "SHA-256", sha256.Size, sha256.New}
	hashSHA512 = &scramHash{2, "SHA-512", sha512.Size, sha512.New}

	byIndex = [hashes]*scramHash{hashSHA1, hashSHA256, hashSHA512}
)

// hmac returns HMAC(key, message) of RFC 5802 §2.2.
func (h *scramHash) hmac(key []byte, message string) []byte {
	m := hmac.New(h.new, key)
	m.Write([]byte(message))
	return m.Sum(nil)
}

// sum returns H(b) of RFC 5802 §2.2.
func (h *scramHash) sum(b []byte) []byte {
	d := h.new()
	d.Write(b)
	return d.Sum(nil)
}

// saltedPassword returns SaltedPassword of RFC 5802 §3 for a prepared password.
// It is slow, by intention. The error can only come from a process that runs
// in FIPS 140-only mode.
func (h *scramHash) saltedPassword(password string, salt []byte, iterations int) ([]byte, error) {
	return pbkdf2.Key(h.new, password, salt, iterations, h.size)
}

// clientKey and serverKey return ClientKey and ServerKey of RFC 5802 §3.
func (h *scramHash) clientKey(salted []byte) []byte { return h.hmac(salted, "Client Key") }
func (h *scramHash) serverKey(salted []byte) []byte { return h.hmac(salted, "Server Key") }
