package client

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// Transport is what the link lies on. Its own bytes, and what they protect, are the same on each.
type Transport uint8

// The transports.
const (
	OverTCP       Transport = iota + 1 // TCP alone: the fewest bytes and round trips
	OverTLS                            // TLS (ALPN "godwit-link/1"), for networks that let only the port 443 through
	OverWebSocket                      // a WebSocket in TLS (RFC 6455), for those that look whether it is the web
)

// String returns the transport's name.
func (t Transport) String() string {
	switch t {
	case OverTCP:
		return "TCP"
	case OverTLS:
		return "TLS"
	case OverWebSocket:
		return "WebSocket"
	}
	return fmt.Sprintf("Transport(%d)", uint8(t))
}

// linkProtocol names the link in TLS (RFC 7301), webProtocol what a WebSocket begins with.
const (
	linkProtocol = "godwit-link/1"
	webProtocol  = "http/1.1"
)

// Transport returns what the link lies on, 0 when the connection is none of the link.
func (c *Conn) Transport() Transport { return c.over }

// dialLink tries the transports until one is not blocked.
func dialLink(ctx context.Context, cfg Config) (*Conn, error) {
	all := cfg.Transports
	if len(all) == 0 {
		all = []Transport{OverTCP, OverTLS, OverWebSocket}
	}
	var tried attempts
	for i, over := range all {
		if tried.hopeless(&cfg, over) {
			continue
		}
		cfg.Link.count() // the one before may have come all the same, and may come yet
		others := time.Duration(len(all)-1-i) * cfg.timeout()
		c, err := dialOver(ctx, cfg, over, others)
		if cfg.Link.Server != nil && link.WantsXX(err) { // without proof: the second attempt makes the server prove who it is
			again := cfg
			again.Link.Server = nil
			c, err = dialOver(ctx, again, over, others)
		}
		if err == nil || !blocked(err) || ctx.Err() != nil {
			return c, err
		}
		tried.add(over, err)
	}
	return nil, tried.err()
}

// blocked reports whether err, which came before the link was made, may be the network's doing, and another transport may do better. A server that has spoken, and one
// whose certificate is no good, are what they are.
func blocked(err error) bool {
	var (
		before  *unmade
		refusal *link.Refusal
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
	)
	return errors.As(err, &before) && !errors.As(err, &refusal) && !errors.As(err, &unknown) && !errors.As(err, &name) && !errors.As(err, &invalid)
}

// unmade is an error from before the link was made.
type unmade struct {
	err     error
	connect bool // nobody has answered; a reset may come as late as any
}

func (e *unmade) Error() string { return e.err.Error() }
func (e *unmade) Unwrap() error { return e.err }

// attempts are transports that were blocked, and how.
type attempts struct {
	over []Transport
	errs []error
}

func (a *attempts) add(over Transport, err error) {
	a.over, a.errs = append(a.over, over), append(a.errs, err)
}

// hopeless reports whether an attempt will end as an earlier one: at an address that nobody has answered at.
func (a *attempts) hopeless(cfg *Config, over Transport) bool {
	for i, err := range a.errs {
		e := (*unmade)(nil)
		if errors.As(err, &e) && e.connect && cfg.address(a.over[i]) == cfg.address(over) {
			return true
		}
	}
	return false
}

func (a *attempts) err() error {
	if len(a.errs) == 1 {
		return a.errs[0]
	}
	return a
}

// Error tells the first error, which is that of the transport that should have been, and how the others went.
func (a *attempts) Error() string {
	if len(a.errs) == 0 {
		return "client: Config.Transports are none that there are"
	}
	var others []string
	for i, err := range a.errs[1:] {
		others = append(others, fmt.Sprintf("over %v: %v", a.over[i+1], err))
	}
	return fmt.Sprintf("%v (%s)", a.errs[0], strings.Join(others, "; "))
}

func (a *attempts) Unwrap() []error { return a.errs }

// transportTimeout is the default of Config.TransportTimeout.
const transportTimeout = 10 * time.Second

// timeout returns how long a transport may take.
func (c *Config) timeout() time.Duration {
	if c.TransportTimeout == 0 {
		return transportTimeout
	}
	return c.TransportTimeout
}

// patience is how many times as long as another a transport may take that is known not to be blocked.
const patience = 6

// patient returns until when a transport may take, once the server's port was reached, that is given until then otherwise. The others may need so much time as well.
func (c *Config) patient(ctx context.Context, over Transport, until time.Time, others time.Duration) time.Time {
	if !c.over(over) {
		return until
	}
	later := until.Add((patience - 1) * c.timeout())
	if end, ok := ctx.Deadline(); ok && end.Add(-others).Before(later) {
		later = end.Add(-others)
	}
	if later.Before(until) {
		return until
	}
	return later
}

// dialOver connects over one transport. The others may need so much time as well.
func dialOver(ctx context.Context, cfg Config, over Transport, others time.Duration) (*Conn, error) {
	m, err := NewMachine(&cfg, nil)
	if err != nil {
		return nil, err
	}
	until := time.Now().Add(cfg.timeout())
	short, cancel := context.WithDeadline(ctx, until)
	raw, err := connect(short, m.cfg, over)
	cancel()
	if err != nil {
		return nil, &unmade{fmt.Errorf("client: connecting: %w", err), !errors.Is(err, syscall.ECONNRESET)}
	}
	_ = raw.SetDeadline(cfg.patient(ctx, over, until, others)) // a connection that has none is as good as it was
	return logIn(ctx, m, raw, over)
}

// carry puts on the connection what the link lies on.
func (c *Conn) carry(ctx context.Context) error {
	if c.over == OverTCP {
		return nil
	}
	protocol := linkProtocol
	if c.over == OverWebSocket {
		protocol = webProtocol
	}
	if _, err := c.startTLS(ctx, protocol); err != nil || c.over == OverTLS {
		return err
	}
	ws, err := openWebSocket(c.net, c.m.cfg.domain())
	if err == nil {
		c.net = ws
	}
	return err
}

// makeLink makes the link, within the time that is set for the transport.
func (c *Conn) makeLink(ctx context.Context) (*stream.Security, error) {
	err := c.carry(ctx)
	if err != nil {
		return nil, &unmade{err: err}
	}
	security, err := c.startLink()
	if err != nil {
		return nil, &unmade{err: err}
	}
	return security, c.raw.SetDeadline(time.Time{})
}

// validTransports reports whether all transports are known ones.
func (c *Config) validTransports() bool {
	return !slices.ContainsFunc(c.Transports, func(t Transport) bool { return t < OverTCP || t > OverWebSocket })
}
