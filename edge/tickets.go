package edge

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"strings"
	"sync"
	"time"
)

// ticketDays is for how many days a session ticket is good (RFC 8446 lets it be seven at most).
const ticketDays = 7

// KeepTickets makes the keys of session tickets from a secret: with the same secret and certificates, a TLS session that began before a restart or a
// Reload can be resumed after it. Each day has a key of its own. Without KeepTickets the keys are random and gone with the certificates.
//
// Who comes to know the secret can read what was sent in resumed sessions of TLS 1.2; those of TLS 1.3 have a key exchange of their own. Call it before the
// source is used; secret is not changed afterwards.
func (s *CertSource) KeepTickets(secret []byte) error {
	s.secret = secret
	return s.use(s.now.Load().all)
}

// ticketKeys are the keys of one tls.Config, as of a day.
type ticketKeys struct {
	secret []byte
	use    string // tells the certificates and the protocols, so that a session of others is not resumed: see certs

	mu  sync.Mutex
	day int64 // since 1970; -1 before the first
}

// newTicketKeys returns the keys for sessions with these certificates.
func newTicketKeys(secret []byte, all []*cert, protocols []string) *ticketKeys {
	h := sha256.New()
	for _, c := range all {
		leaf := sha256.Sum256(c.tls.Leaf.Raw)
		h.Write(leaf[:])
	}
	h.Write([]byte(strings.Join(protocols, ",")))
	return &ticketKeys{secret: secret, use: string(h.Sum(nil)), day: -1}
}

// rotate gives c the keys of the day: tickets are made with the first, and the others open those of the days before.
func (k *ticketKeys) rotate(c *tls.Config, now time.Time) {
	day := now.Unix() / (24 * 60 * 60)
	k.mu.Lock()
	defer k.mu.Unlock()
	if day == k.day {
		return
	}
	k.day = day
	var keys [ticketDays][32]byte
	for i := range keys {
		keys[i] = k.key(day - int64(i))
	}
	c.SetSessionTicketKeys(keys[:])
}

func (k *ticketKeys) key(day int64) (key [32]byte) {
	m := hmac.New(sha256.New, k.secret)
	m.Write(binary.BigEndian.AppendUint64([]byte("tls tickets\x00"+k.use), uint64(day)))
	m.Sum(key[:0])
	return key
}
