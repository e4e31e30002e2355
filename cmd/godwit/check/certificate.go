package check

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strings"
	"time"

	"github.com/godwit-im/godwit/cmd/godwit/config"
)

// soon is how long before its end a certificate is worth a note.
const soon = 14 * 24 * time.Hour

// host looks at the certificate of a domain.
func (f *Findings) host(h *config.HostConfig, now time.Time) {
	if h.SelfSigned() {
		f.add(OK, "host %s: with a self-signed certificate, kept in data", h.Domain)
		return
	}
	cert, err := tls.LoadX509KeyPair(h.Certificate, h.Key)
	if err != nil {
		f.add(Bad, "host %s: certificate %s: %v: name the chain as certificate and its private key as key, both in PEM", h.Domain, h.Certificate, err)
		return
	}
	leaf := cert.Leaf
	about := fmt.Sprintf("host %s: certificate for %s until %s", h.Domain, strings.Join(names(leaf), ", "), leaf.NotAfter.UTC().Format("2006-01-02"))
	switch left := leaf.NotAfter.Sub(now); {
	case now.Before(leaf.NotBefore):
		f.add(Bad, "%s: it begins to hold only at %s: set the clock, or wait", about, leaf.NotBefore.UTC().Format(time.DateTime))
	case left <= 0:
		f.add(Bad, "%s: it has expired: renew it", about)
	case leaf.VerifyHostname(h.Domain) != nil:
		f.add(Bad, "%s: it is not for this domain: get one that names it", about)
	case left < soon:
		f.add(Note, "%s: %d days are left: renew it", about, int(left.Hours()/24))
	case !vouchedFor(&cert, now):
		f.add(Note, "%s: no authority that this machine knows vouches for it; is the chain whole?", about)
	default:
		f.add(OK, "%s", about)
	}
}

// names returns what a certificate is for.
func names(c *x509.Certificate) (list []string) {
	list = append(list, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		list = append(list, ip.String())
	}
	if list == nil {
		list = []string{"nothing"}
	}
	return list
}

// vouchedFor reports whether the chain leads to an authority of the system's.
func vouchedFor(cert *tls.Certificate, now time.Time) bool {
	between := x509.NewCertPool()
	for _, der := range cert.Certificate[1:] {
		if c, err := x509.ParseCertificate(der); err == nil {
			between.AddCert(c)
		}
	}
	_, err := cert.Leaf.Verify(x509.VerifyOptions{Intermediates: between, CurrentTime: now})
	return err == nil
}
