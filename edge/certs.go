package edge

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	// The hashes of RFC 5929 §4.1.
	_ "crypto/sha256"
	_ "crypto/sha512"
)

// CertFiles names the files of one certificate, in PEM.
type CertFiles struct {
	// Chain is the file with the certificate and those of its issuers.
	Chain string
	// Key is the file with the private key.
	Key string
	// Hosts are names that this certificate is shown for although it does not contain them.
	Hosts []string
}

// CertSource has the certificates of a server, chosen by the name that a client asks for (SNI). Any goroutine may use it, and it may
// be reloaded while it is in use.
type CertSource struct {
	files  []CertFiles
	now    atomic.Pointer[certs]
	secret []byte           // of the session tickets, see KeepTickets; nil: they have none
	clock  func() time.Time // nil: time.Now
}

// certs is what one load has found. No session is resumed that began with other certificates: its channel binding would be another. So the keys of the
// session tickets depend on the certificates, or are new with each load.
type certs struct {
	all    []*cert // the first is for everybody else
	starts *tls.Config
	direct *tls.Config
	linked *tls.Config // of a port for the link
	shared *tls.Config // of one for both
}

// Names of application protocols (RFC 7301). HTTP is for WebSockets.
const (
	xmppProtocol = "xmpp-client" // XEP-0368 §3
	httpProtocol = "http/1.1"
)

// cert is a certificate with its channel binding.
type cert struct {
	tls      tls.Certificate
	hosts    []string
	endPoint []byte
}

// NewCertSource reads certificates. The first is shown to clients that ask for no name, or for one that no certificate has.
func NewCertSource(files ...CertFiles) (*CertSource, error) {
	s := &CertSource{files: files}
	if err := s.Reload(); err != nil {
		return nil, err
	}
	return s, nil
}

// NewStaticCerts is NewCertSource for certificates that are already in memory. Reload does nothing then.
func NewStaticCerts(list ...tls.Certificate) (*CertSource, error) {
	s := new(CertSource)
	var all []*cert
	for _, t := range list {
		c, err := newCert(t, nil)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return s, s.use(all)
}

// Reload reads the files again. When one of them is of no use, the certificates stay as they are.
func (s *CertSource) Reload() error {
	if len(s.files) == 0 && s.now.Load() != nil {
		return nil
	}
	var all []*cert
	for _, f := range s.files {
		t, err := tls.LoadX509KeyPair(f.Chain, f.Key)
		if err != nil {
			return fmt.Errorf("edge: certificate %s: %w", f.Chain, err)
		}
		c, err := newCert(t, f.Hosts)
		if err != nil {
			return err
		}
		all = append(all, c)
	}
	return s.use(all)
}

func (s *CertSource) use(all []*cert) error {
	if len(all) == 0 {
		return errors.New("edge: no certificates")
	}
	n := &certs{all: all}
	n.starts, n.direct = s.newConfig(n), s.newConfig(n, xmppProtocol)
	n.linked, n.shared = s.newConfig(n, linkProtocol, httpProtocol), s.newConfig(n, linkProtocol, xmppProtocol, httpProtocol)
	s.now.Store(n)
	return nil
}

// newConfig makes a tls.Config. Go offers TLS 1.3 and the suites of 1.2 with forward secrecy.
func (s *CertSource) newConfig(n *certs, protocols ...string) *tls.Config {
	config := &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: protocols,
		Time:       s.clock,
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			return &n.pick(hello.ServerName).tls, nil
		},
	}
	if s.secret != nil {
		keys := newTicketKeys(s.secret, n.all, protocols)
		config.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
			keys.rotate(config, s.time())
			return nil, nil
		}
	}
	return config
}

func (s *CertSource) time() time.Time {
	if s.clock == nil {
		return time.Now()
	}
	return s.clock()
}

// config returns the tls.Config for a listener.
func (n *certs) config(l *listener) *tls.Config {
	switch {
	case l.Kind == Link:
		return n.linked
	case l.Kind == C2STLS && l.Link != nil:
		return n.shared
	case l.Kind == C2STLS:
		return n.direct
	}
	return n.starts
}

// Certificate returns the certificate for a host, for whoever needs to sign with it or to show it elsewhere.
func (s *CertSource) Certificate(host string) *tls.Certificate { return &s.now.Load().pick(host).tls }

// pick returns the certificate for a name.
func (n *certs) pick(host string) *cert {
	if host != "" {
		for _, c := range n.all {
			if c.serves(host) {
				return c
			}
		}
	}
	return n.all[0]
}

func (c *cert) serves(host string) bool {
	for _, h := range c.hosts {
		if strings.EqualFold(h, host) {
			return true
		}
	}
	return c.tls.Leaf.VerifyHostname(host) == nil
}

func newCert(t tls.Certificate, hosts []string) (*cert, error) {
	if t.Leaf == nil {
		leaf, err := x509.ParseCertificate(t.Certificate[0])
		if err != nil {
			return nil, fmt.Errorf("edge: certificate: %w", err)
		}
		t.Leaf = leaf
	}
	return &cert{tls: t, hosts: hosts, endPoint: endPoint(t.Leaf)}, nil
}

// endPoint returns the data of the channel binding tls-server-end-point, RFC 5929 §4.1: the hash of the certificate by the
// hash of its signature, SHA-256 for the weak ones; nil where the signature has no hash of its own.
func endPoint(leaf *x509.Certificate) []byte {
	var h crypto.Hash
	switch leaf.SignatureAlgorithm {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1,
		x509.SHA256WithRSA, x509.DSAWithSHA256, x509.ECDSAWithSHA256, x509.SHA256WithRSAPSS:
		h = crypto.SHA256
	case x509.SHA384WithRSA, x509.ECDSAWithSHA384, x509.SHA384WithRSAPSS:
		h = crypto.SHA384
	case x509.SHA512WithRSA, x509.ECDSAWithSHA512, x509.SHA512WithRSAPSS:
		h = crypto.SHA512
	default:
		return nil
	}
	sum := h.New()
	sum.Write(leaf.Raw)
	return sum.Sum(nil)
}
