package sasl

import (
	"bytes"
	"crypto/subtle"
	"sync"
)

// ClientKeys remembers, from one login to the next, what PBKDF2 has made of a
// password (RFC 5802 §5.1): a client that comes back with it computes nothing
// slow, as long as mechanism, salt, iteration count and password stay the same.
// It has room for one account's keys, those of the last login in which the server
// proved to know them too.
//
// The keys are as good as the password to who wants to log in to that account.
// They are in memory only, and are not printed. The zero value remembers nothing
// yet. Any goroutine may use it.
type ClientKeys struct {
	mu   sync.Mutex
	keys scramKeys
}

// scramKeys are ClientKey and ServerKey of RFC 5802 §3, with what they were made
// of. They are not changed.
type scramKeys struct {
	hash           *scramHash // nil: there are none
	password       string     // prepared
	salt           []byte
	iterations     int
	client, server []byte
}

// deriveScramKeys is slow: PBKDF2.
func deriveScramKeys(h *scramHash, password string, salt []byte, iterations int) (scramKeys, error) {
	salted, err := h.saltedPassword(password, salt, iterations)
	if err != nil {
		return scramKeys{}, err
	}
	return scramKeys{h, password, salt, iterations, h.clientKey(salted), h.serverKey(salted)}, nil
}

// proof returns ClientProof for the AuthMessage auth (RFC 5802 §3).
func (k *scramKeys) proof(auth string) []byte {
	proof := k.hash.hmac(k.hash.sum(k.client), auth)
	subtle.XORBytes(proof, proof, k.client)
	return proof
}

// recall returns the keys for that, if they are remembered; c may be nil.
func (c *ClientKeys) recall(h *scramHash, password string, salt []byte, iterations int) (k scramKeys, ok bool) {
	if c == nil {
		return k, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	k = c.keys
	return k, k.hash == h && k.password == password && k.iterations == iterations && bytes.Equal(k.salt, salt)
}

// remember keeps k, in the place of what there was; c may be nil.
func (c *ClientKeys) remember(k scramKeys) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keys = k
}

// String keeps the keys out of logs.
func (c *ClientKeys) String() string { return "sasl.ClientKeys" }

// GoString keeps the keys out of logs.
func (c *ClientKeys) GoString() string { return "sasl.ClientKeys" }
