package mobile

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// Config says who logs in where. JID is required, and Password until the server knows the device. NewClient takes a copy.
type Config struct {
	JID       string // the account, "user@example.com"
	Password  string // not needed once a login has succeeded and its state was kept, until the server forgets the device
	Transport string // "link", "tls", "starttls", or "plain" (in the clear, for tests); "" means "link"
	Address   string // host:port; "" means the domain of JID at the transport's port
	Resource  string // the device's name in the full JID, or how that begins; "" leaves it to the server
	CA        string // PEM of certificates to trust; "" means the system's
	Name      string // what others are told this software is (XEP-0092); "" means "godwit"
	Version   string // … and its version
}

// modes by the name of the transport.
var modes = map[string]client.Mode{
	"": client.Link, "link": client.Link, "tls": client.DirectTLS, "starttls": client.StartTLS, "plain": client.Plain,
}

// ready returns what the connections of c begin with.
func (c *Config) ready() (client.Config, error) {
	account, err := jid.Parse(c.JID)
	if err != nil {
		return client.Config{}, fmt.Errorf("mobile: the JID: %w", err)
	}
	mode, ok := modes[c.Transport]
	if !ok {
		return client.Config{}, fmt.Errorf("mobile: %q is no transport: link, tls, starttls or plain", c.Transport)
	}
	security := &tls.Config{ClientSessionCache: tls.NewLRUClientSessionCache(1)}
	if c.CA != "" {
		security.RootCAs = x509.NewCertPool()
		if !security.RootCAs.AppendCertsFromPEM([]byte(c.CA)) {
			return client.Config{}, errors.New("mobile: the CA is no certificate in PEM")
		}
	}
	return client.Config{
		JID: account.Bare(), Password: c.Password, Resource: c.Resource, Mode: mode, Address: c.Address, TLS: security,
		Name: c.Name, Version: c.Version, Resume: true,
	}, nil
}
