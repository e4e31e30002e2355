package config

import (
	"log/slog"
	"path/filepath"
	"time"

	"github.com/godwit-im/godwit/edge"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/im"
	"github.com/godwit-im/godwit/xmpp/xep"
)

// Config is a configuration file.
type Config struct {
	// The folder of everything that Godwit keeps. It is made when it is missing. Relative paths begin at the folder of this file.
	Data string
	// The domains that are served, each a section [[host]].
	Host []HostConfig
	// The ports that are listened on, each a section [[listen]].
	Listen []ListenConfig
	// What sessions may do.
	Sessions SessionsConfig
	// The link.
	Link LinkConfig
	// What connections may take.
	Limits edge.Config
	// Messages, presence and rosters.
	IM im.Options
	// Queries of archives.
	Archive xep.ArchiveLimits
	// The database.
	Store store.Options
	// What is written to standard error.
	Log LogConfig
	// Figures for monitoring.
	Metrics MetricsConfig

	file  string         // where it came from, for errors
	lines map[string]int // of keys
}

// HostConfig is a served domain.
type HostConfig struct {
	// The domain: the part of addresses after the @.
	Domain string
	// The file with the certificate chain, PEM, the domain's own certificate first. Without one a self-signed certificate is made and kept in data; that
	// is allowed for localhost only. It is read again on SIGHUP.
	Certificate string
	// The file with the certificate's private key, PEM.
	Key string
	// The SASL mechanisms that clients may use, for instance without those that end in -PLUS for clients that bind to the channel in ways that TLS 1.3 does
	// not know. Those that begin with HT- are for the tokens that clients get in place of their password. Default: all.
	Mechanisms []string
}

// ListenConfig is a port.
type ListenConfig struct {
	// What is spoken: "c2s" (XMPP over TCP with STARTTLS, the port 5222), "c2s-tls" (XMPP over TLS, the port 5223), "link" (compact stanzas over
	// Noise, the port 5299). The link comes to "link" and to "c2s-tls" as it is, inside TLS (ALPN "godwit-link/1"), and inside a WebSocket at /link, with TLS or
	// behind a proxy that ends TLS. Where networks let nothing else through, one port 443 of kind c2s-tls is for everybody.
	Kind string
	// The address and port, as "127.0.0.1:5222"; "[::]:5222" is every address of the machine.
	Address string
	// Lets clients of kind c2s log in without TLS. It is refused unless the address is one of loopback.
	Plaintext bool
	// The methods that clients of kinds c2s and c2s-tls may compress their streams with once they have logged in (XEP-0138), the best first: "zlib" for
	// clients of old, "godwit-deflate-1" for those that know Godwit's. Default: none. Each stanza is compressed for itself, so that its length tells nothing
	// of others; what is saved is a third with zlib and half with the other.
	Compression []string
	// The web pages that may open the link in a WebSocket, by their origins; "*" is every page. Apps are not asked. Default: none.
	Origins []string
	// Expects a PROXY header (version 1 or 2) before everything else, and believes it: only for ports that nobody but the proxy can reach.
	ProxyProtocol bool
}

// SessionsConfig bounds sessions.
type SessionsConfig struct {
	// How many sessions an account may have at once. Default: 20.
	MaxPerAccount int
	// How many failed logins close a connection. Default: 3.
	MaxAuthFailures int
	// How many client installations an account remembers, with their places in its archive and their tokens: those that logged in last (XEP-0388). Default: 50.
	MaxAgents int
	// How many devices of the link an account remembers, with their keys and their places in its archive. A further one takes the place of one without a session: of one that has
	// never come back, or else of the one that has not come for the longest time. Default: 50.
	MaxDevices int
	// How long a token logs its client in, in place of the password (XEP-0484). Default: "504h".
	TokenLifetime time.Duration
	// The age from which on a login by a token brings a new one. Default: "24h".
	TokenRotation time.Duration
	// The bytes of a stanza, at least 10,000 (RFC 6120 §13.12). Default: 262,144.
	MaxStanzaBytes int
	// How many stanzas a client with acks on (XEP-0198) may leave unacked before it is sent no more. Default: 500.
	MaxUnacked int
	// How many presences and chat states are held back from a client that says that nobody is looking (XEP-0352). One more, and it is sent them all.
	// Default: 100.
	MaxHeld int
	// How many bytes of them are held back. Default: 65,536.
	MaxHeldBytes int
	// How long a client may be without a connection and still resume its stream (XEP-0198 §5), over restarts of the server too; a client may ask for less. It costs a
	// record on disk. What a client sends again after longer than store.dedupe_days is known by the count alone. Default: "24h".
	ResumeMax time.Duration
	// How long a session that has lost its connection is available to its contacts, and in memory; after that it is unavailable and only on disk. Default: "5m".
	ResumeGrace time.Duration
	// How many sessions without a connection are in memory at most; with one more, the one that has been so the longest is only on disk. Default: 10,000.
	MaxParked int
	// How long a client that can resume may take to say what it has got, when it is asked, before its connection counts as dead. Default: "30s".
	AckTimeout time.Duration
	// Where clients should connect to resume, as "host:port". Default: where they were.
	ResumeLocation string
}

// LinkConfig is about the link, at all ports.
type LinkConfig struct {
	// What clients send in front of all when they come back, so that a balancer can bring them to this node: its name or address, as the balancer knows it, at most 255
	// bytes. It is sent in clear, and anybody can send it. Default: nothing.
	Route string
	// How the lengths of what is sent are hidden: "none", or "padme", which adds some 3 % and leaves few different lengths. Default: "none".
	Padding string
}

// LogConfig is about the log, which goes to standard error.
type LogConfig struct {
	// The least that is logged: "debug", "info", "warn" or "error". Default: "info".
	Level string
	// "text" or "json". Default: "text".
	Format string
}

// MetricsConfig is about figures for monitoring.
type MetricsConfig struct {
	// The address and port of /metrics, for Prometheus, and of /debug/pprof, the profiles of the Go runtime, over HTTP. It must be one of loopback: everybody who
	// reaches it may read them. Default: none.
	Listen string
}

// SlogLevel returns the level for slog.
func (l LogConfig) SlogLevel() (level slog.Level) {
	if l.Level != "" {
		_ = level.UnmarshalText([]byte(l.Level)) // validated
	}
	return level
}

// Default is the configuration in which only data, host and listen are missing.
func Default() *Config { return &Config{} }

// SelfSigned reports whether the host needs a certificate of its own making.
func (h *HostConfig) SelfSigned() bool { return h.Certificate == "" }

// absolute makes the paths of c begin at dir.
func (c *Config) absolute(dir string) {
	anchor := func(path *string) {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(dir, *path)
		}
	}
	anchor(&c.Data)
	for i := range c.Host {
		anchor(&c.Host[i].Certificate)
		anchor(&c.Host[i].Key)
	}
}

// Domains returns the domains that are served.
func (c *Config) Domains() (names []string) {
	for i := range c.Host {
		names = append(names, c.Host[i].Domain)
	}
	return names
}
