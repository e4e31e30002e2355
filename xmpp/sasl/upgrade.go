package sasl

import (
	"bytes"
	"slices"
)

// Hashes is a set of hash functions, those that an account has keys for. The zero value has all, as for an account that nobody knows.
type Hashes uint8

// Hashes returns the hashes that c has keys for.
func (c Credentials) Hashes() (set Hashes) {
	for i, k := range c.keys {
		if k.iterations > 0 {
			set |= 1 << i
		}
	}
	return set
}

// Partial reports whether hashes are missing in the set.
func (s Hashes) Partial() bool { return s != 0 && s != 1<<hashes-1 }

func (s Hashes) has(h *scramHash) bool { return s == 0 || s>>h.index&1 != 0 }

// upgradePrefix begins the names of tasks for keys of SCRAM (XEP-0480 §2.1).
const upgradePrefix = "UPGR-SCRAM-"

// UpgradeTasks returns the names of the tasks by which a client can bring the keys that cfg.Hashes lacks (XEP-0480 §2.1), the strongest first: those
// for hashes that a mechanism which cfg allows works with. [NewUpgrade] accepts these and no others.
func UpgradeTasks(cfg ServerConfig) (names []string) {
	for _, h := range slices.Backward(byIndex[:]) {
		if !cfg.Hashes.has(h) && cfg.allowsHash(h) {
			names = append(names, upgradePrefix+h.name)
		}
	}
	return names
}

// allowsHash reports whether the host's policy has a use for keys of the hash.
func (cfg *ServerConfig) allowsHash(h *scramHash) bool {
	return cfg.Allowed == nil || slices.ContainsFunc(mechanisms, func(m mechanism) bool {
		return m.hash == h && slices.Contains(cfg.Allowed, m.name)
	})
}

// Upgrade is the server side of one task (XEP-0480 §3): keys for one more hash, from the client of an account that has logged in by its password.
//
// The server cannot see whether they are of the same password: from what it has of that nobody can compute the SaltedPassword of another hash, which is
// why it asks for it. What the client sends is as good as its login.
type Upgrade struct {
	hash *scramHash
	keys keys // without stored and server until Finish
}

// NewUpgrade begins a task. The error is an [*Error].
func NewUpgrade(task string, cfg ServerConfig) (*Upgrade, error) {
	if !slices.Contains(UpgradeTasks(cfg), task) {
		return nil, fail(InvalidMechanism, "there is no such task, or no need for it")
	}
	salt, err := randomBytes(cfg.Rand, saltSize)
	if err != nil {
		return nil, fail(TemporaryAuthFailure, "the source of salts failed")
	}
	iterations := cfg.Iterations
	if iterations == 0 {
		iterations = DefaultIterations
	}
	return &Upgrade{hash: upgradeHash(task), keys: keys{iterations: iterations, salt: salt}}, nil
}

// upgradeHash returns the hash that a task is about, nil when there is no such task.
func upgradeHash(task string) *scramHash {
	for _, h := range byIndex {
		if task == upgradePrefix+h.name {
			return h
		}
	}
	return nil
}

// Salt returns what the client has to compute the SaltedPassword with. The salt is not to be changed.
func (u *Upgrade) Salt() (salt []byte, iterations int) { return u.keys.salt, u.keys.iterations }

// Finish takes the SaltedPassword (RFC 5802 §3), which it does not keep. The error is an [*Error].
func (u *Upgrade) Finish(salted []byte) error {
	if len(salted) != u.hash.size {
		return malformed("the salted password has not the length of the hash")
	}
	u.keys.stored, u.keys.server = u.hash.sum(u.hash.clientKey(salted)), u.hash.serverKey(salted)
	return nil
}

// Upgraded returns c with the keys of upgrades that are finished. Keys that it has already stay as they are.
func (c Credentials) Upgraded(upgrades []*Upgrade) Credentials {
	for _, u := range upgrades {
		if k := &c.keys[u.hash.index]; k.iterations == 0 && u.keys.stored != nil {
			*k = u.keys
		}
	}
	return c
}

// Keeps reports whether stored credentials, in their binary form, are still those of before, or these with keys for more hashes: the password is the
// same.
func Keeps(now, before []byte) bool {
	if bytes.Equal(now, before) {
		return true
	}
	var n, b Credentials
	if n.UnmarshalBinary(now) != nil || b.UnmarshalBinary(before) != nil || b.Hashes() == 0 {
		return false
	}
	for i, k := range b.keys {
		if k.iterations > 0 && !k.equal(n.keys[i]) {
			return false
		}
	}
	return true
}

func (k keys) equal(l keys) bool {
	return k.iterations == l.iterations && bytes.Equal(k.salt, l.salt) && bytes.Equal(k.stored, l.stored) && bytes.Equal(k.server, l.server)
}

// SaltedPassword is the client side of a task (XEP-0480 §3): what it answers to the server's salt. The password is the one that it has logged in with.
// It is slow: PBKDF2. The error is an [*Error], or ErrPassword.
func SaltedPassword(task, password string, salt []byte, iterations int) ([]byte, error) {
	h := upgradeHash(task)
	switch {
	case h == nil:
		return nil, fail(InvalidMechanism, "there is no such task")
	case len(salt) == 0 || iterations < MinIterations || iterations > MaxIterations:
		return nil, aborted("there is no salt, or the iteration count is too small or too great")
	}
	password, ok := preparePassword(password)
	if !ok {
		return nil, ErrPassword
	}
	salted, err := h.saltedPassword(password, salt, iterations)
	if err != nil {
		return nil, fail(TemporaryAuthFailure, "the hash is not available")
	}
	return salted, nil
}
