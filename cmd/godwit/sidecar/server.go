package sidecar

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/godwit-im/godwit/codec"
)

// Config says whom a Server connects to whom. It is read-only while in use.
type Config struct {
	// Address is the host:port of the server's link; empty: the domain that a client wants, port 5299.
	Address string
	// Roots are the authorities that a server's certificate must come from; nil: the system's.
	Roots *x509.CertPool
	// Insecure believes every server, and remembers none.
	Insecure bool
	// Keys is the folder where the keys of servers are kept; empty: in memory only.
	Keys string
	// Certificate returns the sidecar's own certificate for a domain, for TLS on loopback, which clients have to start then. Any goroutine calls it. Nil: there is no TLS, and clients are
	// not asked for it.
	Certificate func(domain string) (*tls.Certificate, error)
	// Domain is whose certificate those clients get that name no domain in TLS (SNI), which there are; empty: none, they are refused.
	Domain string
	// Limits bound the elements that pass; nil: DefaultLimits.
	Limits *codec.Limits
	// Timeout is how long a client may take to its first header over TLS, and how long a link may take to be made. Default: 30 s.
	Timeout time.Duration
	// MaxClients is how many connections there may be at once. Default: 1,000.
	MaxClients int
	// Log is where the Server says what it does; nil: nowhere.
	Log *slog.Logger
}

// The defaults of Config.
const (
	DefaultTimeout    = 30 * time.Second
	DefaultMaxClients = 1_000
)

// Server accepts clients.
type Server struct {
	cfg    Config
	known  known
	places places

	mu      sync.Mutex
	tunnels map[*tunnel]struct{}
	running sync.WaitGroup
}

// New returns a Server, which does nothing until Serve.
func New(cfg Config) *Server {
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultTimeout
	}
	if cfg.MaxClients == 0 {
		cfg.MaxClients = DefaultMaxClients
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Server{
		cfg: cfg, tunnels: make(map[*tunnel]struct{}),
		known: known{dir: cfg.Keys, log: cfg.Log, keys: make(map[string]serverKey)}, places: places{at: make(map[string]string)},
	}
}

// acceptPause is how long no connection is accepted when there are no descriptors left.
const acceptPause = 100 * time.Millisecond

// Serve accepts clients on l until ctx ends, and closes it. Then what has been read from either side is written to the other, and all connections are cut, not ended: what can be
// resumed is, through the next sidecar or past it.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	stop := context.AfterFunc(ctx, func() {
		l.Close()
		s.cut()
	})
	defer stop()
	err := s.accept(ctx, l)
	l.Close()
	s.cut()
	s.running.Wait()
	return err
}

func (s *Server) accept(ctx context.Context, l net.Listener) error {
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			s.start(ctx, conn)
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE), errors.Is(err, syscall.ECONNABORTED):
			s.cfg.Log.Warn("accepting failed, for a moment nobody is", "err", err)
			time.Sleep(acceptPause)
		default:
			return err
		}
	}
}

// start gives a client a tunnel.
func (s *Server) start(ctx context.Context, conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.tunnels) >= s.cfg.MaxClients {
		s.cfg.Log.Warn("there are too many clients, one is not served", "clients", len(s.tunnels))
		conn.Close()
		return
	}
	t := newTunnel(s, conn)
	s.tunnels[t] = struct{}{}
	s.running.Go(func() {
		t.run(ctx)
		s.mu.Lock()
		delete(s.tunnels, t)
		s.mu.Unlock()
	})
}

// cut cuts all tunnels.
func (s *Server) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for t := range s.tunnels {
		t.stop(errStopped)
	}
}

var errStopped = errors.New("the sidecar stops")

// place notes where a domain's server would like to see us. Who has named an address himself wants no other.
func (s *Server) place(domain, place string) {
	if s.cfg.Address != "" || place == "" {
		return
	}
	if _, _, err := net.SplitHostPort(place); err != nil {
		place = net.JoinHostPort(strings.Trim(place, "[]"), defaultPort)
	}
	s.places.put(domain, place)
}

// newID returns a stream's id.
func newID() string { return rand.Text() }
