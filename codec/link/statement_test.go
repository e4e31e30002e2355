package link_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec/link"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestStatementKeys(t *testing.T) {
	_, ed := must2(ed25519.GenerateKey(rand.Reader))
	a, key := newAuthority(t), newKey(t, 1)
	for _, c := range []struct {
		name   string
		signer crypto.Signer
		fails  bool
	}{
		{"P-256", must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)), false},
		{"P-384", must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)), false},
		{"P-521", must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader)), false},
		{"P-224", must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader)), true},
		{"RSA-2048", must(rsa.GenerateKey(rand.Reader, 2048)), false},
		{"RSA-1024", must(rsa.GenerateKey(rand.Reader, 1024)), true},
		{"Ed25519", ed, false},
	} {
		cert := &tls.Certificate{Certificate: [][]byte{a.sign(t, leaf(domain), a.cert, c.signer.Public()).Raw}, PrivateKey: c.signer}
		b, err := link.SignStatement(cert, key.Public[:], now, now.Add(time.Hour), nil)
		if (err != nil) != c.fails {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.fails {
			continue
		}
		if expires, err := link.VerifyStatement(b, key.Public[:], domain, a.roots, now); err != nil || !expires.Equal(now.Add(time.Hour)) {
			t.Errorf("%s: %v, %v", c.name, expires, err)
		}
	}
}

func must2[T, U any](v T, w U, err error) (T, U) {
	if err != nil {
		panic(err)
	}
	return v, w
}

func TestStatementIsRefused(t *testing.T) {
	a, key := newAuthority(t), newKey(t, 1)
	good := a.issue(t, leaf(domain, "*.wild.example"))
	other := newKey(t, 2)
	edit := func(change func(c *x509.Certificate)) *tls.Certificate {
		c := leaf(domain)
		change(c)
		return a.issue(t, c)
	}
	self := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := leaf(domain)
	selfSigned := must(x509.CreateCertificate(rand.Reader, template, template, self.Public(), self))
	for _, c := range []struct {
		name     string
		cert     *tls.Certificate
		key      []byte
		domain   string
		from, at time.Time
		fails    bool
	}{
		{"good", good, key.Public[:], domain, now, now, false},
		{"wildcard", good, key.Public[:], "a.wild.example", now, now, false},
		{"another domain", good, key.Public[:], "example.com", now, now, true},
		{"a domain below", good, key.Public[:], "a.example.org", now, now, true},
		{"another static key", good, other.Public[:], domain, now, now, true},
		{"in its last second", good, key.Public[:], domain, now, now.Add(time.Hour), false},
		{"a second too late", good, key.Public[:], domain, now, now.Add(time.Hour + time.Second), true},
		{"a second too early", good, key.Public[:], domain, now, now.Add(-time.Second), true},
		{"an expired certificate", edit(func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Minute) }), key.Public[:], domain, now, now, true},
		{"a certificate of tomorrow", edit(func(c *x509.Certificate) { c.NotBefore = now.Add(time.Minute) }), key.Public[:], domain, now, now, true},
		{"a client's certificate", edit(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }), key.Public[:], domain, now, now, true},
		{"self-signed", &tls.Certificate{Certificate: [][]byte{selfSigned}, PrivateKey: self}, key.Public[:], domain, now, now, true},
		{"another's certificate", &tls.Certificate{Certificate: good.Certificate, PrivateKey: self}, key.Public[:], domain, now, now, true},
	} {
		b, err := link.SignStatement(c.cert, key.Public[:], c.from, c.from.Add(time.Hour), nil)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if _, err := link.VerifyStatement(b, c.key, c.domain, a.roots, c.at); (err != nil) != c.fails {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestStatementEndsWithItsCertificate(t *testing.T) {
	a, key := newAuthority(t), newKey(t, 1)
	c := leaf(domain)
	c.NotAfter = now.Add(time.Minute)
	b := must(link.SignStatement(a.issue(t, c), key.Public[:], now, now.Add(time.Hour), nil))
	if expires := must(link.VerifyStatement(b, key.Public[:], domain, a.roots, now)); !expires.Equal(c.NotAfter) {
		t.Errorf("expires %v, want %v", expires, c.NotAfter)
	}
}

func TestStatementWithIntermediate(t *testing.T) {
	a, key := newAuthority(t), newKey(t, 1)
	middle := &authority{key: must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))}
	template := *a.cert
	template.Subject.CommonName = "Middle"
	middle.cert = a.sign(t, &template, a.cert, middle.key.Public())
	cert := middle.issue(t, leaf(domain))
	without := must(link.SignStatement(cert, key.Public[:], now, now.Add(time.Hour), nil))
	cert.Certificate = append(cert.Certificate, middle.cert.Raw)
	with := must(link.SignStatement(cert, key.Public[:], now, now.Add(time.Hour), nil))
	if _, err := link.VerifyStatement(with, key.Public[:], domain, a.roots, now); err != nil {
		t.Error(err)
	}
	if _, err := link.VerifyStatement(without, key.Public[:], domain, a.roots, now); err == nil {
		t.Error("a chain with a gap is accepted")
	}
}

func TestEveryFlippedStatement(t *testing.T) {
	a, key := newAuthority(t), newKey(t, 1)
	b := must(link.SignStatement(a.issue(t, leaf(domain)), key.Public[:], now, now.Add(time.Hour), nil))
	for bit := range len(b) * 8 {
		bad := bytes.Clone(b)
		bad[bit/8] ^= 1 << (bit % 8)
		if _, err := link.VerifyStatement(bad, key.Public[:], domain, a.roots, now); err == nil {
			t.Errorf("bit %d of byte %d of %d was flipped and it is accepted", bit%8, bit/8, len(b))
		}
	}
	for n := range b {
		if _, err := link.VerifyStatement(b[:n], key.Public[:], domain, a.roots, now); err == nil {
			t.Errorf("%d of %d bytes are accepted", n, len(b))
		}
	}
}

// largeExtension makes a certificate too large for a statement.
var largeExtension = pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3}, Value: make([]byte, link.MaxStatement)}

func TestSignStatementChecks(t *testing.T) {
	a, key := newAuthority(t), newKey(t, 1)
	good := a.issue(t, leaf(domain))
	chain := func(n int) *tls.Certificate {
		c := *good
		c.Certificate = nil
		for range n {
			c.Certificate = append(c.Certificate, good.Certificate[0])
		}
		return &c
	}
	large := leaf(domain)
	large.ExtraExtensions = append(large.ExtraExtensions, largeExtension)
	for _, c := range []struct {
		name  string
		cert  *tls.Certificate
		key   []byte
		valid time.Duration
		fails bool
	}{
		{"the longest time", good, key.Public[:], link.MaxValidity, false},
		{"a longer one", good, key.Public[:], link.MaxValidity + time.Second, true},
		{"no time", good, key.Public[:], 0, true},
		{"no certificate", chain(0), key.Public[:], time.Hour, true},
		{"the longest chain", chain(8), key.Public[:], time.Hour, false},
		{"a longer one", chain(9), key.Public[:], time.Hour, true},
		{"a short key", good, key.Public[:31], time.Hour, true},
		{"no private key", &tls.Certificate{Certificate: good.Certificate}, key.Public[:], time.Hour, true},
		{"a huge certificate", a.issue(t, large), key.Public[:], time.Hour, true},
	} {
		if _, err := link.SignStatement(c.cert, c.key, now, now.Add(c.valid), nil); (err != nil) != c.fails {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
