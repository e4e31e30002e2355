package peer

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	mrand "math/rand/v2"
	"net"
	"strconv"
	"time"

	"github.com/godwit-im/godwit/xmpp/client"
)

// network is where a server listens, and how it is secured.
type network struct {
	plain, direct int // ports: XMPP with STARTTLS or without TLS, XMPP over TLS
}

const loopback = "127.0.0.1"

// newNetwork finds ports, and writes the certificate: cert.pem, key.pem and both.pem.
func newNetwork(c Config) (n network, err error) {
	if n.plain, err = freePort(); err == nil {
		n.direct, err = freePort()
	}
	if err == nil {
		err = c.writeCertificate()
	}
	return n, err
}

// freePort returns a port that nothing listens on, below those that the system gives to whoever connects.
func freePort() (port int, err error) {
	for range 100 {
		port = 10_000 + mrand.IntN(22_000)
		var l net.Listener
		if l, err = net.Listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(port))); err == nil {
			return port, l.Close()
		}
	}
	return 0, err
}

// Address returns the port for clients of that mode.
func (n network) Address(m client.Mode) string {
	port := n.plain
	if m == client.DirectTLS {
		port = n.direct
	}
	return net.JoinHostPort(loopback, strconv.Itoa(port))
}

// Certificate is a certificate with its private key, both PEM.
type Certificate struct{ Chain, Key []byte }

// NewCertificate returns a self-signed certificate for a domain, with a key of the curve P-256, that holds for three months.
func NewCertificate(domain string) (*Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	of := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: domain}, DNSNames: []string{domain},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(90 * 24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, of, of, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("a certificate: %w", err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return &Certificate{
		Chain: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		Key:   pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}),
	}, nil
}

func (c *Config) writeCertificate() (err error) {
	use := c.Certificate
	if use == nil {
		if use, err = NewCertificate(c.Domain); err != nil {
			return err
		}
	}
	chain, key := string(use.Chain), string(use.Key)
	for name, text := range map[string]string{"cert.pem": chain, "key.pem": key, "both.pem": chain + key} {
		if err := c.write(name, text); err != nil {
			return err
		}
	}
	return nil
}
