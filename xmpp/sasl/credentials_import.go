package sasl

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
)

// maxSalt is what the binary form has room for.
const maxSalt = 255

// ParseKeys reads credentials as other servers give them away (RFC 5803): for each hash that they have, a text like
//
//	SCRAM-SHA-1$4096:salt$StoredKey:ServerKey
//
// with salt and keys in base64. The error says which of them is wrong, and holds nothing that is secret.
func ParseKeys(texts ...string) (c Credentials, err error) {
	for n, text := range texts {
		h, k, ok := parseKeys(text)
		switch {
		case !ok:
			return Credentials{}, fmt.Errorf("sasl: the keys of number %d are not in the form SCRAM-SHA-1$ITERATIONS:SALT$STORED-KEY:SERVER-KEY, with SHA-1, SHA-256 or SHA-512", n+1)
		case k.iterations < MinIterations || k.iterations > MaxIterations:
			return Credentials{}, fmt.Errorf("sasl: the keys of number %d have %d iterations, must be %d to %d", n+1, k.iterations, MinIterations, MaxIterations)
		case c.keys[h.index].iterations != 0:
			return Credentials{}, fmt.Errorf("sasl: the keys of number %d are for %s once more", n+1, h.name)
		}
		c.keys[h.index] = k
	}
	return c, nil
}

// keysForm is SCHEME $ ITERATIONS : SALT $ STORED-KEY : SERVER-KEY.
var keysForm = regexp.MustCompile(`^SCRAM-([A-Z0-9-]+)\$([0-9]{1,9}):([^$:]+)\$([^$:]+):([^$:]+)$`)

// parseKeys reads the keys for one hash. The iteration count may be any.
func parseKeys(text string) (h *scramHash, k keys, ok bool) {
	part := keysForm.FindStringSubmatch(text)
	if part == nil {
		return nil, k, false
	}
	i := slices.IndexFunc(byIndex[:], func(h *scramHash) bool { return h.name == part[1] })
	salt, ok1 := decode64(part[3])
	stored, ok2 := decode64(part[4])
	server, ok3 := decode64(part[5])
	if i < 0 || !ok1 || !ok2 || !ok3 {
		return nil, k, false
	}
	h = byIndex[i]
	k = keys{salt: salt, stored: stored, server: server}
	k.iterations, _ = strconv.Atoi(part[2]) // nine digits
	return h, k, len(salt) <= maxSalt && len(stored) == h.size && len(server) == h.size
}
