package sidecar

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/codec/pack"
)

// road is a link to a server. One goroutine reads, another writes.
type road struct {
	conn    net.Conn
	mu      sync.Mutex // of session: both directions are packed by what both have said
	session *link.Session
	reads   link.Desk
	writes  link.Desk
	sealed  []byte // of the writer
	rest    []byte // of the reader: the bytes of a frame that is not whole yet

	received, sent atomic.Int64 // bytes, handshake included
}

// defaultPort is where a link is served by custom.
const defaultPort = "5299"

// placeTimeout is how long the place where a server would like to see us may take to answer.
const placeTimeout = 5 * time.Second

// tcp finds out in five minutes that a silent link is dead, and costs a phone little.
var tcp = net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 240 * time.Second, Interval: 15 * time.Second, Count: 4}}

// dial makes a link for a domain: IK when the server's key is known, else XX; and XX after all when the server says so, since its key is another one and it cannot prove that at once.
func (s *Server) dial(ctx context.Context, domain string) (*road, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	key := s.known.get(domain)
	r, err := s.dialOnce(ctx, domain, key)
	if key != nil && link.WantsXX(err) {
		r, err = s.dialOnce(ctx, domain, nil)
	}
	return r, err
}

func (s *Server) dialOnce(ctx context.Context, domain string, key []byte) (*road, error) {
	conn, err := s.connect(ctx, domain)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	r := &road{conn: conn}
	err = s.shakeHands(r, domain, key)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return r, nil
}

// connect connects to the server of a domain: first to where that has said that it would like to see us.
func (s *Server) connect(ctx context.Context, domain string) (net.Conn, error) {
	if place := s.places.get(domain); place != "" {
		short, cancel := context.WithTimeout(ctx, placeTimeout)
		conn, err := tcp.DialContext(short, "tcp", place)
		cancel()
		if err == nil {
			return conn, nil
		}
		s.places.forget(domain)
	}
	return tcp.DialContext(ctx, "tcp", s.address(domain))
}

func (s *Server) address(domain string) string {
	if s.cfg.Address != "" {
		return s.cfg.Address
	}
	return net.JoinHostPort(strings.Trim(domain, "[]"), defaultPort)
}

// shakeHands makes the link on r.conn. The device's key is made for this link alone.
func (s *Server) shakeHands(r *road, domain string, key []byte) error {
	device, err := link.NewKey(nil)
	if err != nil {
		return err
	}
	cfg := link.ClientConfig{
		Domain: domain, Static: device, ServerKey: key, Relay: true,
		Dictionary: pack.Dictionary(), Now: time.Now(), Roots: s.cfg.Roots,
	}
	if s.cfg.Insecure {
		cfg.Verify = func(_, _ []byte) (time.Time, error) { return time.Time{}, nil }
	}
	h := link.NewClient(cfg)
	var buf [4096]byte
	for {
		n, out, done, err := h.Step(r.rest)
		r.rest = r.rest[n:]
		if len(out) > 0 {
			m, werr := r.conn.Write(out)
			if r.sent.Add(int64(m)); werr != nil && err == nil {
				err = werr
			}
		}
		if err != nil {
			return err
		}
		if done {
			break
		}
		if n, err = r.conn.Read(buf[:]); err != nil {
			return fmt.Errorf("in the handshake of the link: %w", err)
		}
		r.received.Add(int64(n))
		r.rest = append(r.rest, buf[:n]...)
	}
	r.session = h.Session()
	if r.session.Pattern() != link.IK && !s.cfg.Insecure {
		s.known.put(domain, serverKey{r.session.PeerStatic(), h.Expires()})
	}
	return nil
}

// open gives each the items of the frames that p completes; none, for a keepalive.
func (r *road) open(p []byte, each func(items []byte) error) error {
	r.received.Add(int64(len(p)))
	r.rest = append(r.rest, p...)
	whole := 0
	defer func() { r.rest = append(r.rest[:0], r.rest[whole:]...) }()
	for whole < len(r.rest) {
		r.mu.Lock()
		n, items, err := r.session.OpenItems(r.rest[whole:], &r.reads)
		r.mu.Unlock()
		if err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
		whole += n
		if n > 1 && len(items) == 0 {
			continue // it goes on in the next frame
		}
		if err := each(items); err != nil {
			return err
		}
	}
	return nil
}

// write seals items and writes them; none is a keepalive.
func (r *road) write(items []byte) error {
	if r.sealed = r.sealed[:0]; len(items) == 0 {
		r.sealed = link.AppendKeepalive(r.sealed)
	} else {
		r.mu.Lock()
		r.sealed = r.session.AppendItems(r.sealed, items, &r.writes)
		r.mu.Unlock()
	}
	n, err := r.conn.Write(r.sealed)
	r.sent.Add(int64(n))
	if cap(r.sealed) > keptBuffer {
		r.sealed = nil
	}
	return err
}

// explain says a failure to make a link as a stream error (RFC 6120 §4.9.3) and in words.
func explain(err error, domain, address string) (condition atom.Atom, text string) {
	var (
		refusal *link.Refusal
		unknown x509.UnknownAuthorityError
	)
	switch {
	case errors.As(err, &refusal) && refusal.Reason == link.HostUnknown:
		return atom.HostUnknown, fmt.Sprintf("%s is not served at %s", domain, address)
	case errors.As(err, &refusal):
		return atom.RemoteConnectionFailed, fmt.Sprintf("%s refuses the link: %s", address, refusal.Reason)
	case errors.As(err, &unknown):
		return atom.RemoteConnectionFailed, fmt.Sprintf("the certificate of %s comes from nobody that is trusted: --ca names the file that it comes from", domain)
	}
	return atom.RemoteConnectionFailed, fmt.Sprintf("no link to %s: %v", address, err)
}
