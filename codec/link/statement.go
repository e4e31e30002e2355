package link

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"crypto/rand"
)

// MaxStatement is the most bytes of a statement.
const MaxStatement = 12_288

// MaxValidity is the longest time that a statement may hold.
const MaxValidity = 31 * 24 * time.Hour

// statementVersion begins a statement: version ‖ not before ‖ not after ‖ scheme ‖ signature ‖ certificates. LINK.md §5.
const statementVersion = 1

// statementFixed is the bytes before the signature's length.
const statementFixed = 1 + 8 + 8 + 2

// maxChain is the most certificates of a statement.
const maxChain = 8

// signed returns the bytes that the signature is over. 64 spaces and a context keep it apart from everything else that the same key signs, as in
// TLS (RFC 8446).
func signed(serverKey []byte, notBefore, notAfter uint64) []byte {
	const context = "Godwit link, server static key\x00"
	b := make([]byte, 64, 64+len(context)+KeySize+16)
	for i := range b {
		b[i] = ' '
	}
	b = append(append(b, context...), statementVersion)
	b = append(b, serverKey...)
	b = binary.BigEndian.AppendUint64(b, notBefore)
	return binary.BigEndian.AppendUint64(b, notAfter)
}

// SignStatement makes the statement by which clients of the hosts in cert know the server's static public key: cert's chain and a
// signature by its private key, a crypto.Signer of ECDSA (P-256, P-384, P-521), RSA or Ed25519. Times are kept in seconds. random may be nil.
func SignStatement(cert *tls.Certificate, serverKey []byte, notBefore, notAfter time.Time, random io.Reader) ([]byte, error) {
	signer, ok := cert.PrivateKey.(crypto.Signer)
	switch {
	case !ok:
		return nil, errors.New("link: the certificate's private key cannot sign")
	case len(cert.Certificate) == 0 || len(cert.Certificate) > maxChain:
		return nil, fmt.Errorf("link: a chain of %d certificates", len(cert.Certificate))
	case len(serverKey) != KeySize:
		return nil, errors.New("link: the server's key has a wrong size")
	case !notAfter.After(notBefore) || notAfter.Sub(notBefore) > MaxValidity:
		return nil, errors.New("link: a statement that holds too long, or never")
	}
	scheme, err := schemeFor(signer.Public())
	if err != nil {
		return nil, err
	}
	from, to := uint64(notBefore.Unix()), uint64(notAfter.Unix())
	signature, err := sign(signer, scheme, signed(serverKey, from, to), random)
	if err != nil {
		return nil, fmt.Errorf("link: sign the statement: %w", err)
	}
	b := binary.BigEndian.AppendUint64([]byte{statementVersion}, from)
	b = binary.BigEndian.AppendUint64(b, to)
	b = binary.BigEndian.AppendUint16(b, uint16(scheme))
	b = append(appendVarint(b, len(signature)), signature...)
	for _, der := range cert.Certificate {
		b = append(appendVarint(b, len(der)), der...)
	}
	if len(b) > MaxStatement {
		return nil, errors.New("link: the certificate chain is too large for a statement")
	}
	return b, nil
}

// schemeFor returns how a key signs, as TLS numbers it (RFC 8446).
func schemeFor(public crypto.PublicKey) (tls.SignatureScheme, error) {
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		switch k.Curve {
		case elliptic.P256():
			return tls.ECDSAWithP256AndSHA256, nil
		case elliptic.P384():
			return tls.ECDSAWithP384AndSHA384, nil
		case elliptic.P521():
			return tls.ECDSAWithP521AndSHA512, nil
		}
	case *rsa.PublicKey:
		if k.N.BitLen() < minRSA {
			return 0, errors.New("link: an RSA key below 2,048 bits")
		}
		return tls.PSSWithSHA256, nil
	case ed25519.PublicKey:
		return tls.Ed25519, nil
	}
	return 0, fmt.Errorf("link: a key of type %T cannot sign statements", public)
}

// minRSA is the fewest bits of an RSA key.
const minRSA = 2_048

// hashOf returns the hash of a scheme, 0 for Ed25519, which signs the message itself.
func hashOf(scheme tls.SignatureScheme) crypto.Hash {
	switch scheme {
	case tls.ECDSAWithP256AndSHA256, tls.PSSWithSHA256:
		return crypto.SHA256
	case tls.ECDSAWithP384AndSHA384:
		return crypto.SHA384
	case tls.ECDSAWithP521AndSHA512:
		return crypto.SHA512
	}
	return 0
}

// digest returns what a scheme signs of message.
func digest(scheme tls.SignatureScheme, message []byte) []byte {
	hash := hashOf(scheme)
	if hash == 0 {
		return message
	}
	h := hash.New()
	h.Write(message)
	return h.Sum(nil)
}

func sign(signer crypto.Signer, scheme tls.SignatureScheme, message []byte, random io.Reader) ([]byte, error) {
	if random == nil {
		random = rand.Reader
	}
	var opts crypto.SignerOpts = hashOf(scheme)
	if scheme == tls.PSSWithSHA256 {
		opts = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
	}
	return signer.Sign(random, digest(scheme, message), opts)
}
