package sasl

import (
	"crypto/hmac"
	"crypto/sha512"
)

// keysFor returns the keys to work with for a hash, and whether they are the
// account's. If they are not, they are a decoy: a salt that depends on the name
// and the host's secret only, with the usual iteration count, and keys that
// nobody knows. The decoy is made in either case, so that both take as long.
func (s *Server) keysFor(h *scramHash) (k keys, genuine bool) {
	decoy := keys{
		iterations: s.cfg.Iterations,
		salt:       s.secretFor("salt", h)[:saltSize],
		stored:     s.secretFor("StoredKey", h)[:h.size],
		server:     s.secretFor("ServerKey", h)[:h.size],
	}
	if k = s.credentials.keys[h.index]; k.iterations == 0 {
		return decoy, false
	}
	return k, true
}

// secretFor returns 64 bytes that depend on the host's secret, the account and
// what they are for. No part contains NUL.
func (s *Server) secretFor(what string, h *scramHash) []byte {
	m := hmac.New(sha512.New, s.cfg.Secret)
	m.Write([]byte("sasl decoy\x00" + what + "\x00" + h.name + "\x00" + s.account.String()))
	return m.Sum(nil)
}
