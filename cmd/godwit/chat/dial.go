package chat

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/sasl"
)

// Config says who logs in where.
type Config struct {
	// User is the account.
	User jid.JID
	// Server is host:port; empty: the domain of User at the transport's port.
	Server string
	// Mode is the transport.
	Mode client.Mode
	// CA is a file with certificates, PEM, that the server's must come from; empty: the system's.
	CA string
	// Insecure believes every server.
	Insecure bool
	// Password returns the account's password. It is called only when it is needed, and until it has given one. When a lost connection is made anew it
	// may not ask a person, whose lines are messages by then.
	Password func(mayAsk bool) (string, error)
	// Keys is the folder for keys of the link; empty: none are kept, each login needs the password.
	Keys string
	// Resume asks that a lost connection can be made anew without a gap (XEP-0198 §5): the server keeps the session for a while.
	Resume bool
	// Version is told to those who ask.
	Version string
	// Trace writes the stream to standard error.
	Trace bool
}

// LinkPort is where the link is served by custom.
const LinkPort = "5299"

// ackIdle is how long a message waits until the server is asked whether it has it: somebody is watching for the mark.
const ackIdle = 50 * time.Millisecond

// Dialer logs an account in, again and again: it holds the keys of the link, and remembers the password. One goroutine at a time may use it.
type Dialer struct {
	cfg      *Config
	client   client.Config
	keys     *keys // nil: no link, or none are kept
	password string
	again    bool // somebody types messages: nobody may be asked
}

// NewDialer opens the keys, which are the Dialer's until Close.
func NewDialer(cfg *Config) (d *Dialer, err error) {
	d = &Dialer{cfg: cfg, client: client.Config{
		JID: cfg.User, Mode: cfg.Mode, Address: cfg.Server, Keys: new(sasl.ClientKeys), SM: true, Resume: cfg.Resume, AckIdle: ackIdle, Name: "godwit chat", Version: cfg.Version,
	}}
	if cfg.Mode == client.Link && cfg.Server == "" {
		d.client.Address = net.JoinHostPort(cfg.User.Domain(), LinkPort)
	}
	if d.client.TLS, err = cfg.tls(); err != nil {
		return nil, err
	}
	if cfg.Trace {
		d.client.Trace = os.Stderr
	}
	if cfg.Mode == client.Link && cfg.Keys != "" {
		if d.keys, err = openKeys(cfg.Keys, cfg.User); err == nil {
			d.client.Known = d.keys.known
		}
	}
	return d, err
}

// Close gives the keys back, after the last connection.
func (d *Dialer) Close() {
	if d.keys != nil {
		d.keys.close()
	}
}

// Dial logs in: by the key of the link when the server knows it from before, else by password; r is the stream to go on with, nil for a new one. The error says what
// to do about it.
func (d *Dialer) Dial(ctx context.Context, r *client.Resumption) (conn *client.Conn, err error) {
	c := d.client
	c.Resumption = r
	if d.keys == nil {
		conn, err = d.withPassword(ctx, c)
	} else {
		conn, err = d.overLink(ctx, c)
	}
	switch {
	case err == nil:
		d.again, d.client.Known = true, conn.Known()
	case !d.again || !passing(err):
		err = advise(err, d.cfg)
	}
	return conn, err
}

// overLink logs in by the key, by password if that fails, and keeps the keys.
func (d *Dialer) overLink(ctx context.Context, c client.Config) (conn *client.Conn, err error) {
	c.Link = d.keys.link
	if c.Link.Server != nil {
		conn, err = client.Dial(ctx, c)
	}
	if c.Link.Server == nil || errors.Is(err, sasl.ErrPassword) { // the server does not know the device, or not any more
		conn, err = d.withPassword(ctx, c)
	}
	if err != nil {
		return nil, err
	}
	return conn, d.keys.keep(conn.LinkKeys(), conn.Known())
}

func (d *Dialer) withPassword(ctx context.Context, c client.Config) (conn *client.Conn, err error) {
	if d.password == "" {
		if d.password, err = d.cfg.Password(!d.again); err != nil {
			return nil, err
		}
	}
	c.Password = d.password
	return client.Dial(ctx, c)
}

// tls says whom to believe.
func (cfg *Config) tls() (*tls.Config, error) {
	t := &tls.Config{InsecureSkipVerify: cfg.Insecure}
	if cfg.CA == "" {
		return t, nil
	}
	pem, err := os.ReadFile(cfg.CA)
	if err != nil {
		return nil, err
	}
	t.RootCAs = x509.NewCertPool()
	if !t.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s has no certificate in PEM: name the file with the certificate, not the key", cfg.CA)
	}
	return t, nil
}
