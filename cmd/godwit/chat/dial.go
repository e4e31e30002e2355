package chat

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
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
	// Password returns the account's password. It is called only when it is needed.
	Password func() (string, error)
	// Keys is the folder for keys of the link; empty: none are kept, each login needs the password.
	Keys string
	// Version is told to those who ask.
	Version string
	// Trace writes the stream to standard error.
	Trace bool
}

// ackIdle is how long a message waits until the server is asked whether it has it: somebody is watching for the mark.
const ackIdle = 50 * time.Millisecond

// Dial logs in: by the key of the link when the server knows it from before, else by password. release ends the hold on the keys, after the connection.
func Dial(ctx context.Context, cfg *Config) (conn *client.Conn, release func(), err error) {
	c := client.Config{
		JID: cfg.User, Mode: cfg.Mode, Address: cfg.Server, SM: true, AckIdle: ackIdle, Name: "godwit chat", Version: cfg.Version,
	}
	if c.TLS, err = cfg.tls(); err != nil {
		return nil, nil, err
	}
	if cfg.Trace {
		c.Trace = os.Stderr
	}
	if cfg.Mode != client.Link || cfg.Keys == "" {
		conn, err = withPassword(ctx, c, cfg)
		return conn, func() {}, err
	}
	k, err := openKeys(cfg.Keys, cfg.User)
	if err != nil {
		return nil, nil, err
	}
	conn, err = overLink(ctx, c, cfg, k)
	if err != nil {
		k.close()
		return nil, nil, err
	}
	return conn, k.close, nil
}

// overLink logs in by the key, by password if that fails, and keeps the keys.
func overLink(ctx context.Context, c client.Config, cfg *Config, k *keys) (conn *client.Conn, err error) {
	c.Link = k.link
	if k.link.Server != nil {
		conn, err = client.Dial(ctx, c)
	}
	if k.link.Server == nil || errors.Is(err, sasl.ErrPassword) { // the server does not know the device, or not any more
		conn, err = withPassword(ctx, c, cfg)
	}
	if err != nil {
		return nil, err
	}
	return conn, k.keep(conn.LinkKeys())
}

func withPassword(ctx context.Context, c client.Config, cfg *Config) (conn *client.Conn, err error) {
	if c.Password, err = cfg.Password(); err != nil {
		return nil, err
	}
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
		return nil, fmt.Errorf("%s has no certificate in PEM", cfg.CA)
	}
	return t, nil
}
