package server

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/godwit-im/godwit/cmd/godwit/config"
	"github.com/godwit-im/godwit/codec/archiveid"
	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/codec/pack"
	"github.com/godwit-im/godwit/edge"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
)

const (
	// statementValidity is how long clients may believe a statement: they keep the key for that long.
	statementValidity = 30 * 24 * time.Hour
	// statementAge is when a statement is made anew.
	statementAge = 24 * time.Hour
	// clockSkew is how far a client's clock may be behind.
	clockSkew = time.Hour
)

// linkProof is the server's key for the link and the statements that prove it.
type linkProof struct {
	static link.Key
	store  *store.Store
	log    *slog.Logger
	hosts  host.Hosts
	certs  *edge.CertSource

	mu         sync.Mutex
	statements map[*host.Host]statement
}

// statement is what was made for a host, or why none could be.
type statement struct {
	bytes []byte
	err   error
	made  time.Time
}

// makeLink loads the server's key.
func (s *Server) makeLink() error {
	secret, err := s.store.Secret("link-static-key")
	if err != nil {
		return fmt.Errorf("the key of the link: %w", err)
	}
	static, err := link.LoadKey(secret)
	s.link = &linkProof{static: static, store: s.store, log: s.log, hosts: s.hosts, certs: s.certs, statements: make(map[*host.Host]statement)}
	return err
}

// config is what a listener needs to take links. The models are loaded here: an event loop should not wait for that, with all who are on it.
func (p *linkProof) config(c config.LinkConfig) *link.ServerConfig {
	pack.Load()
	return &link.ServerConfig{
		Static: p.static, Dictionary: pack.Dictionary(), Statement: p.statement, Home: p.home, Fresh: p.fresh,
		Route: []byte(c.Route), Padding: c.Profile(),
	}
}

// home returns the domain of the account whose device has this key. Any goroutine.
func (p *linkProof) home(key []byte) (domain string, ok bool) {
	d, ok, err := p.store.DeviceByKey([32]byte(key))
	if err != nil {
		p.log.Error("looking up a device failed", "err", err)
		return "", false
	}
	return d.Account.Domain(), ok
}

// fresh decides whether what a client says with its first message is taken. Any goroutine.
func (p *linkProof) fresh(key []byte, domain string, counter uint64) (ids archiveid.Key, ok bool) {
	h := p.hosts.Find([]byte(domain))
	if h == nil {
		return ids, false
	}
	account, ok, err := h.FreshAttempt(key, counter)
	if err != nil {
		h.Log.Error("the counter of a link was not kept", "err", err)
	}
	if !ok {
		return ids, false
	}
	return h.ArchiveKey(account), true
}

// statement returns the proof for a domain, however it is spelled, and that for the only one when it is empty. Any goroutine.
func (p *linkProof) statement(domain string) ([]byte, error) {
	if domain == "" && len(p.hosts) == 1 {
		for _, h := range p.hosts {
			domain = h.Domain.Domain()
		}
	}
	h := p.hosts.Find([]byte(domain))
	if h == nil {
		return nil, fmt.Errorf("%q is not served here", domain)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	s, known := p.statements[h]
	if !known || now.Sub(s.made) >= statementAge {
		s = p.sign(h, now)
		p.statements[h] = s
	}
	return s.bytes, s.err
}

// sign makes the statement for a host. One that cannot be made is tried again when there are other certificates, or a day later.
func (p *linkProof) sign(h *host.Host, now time.Time) (s statement) {
	s.made = now
	s.bytes, s.err = link.SignStatement(p.certs.Certificate(h.Domain.Domain()), p.static.Public[:], now.Add(-clockSkew), now.Add(statementValidity), nil)
	if s.err != nil {
		h.Log.Error("clients cannot use the link: its key cannot be proved by the certificate", "err", s.err)
	}
	return s
}

// forget makes new statements after the certificates have changed.
func (p *linkProof) forget() {
	p.mu.Lock()
	clear(p.statements)
	p.mu.Unlock()
}
