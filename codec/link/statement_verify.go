package link

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// statement is a parsed statement; its slices are parts of the input.
type statement struct {
	notBefore, notAfter uint64
	scheme              tls.SignatureScheme
	signature           []byte
	chain               []*x509.Certificate
}

// VerifyStatement checks that statement proves serverKey to be the static key of domain at the time now: the certificate is good for the
// domain and comes from roots (nil: the system's), as in TLS, and its key signed serverKey for a time around now. It returns when
// the proof ends: by then a client must have forgotten the key, or have a newer statement.
func VerifyStatement(b, serverKey []byte, domain string, roots *x509.CertPool, now time.Time) (expires time.Time, err error) {
	s, err := parseStatement(b)
	if err != nil {
		return time.Time{}, err
	}
	from, to := time.Unix(int64(s.notBefore), 0), time.Unix(int64(s.notAfter), 0)
	switch {
	case now.Before(from) || now.After(to):
		return time.Time{}, errors.New("link: the statement does not hold at this time")
	case to.Sub(from) > MaxValidity:
		return time.Time{}, errors.New("link: the statement holds too long")
	}
	if err := s.verifyChain(domain, roots, now); err != nil {
		return time.Time{}, err
	}
	leaf := s.chain[0]
	if err := verifySignature(leaf.PublicKey, s.scheme, signed(serverKey, s.notBefore, s.notAfter), s.signature); err != nil {
		return time.Time{}, err
	}
	if leaf.NotAfter.Before(to) {
		to = leaf.NotAfter
	}
	return to, nil
}

func (s *statement) verifyChain(domain string, roots *x509.CertPool, now time.Time) error {
	opts := x509.VerifyOptions{
		DNSName: domain, Roots: roots, Intermediates: x509.NewCertPool(), CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, c := range s.chain[1:] {
		opts.Intermediates.AddCert(c)
	}
	if _, err := s.chain[0].Verify(opts); err != nil {
		return fmt.Errorf("link: the server's certificate: %w", err)
	}
	return nil
}

func parseStatement(b []byte) (s statement, err error) {
	if len(b) < statementFixed || len(b) > MaxStatement || b[0] != statementVersion {
		return s, errStatement
	}
	s.notBefore, s.notAfter = binary.BigEndian.Uint64(b[1:]), binary.BigEndian.Uint64(b[9:])
	s.scheme = tls.SignatureScheme(binary.BigEndian.Uint16(b[17:]))
	if s.notBefore >= 1<<40 || s.notAfter >= 1<<40 {
		return s, errStatement // a time that no clock shows
	}
	s.signature, b, err = cutBytes(b[statementFixed:])
	for err == nil && len(b) > 0 {
		var der []byte
		if der, b, err = cutBytes(b); err != nil {
			break
		}
		err = s.addCertificate(der)
	}
	if err == nil && len(s.chain) == 0 {
		err = errStatement
	}
	return s, err
}

var errStatement = errors.New("link: not a statement")

func (s *statement) addCertificate(der []byte) error {
	if len(s.chain) == maxChain {
		return errors.New("link: a statement with too many certificates")
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return fmt.Errorf("link: a certificate of the statement: %w", err)
	}
	s.chain = append(s.chain, c)
	return nil
}

// cutBytes returns the bytes that b begins, after their length, and the rest.
func cutBytes(b []byte) (value, rest []byte, err error) {
	size, n := varint(b)
	if n <= 0 || size > len(b)-n {
		return nil, nil, errStatement
	}
	return b[n : n+size], b[n+size:], nil
}

var errSignature = errors.New("link: the statement's signature is wrong")

// verifySignature checks a signature. The scheme must be the one for the key, so that nobody chooses a weaker.
func verifySignature(public crypto.PublicKey, scheme tls.SignatureScheme, message, signature []byte) error {
	want, err := schemeFor(public)
	if err != nil {
		return err
	}
	ok := false
	if scheme == want {
		sum := digest(scheme, message)
		switch k := public.(type) {
		case *ecdsa.PublicKey:
			ok = ecdsa.VerifyASN1(k, sum, signature)
		case *rsa.PublicKey:
			opts := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
			ok = rsa.VerifyPSS(k, crypto.SHA256, sum, signature, opts) == nil
		case ed25519.PublicKey:
			ok = ed25519.Verify(k, message, signature)
		}
	}
	if !ok {
		return errSignature
	}
	return nil
}
