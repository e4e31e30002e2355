package client

import (
	"context"
	"crypto"
	_ "crypto/sha256" // the hashes of certificates
	_ "crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"fmt"

	"github.com/godwit-im/godwit/xmpp/sasl"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// alpn names XMPP in direct TLS (XEP-0368 §4).
const alpn = "xmpp-client"

// startTLS turns the connection into a TLS one, with the application protocol in ALPN if there is one.
func (c *Conn) startTLS(ctx context.Context, protocol string) (*stream.Security, error) {
	cfg := &tls.Config{}
	if c.m.cfg.TLS != nil {
		cfg = c.m.cfg.TLS.Clone()
	}
	orDefault(&cfg.ServerName, c.m.cfg.domain()) // RFC 6120 §13.7.2.1: the name checked is that of the service
	if protocol != "" && cfg.NextProtos == nil {
		cfg.NextProtos = []string{protocol}
	}
	conn := tls.Client(c.raw, cfg)
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("client: starting TLS: %w", err)
	}
	c.net = conn
	state := conn.ConnectionState()
	return &stream.Security{
		Protocol:   tls.VersionName(state.Version),
		ServerName: state.ServerName,
		Bindings:   func(name string) []byte { return tlsBinding(&state, name) },
	}, nil
}

// tlsBinding returns the data of a channel binding.
func tlsBinding(state *tls.ConnectionState, name string) []byte {
	switch name {
	case sasl.TLSExporter: // RFC 9266 §2
		data, err := state.ExportKeyingMaterial("EXPORTER-Channel-Binding", []byte{}, 32)
		if err != nil {
			return nil // TLS 1.2 without the extended master secret
		}
		return data
	case sasl.TLSServerEndPoint:
		return endPoint(state.PeerCertificates)
	}
	return nil
}

// endPoint hashes the server's certificate (RFC 5929 §4.1): with the hash of its signature, and SHA-256 in the place of MD5 and SHA-1.
// There is none for a signature without a hash of its own, as Ed25519 is.
func endPoint(chain []*x509.Certificate) []byte {
	if len(chain) == 0 {
		return nil
	}
	var hash crypto.Hash
	switch chain[0].SignatureAlgorithm {
	case x509.MD5WithRSA, x509.SHA1WithRSA, x509.ECDSAWithSHA1,
		x509.SHA256WithRSA, x509.SHA256WithRSAPSS, x509.ECDSAWithSHA256:
		hash = crypto.SHA256
	case x509.SHA384WithRSA, x509.SHA384WithRSAPSS, x509.ECDSAWithSHA384:
		hash = crypto.SHA384
	case x509.SHA512WithRSA, x509.SHA512WithRSAPSS, x509.ECDSAWithSHA512:
		hash = crypto.SHA512
	default:
		return nil
	}
	h := hash.New()
	h.Write(chain[0].Raw)
	return h.Sum(nil)
}
