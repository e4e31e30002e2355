package host

import (
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/archiveid"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
)

// Host is one served domain. Its exported fields and its registrations are fixed before the first session.
type Host struct {
	Domain jid.JID // the domain alone
	Router *router.Router
	Store  *store.Store
	IM     IM
	Log    *slog.Logger
	// Hosts are all the domains of this server, this one included; nil: it is the only one. What is addressed to any of them stays here
	// (RFC 6120 §10.5).
	Hosts   Hosts
	Started time.Time
	// MaxAuthFailures is how many failed logins a stream may have before it is closed (RFC 6120 §6.4.5), 3 when 0.
	MaxAuthFailures int
	// Mechanisms are the SASL mechanisms that clients may use, nil: all (sasl.Mechanisms and
	// sasl.TokenMechanisms).
	Mechanisms []string
	// MaxAgents is how many client installations an account remembers (XEP-0388 §2.3), those that came last; DefaultMaxAgents when 0.
	MaxAgents int
	// MaxDevices is how many devices of the link an account remembers; DefaultMaxDevices when 0.
	MaxDevices int
	// TokenLifetime is how long a token logs its client in (XEP-0484 §4.2); DefaultTokenLifetime when 0.
	TokenLifetime time.Duration
	// TokenRotation is the age from which on a login by a token brings a new one (XEP-0484 §3.5); DefaultTokenRotation when 0.
	TokenRotation time.Duration
	// Limits bound the stanzas of sessions that have logged in; nil: codec.DefaultLimits.
	Limits *codec.Limits
	// Push brings pushes to services; nil: the host has no pushes.
	Push PushService

	// Parse reads a stanza in the archive's coding into t, which may refer to stored afterwards. It is set with IM.
	Parse func(stored []byte, t *codec.Tree) error

	secret   []byte // makes the credentials of accounts that do not exist, see Credentials
	archives archiveid.Secret
	handlers map[request]Handler
	features []Feature
	identity []Identity

	questions questions // of the server itself, see Ask
}

// New returns the host of a domain; IM has to be set before the first session.
func New(domain string, r *router.Router, s *store.Store, log *slog.Logger, now time.Time) (*Host, error) {
	j, err := jid.New("", domain, "")
	if err != nil {
		return nil, err
	}
	secret, err := s.Secret("unknown-accounts")
	if err != nil {
		return nil, err
	}
	archives, err := ArchiveSecret(s)
	if err != nil {
		return nil, err
	}
	h := &Host{Domain: j, Router: r, Store: s, Log: log, Started: now, secret: secret, archives: archives, handlers: make(map[request]Handler)}
	h.HandleIQ(atom.Set, atom.NSSession, atom.Session, establish)
	return h, nil
}

// ArchiveSecret returns what the ids of the store's archives are made with. It blocks: an older store has none, and gets one.
func ArchiveSecret(s *store.Store) (archiveid.Secret, error) {
	secret, err := s.Secret("archive-ids")
	if err != nil {
		return archiveid.Secret{}, err
	}
	return archiveid.Secret(secret), nil
}

// ArchiveKey returns what makes and reads the ids of the archive of j's account, whichever domain of this server it is of. Any goroutine may call it.
func (h *Host) ArchiveKey(j jid.JID) archiveid.Key {
	var room [128]byte
	return h.archives.Key(j.Bare().AppendTo(room[:0]))
}

// Hosts are the served domains, by name.
type Hosts map[string]*Host

// Find returns the host that a stream header asks for, nil when the domain is not served.
func (h Hosts) Find(domain []byte) *Host {
	if found := h[string(domain)]; found != nil {
		return found
	}
	j, err := jid.ParseBytes(domain)
	if err != nil || !j.IsDomain() {
		return nil
	}
	return h[j.Domain()]
}

// Serves reports whether the address is of a domain of this server.
func (h *Host) Serves(j jid.JID) bool { return h.of(j) != nil }

// of returns the host of the address, nil when it is of another server.
func (h *Host) of(j jid.JID) *Host {
	if j.Domain() == h.Domain.Domain() {
		return h
	}
	return h.Hosts[j.Domain()]
}

// NewID returns an id for a stream, stanza or resource that cannot be guessed: 130 random bits.
func NewID() string { return rand.Text() }

// Scope says for whom a request is answered, or where a feature is shown.
type Scope uint8

// The scopes.
const (
	Server  Scope = 1 << iota // the domain itself
	Account                   // an account of it, by its bare JID
	Both    = Server | Account
)

// Feature is a line of service discovery (XEP-0030 §3).
type Feature struct {
	Scope Scope
	Name  string
}

// Identity is what an entity says it is (XEP-0030 §3.1).
type Identity struct {
	Scope                Scope
	Category, Type, Name string
}

// Feature adds features that service discovery shows.
func (h *Host) Feature(scope Scope, names ...string) {
	for _, n := range names {
		h.features = append(h.features, Feature{scope, n})
	}
}

// Identity adds an identity that service discovery shows.
func (h *Host) Identity(i Identity) { h.identity = append(h.identity, i) }

// Features calls f for each feature of the scope in the order of registration.
func (h *Host) Features(scope Scope, f func(name string)) {
	for _, x := range h.features {
		if x.Scope&scope != 0 {
			f(x.Name)
		}
	}
}

// Identities calls f for each identity of the scope.
func (h *Host) Identities(scope Scope, f func(Identity)) {
	for _, x := range h.identity {
		if x.Scope&scope != 0 {
			f(x)
		}
	}
}

// request is what a handler is found by.
type request struct {
	ns, name atom.Atom
	kind     atom.Atom // atom.Get or atom.Set
}
