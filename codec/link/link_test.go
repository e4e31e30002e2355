package link_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	mathrand "math/rand/v2"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec/link"
)

var errNoHost = errors.New("no such host")

const domain = "example.org"

// now is the time of all handshakes here.
var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// seeded is deterministic randomness.
func seeded(b byte) *mathrand.ChaCha8 { return mathrand.NewChaCha8([32]byte{b}) }

func newKey(t testing.TB, seed byte) link.Key {
	t.Helper()
	k, err := link.NewKey(seeded(seed))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// authority is a root, and what a server of its needs.
type authority struct {
	key   *ecdsa.PrivateKey
	cert  *x509.Certificate
	roots *x509.CertPool
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{key: key, roots: x509.NewCertPool()}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test root"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0), KeyUsage: x509.KeyUsageCertSign,
	}
	a.cert = a.sign(t, template, template, key.Public())
	a.roots.AddCert(a.cert)
	return a
}

func (a *authority) sign(t testing.TB, template, parent *x509.Certificate, public any) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, a.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// leaf is the template of a server's certificate.
func leaf(names ...string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: names, NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(0, 1, 0),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
}

// issue makes a certificate with a new ECDSA key.
func (a *authority) issue(t testing.TB, template *x509.Certificate) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := a.sign(t, template, a.cert, key.Public())
	return &tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
}

// world is a server and a client that trust each other's authority.
type world struct {
	server link.ServerConfig
	client link.ClientConfig
}

func newWorld(t testing.TB) *world {
	t.Helper()
	a := newAuthority(t)
	w := &world{server: link.ServerConfig{Static: newKey(t, 1), Random: seeded(3)}}
	statement, err := link.SignStatement(a.issue(t, leaf(domain)), w.server.Static.Public[:], now.Add(-time.Hour), now.Add(time.Hour), nil)
	if err != nil {
		t.Fatal(err)
	}
	w.server.Statement = func(d string) ([]byte, error) {
		if d != domain {
			return nil, errNoHost
		}
		return statement, nil
	}
	w.server.Home = func(peer []byte) (string, bool) { return domain, bytes.Equal(peer, w.client.Static.Public[:]) }
	w.client = link.ClientConfig{Domain: domain, Static: newKey(t, 2), Roots: a.roots, Now: now, Random: seeded(4)}
	return w
}

// ik makes the client know the server's key.
func (w *world) ik() *world {
	w.client.ServerKey = w.server.Static.Public[:]
	return w
}

// end is one end of a connection, with the input it has not consumed.
type end struct {
	h    *link.Handshake
	in   []byte
	done bool
	err  error
}

// step gives e the bytes p and returns what it writes.
func (e *end) step(p []byte) []byte {
	if e.err != nil {
		return nil
	}
	e.in = append(e.in, p...)
	if e.done {
		return nil
	}
	n, out, done, err := e.h.Step(e.in)
	e.in, e.done, e.err = e.in[n:], done, err
	return out
}

// run connects the two ends in pieces of size bytes, until nothing moves. change may alter what passes, by its sender and the number of
// bytes that it sent before.
func (w *world) run(size int, change func(fromClient bool, at int, p []byte)) (c, s *end) {
	return w.runAs(link.NewClient, size, change)
}

// runAs is run with a client of another make.
func (w *world) runAs(client func(link.ClientConfig) *link.Handshake, size int, change func(fromClient bool, at int, p []byte)) (c, s *end) {
	c, s = &end{h: client(w.client)}, &end{h: link.NewServer(&w.server)}
	toServer, toClient := c.step(nil), []byte(nil)
	sentC, sentS := 0, 0
	for len(toServer)+len(toClient) > 0 {
		if n := min(size, len(toServer)); n > 0 {
			p := toServer[:n]
			change(true, sentC, p)
			sentC += n
			toServer = toServer[n:]
			toClient = append(toClient, s.step(p)...)
		}
		if n := min(size, len(toClient)); n > 0 {
			p := toClient[:n]
			change(false, sentS, p)
			sentS += n
			toClient = toClient[n:]
			toServer = append(toServer, c.step(p)...)
		}
	}
	return c, s
}

func unchanged(bool, int, []byte) {}

// connect runs a handshake that must succeed and returns both sessions.
func (w *world) connect(t testing.TB, size int) (c, s *link.Session) {
	t.Helper()
	ce, se := w.run(size, unchanged)
	if !ce.done || !se.done || ce.err != nil || se.err != nil {
		t.Fatalf("client done %v, %v; server done %v, %v", ce.done, ce.err, se.done, se.err)
	}
	return ce.h.Session(), se.h.Session()
}

func TestHandshake(t *testing.T) {
	for _, size := range []int{1, 7, 1 << 20} {
		for _, w := range []*world{newWorld(t), newWorld(t).ik()} {
			c, s := w.connect(t, size)
			if !bytes.Equal(c.PeerStatic(), w.server.Static.Public[:]) || !bytes.Equal(s.PeerStatic(), w.client.Static.Public[:]) {
				t.Error("the ends do not know each other's keys")
			}
			if !bytes.Equal(c.HandshakeHash(), s.HandshakeHash()) || len(c.HandshakeHash()) != 32 {
				t.Error("the handshake hashes differ")
			}
			if c.Pattern() != s.Pattern() || c.Domain() != domain || s.Domain() != domain {
				t.Error("the ends disagree about pattern or domain")
			}
			exchange(t, c, s)
			exchange(t, s, c)
		}
	}
}

// exchange sends from a to b.
func exchange(t testing.TB, a, b *link.Session) {
	t.Helper()
	for range 3 {
		sealed := a.AppendFrames(nil, []byte("some items"))
		n, plain, err := b.Open(nil, sealed)
		if err != nil || n != len(sealed) || string(plain) != "some items" {
			t.Fatalf("Open = %d, %q, %v", n, plain, err)
		}
	}
}
