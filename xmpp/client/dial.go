package client

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// Dial connects, secures the stream, logs in and binds, and returns when stanzas may be sent. The end of ctx before that ends the attempt; afterwards it
// means nothing. The error is a *StreamError, *SASLError, *StanzaError or one of the Err… values, perhaps wrapped, or that of the network.
func Dial(ctx context.Context, cfg Config) (*Conn, error) {
	if cfg.Mode == Link {
		return dialLink(ctx, cfg)
	}
	m, err := NewMachine(&cfg, nil)
	if err != nil {
		return nil, err
	}
	raw, err := connect(ctx, m.cfg, 0)
	if err != nil {
		return nil, fmt.Errorf("client: connecting: %w", err)
	}
	return logIn(ctx, m, raw, 0)
}

// Connector makes a connection to host:port, until ctx ends.
type Connector func(ctx context.Context, address string) (net.Conn, error)

func dialTCP(ctx context.Context, address string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", address)
}

// locationTimeout is how long the place where the server would like to see us again may take to answer.
const locationTimeout = 5 * time.Second

// connect connects, first to where the server would like a stream to be resumed (XEP-0198 §3).
func connect(ctx context.Context, c *Config, over Transport) (net.Conn, error) {
	dial := c.Connect
	if dial == nil {
		dial = dialTCP
	}
	if at := c.location(); at != "" {
		short, cancel := context.WithTimeout(ctx, locationTimeout)
		raw, err := dial(short, at)
		cancel()
		if err == nil {
			return raw, nil
		}
	}
	return dial(ctx, c.address(over))
}

// ports of the modes (RFC 6120 §3.2.2, §14.7; XEP-0368 registers none, 5223 is the custom).
var ports = [...]string{StartTLS: "5222", DirectTLS: "5223", Plain: "5222", Link: "5299"}

// webPort is that of HTTP over TLS, which networks let through when they let nothing else.
const webPort = "443"

// TODO RFC 6120 §3.2.1: SRV records, and those of XEP-0368 §3.
func (c *Config) address(over Transport) string {
	if c.Address != "" {
		return c.Address
	}
	if over == OverTLS || over == OverWebSocket {
		return net.JoinHostPort(c.domain(), webPort)
	}
	return net.JoinHostPort(c.domain(), ports[c.Mode])
}

// location returns where the server would like a stream to be resumed, in the form of RFC 6120 §4.9.3.19, with a port; "" when it has no wish or we have one of
// our own.
func (c *Config) location() string {
	if c.Resumption == nil || c.Resumption.Location == "" || c.Address != "" {
		return ""
	}
	at := c.Resumption.Location
	if _, _, err := net.SplitHostPort(at); err == nil {
		return at
	}
	return net.JoinHostPort(strings.Trim(at, "[]"), ports[c.Mode])
}

// domain returns the domain of the account as DNS, TLS and certificates know it.
// TODO RFC 6120 §13.7.1.2: the ASCII form of an internationalised domain, which xmpp/jid does not give yet.
func (c *Config) domain() string { return c.JID.Domain() }

// logIn runs the Machine on raw, in this goroutine, until it is bound.
func logIn(ctx context.Context, m *Machine, raw net.Conn, over Transport) (*Conn, error) {
	c := &Conn{m: m}
	m.app = appOf{c}
	c.raw, c.net, c.over = raw, raw, over
	stop := context.AfterFunc(ctx, c.cut)
	err := c.negotiate(ctx)
	if !stop() || err != nil {
		c.cut()
		c.finish(err)
		if ctx.Err() != nil {
			err = fmt.Errorf("client: logging in: %w", ctx.Err())
		}
		return nil, err
	}
	c.mu.Lock()
	c.reading = true
	c.startWriting()
	c.mu.Unlock()
	go c.read()
	return c, nil
}

// negotiate does what comes before stanzas.
func (c *Conn) negotiate(ctx context.Context) error {
	opened := stream.Input{Kind: stream.Opened}
	switch c.m.cfg.Mode {
	case DirectTLS:
		security, err := c.startTLS(ctx, alpn)
		if err != nil {
			return err
		}
		opened.Security = security
	case Link:
		security, err := c.makeLink(ctx)
		if err != nil {
			return err
		}
		opened.Security, opened.Peer.Link = security, true
	}
	c.enc, c.dec = xmltext.Encoder{}, xmltext.NewDecoder(&readLimits)
	if opened.Peer.Link {
		c.enc, c.dec = compact.Encoder{}, compact.NewDecoder(&readLimits)
	}
	if c.m.cfg.Trace != nil {
		c.enc = tracer{c.enc, c.m.cfg.Trace}
	}
	return c.negotiateStream(ctx, &opened)
}

// negotiateStream reads until the Machine is bound.
func (c *Conn) negotiateStream(ctx context.Context, opened *stream.Input) error {
	k := takeKit()
	defer k.give()
	_, err := c.step(ctx, k, opened)
	if err == nil && c.link != nil {
		err = c.consume(ctx, k, nil) // what has come behind the handshake: the answers to the first flight, and then nothing more
	}
	for err == nil && !c.m.Bound() {
		if c.m.state == closed {
			return c.m.err
		}
		var n int
		if n, err = c.net.Read(c.small[:]); err != nil {
			err = fmt.Errorf("%w: %w", ErrLost, err)
		}
		if n > 0 {
			err = c.consume(ctx, k, c.small[:n])
		}
	}
	if c.m.err != nil {
		return c.m.err
	}
	return err
}

// readLimits bound what the server may send. They leave room beyond what a server takes from its clients: it adds stamps, and may spell a stanza
// longer than its sender did. Who refuses what the server delivers gets it again at every login.
var readLimits = codec.Limits{
	Bytes:      8 * codec.DefaultLimits.Bytes,
	Depth:      2 * codec.DefaultLimits.Depth,
	Attributes: 2 * codec.DefaultLimits.Attributes,
	Elements:   2 * codec.DefaultLimits.Elements,
	Namespaces: 2 * codec.DefaultLimits.Namespaces,
	Name:       2 * codec.DefaultLimits.Name,
}
