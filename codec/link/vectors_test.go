package link_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"fmt"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec/archiveid"
	"github.com/godwit-im/godwit/codec/link"
)

var rewrite = flag.Bool("rewrite", false, "write testdata/vectors.txt anew")

const vectorFile = "testdata/vectors.txt"

// The fixed inputs of the vectors; private keys are 32 equal bytes.
var (
	vectorFrom       = time.Unix(1_790_000_000, 0)
	vectorTo         = vectorFrom.Add(24 * time.Hour)
	vectorDictionary = [link.DictionarySize]byte{1, 2, 3, 4}
)

func private(b byte) []byte { return bytes.Repeat([]byte{b}, link.KeySize) }

// vectorCertificate is a root that certifies itself as example.org. Its signature has no randomness, but its form may change with
// crypto/x509, so it is made with -rewrite only.
func vectorCertificate(t testing.TB) *tls.Certificate {
	key := ed25519.NewKeyFromSeed(private(0x55))
	if !*rewrite {
		return &tls.Certificate{Certificate: [][]byte{readVectors(t)["certificate"]}, PrivateKey: key}
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "Vector"}, DNSNames: []string{domain}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: vectorFrom.Add(-time.Hour), NotAfter: vectorTo.Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// page is the text of the vectors.
type page struct{ strings.Builder }

func (p *page) add(name string, b []byte) { fmt.Fprintf(p, "%s = %x\n", name, b) }

// makeVectors runs the handshakes with fixed keys and writes down all that passes.
func makeVectors(t testing.TB) string {
	p := new(page)
	p.WriteString("# Vectors of the link, version 1: see LINK.md §10. Each line is a name and bytes in hexadecimal.\n\n")
	server, client := must(link.LoadKey(private(0x11))), must(link.LoadKey(private(0x22)))
	p.add("server.static.private", server.Private[:])
	p.add("server.static.public", server.Public[:])
	p.add("client.static.private", client.Private[:])
	p.add("client.static.public", client.Public[:])
	p.add("server.static.private.before", private(0x77))
	p.add("server.ephemeral.private", private(0x33))
	p.add("client.ephemeral.private", private(0x44))
	p.add("dictionary", vectorDictionary[:])
	p.add("domain", []byte(domain))
	cert := vectorCertificate(t)
	statement := must(link.SignStatement(cert, server.Public[:], vectorFrom, vectorTo, nil))
	p.add("certificate", cert.Certificate[0])
	p.add("certificate.private", private(0x55))
	p.add("statement", statement)
	roots := x509.NewCertPool()
	roots.AddCert(must(x509.ParseCertificate(cert.Certificate[0])))
	before := must(link.LoadKey(private(0x77)))
	for _, v := range []struct {
		name   string
		client func(link.ClientConfig) *link.Handshake
		key    []byte // of the server, as the client knows it
	}{
		{"XX", link.NewClient, nil},
		{"IK", link.OldClient, server.Public[:]},
		{"IK3", link.NewClient, server.Public[:]},
		{"XXfallback", link.NewClient, before.Public[:]},
	} {
		s := &end{h: link.NewServer(&link.ServerConfig{
			Static: server, Dictionary: vectorDictionary, Random: bytes.NewReader(private(0x33)),
			Statement: func(string) ([]byte, error) { return statement, nil },
		})}
		cfg := link.ClientConfig{
			Domain: domain, Static: client, ServerKey: v.key, Dictionary: vectorDictionary, Roots: roots, Now: vectorFrom, Random: bytes.NewReader(private(0x44)),
		}
		p.handshake(t, v.name, &end{h: v.client(cfg)}, s)
	}
	s := earlyServer(server)
	c := &end{h: link.NewClient(link.ClientConfig{
		Domain: domain, Static: client, ServerKey: server.Public[:], Dictionary: vectorDictionary, Random: bytes.NewReader(private(0x44)),
		Early: items, Counter: vectorCounter, IDs: &vectorIDs, Route: []byte("node-1"), Padding: link.PaddingPadme,
	})}
	p.handshake(t, "early", c, s)
	p.add("early.counter", binary.BigEndian.AppendUint64(nil, vectorCounter))
	p.add("early.ids", vectorIDs[:])
	p.add("early.items", must(s.h.Session().EarlyItems(new(link.Desk))))
	p.add("early.route", c.h.Route())
	return p.String()
}

// What the client of the vectors says early, behind the token "node-1".
const vectorCounter = 1_790_000_001

var vectorIDs = archiveid.Key(private(0x66))

// earlyServer takes what a client says early, and wants it at another node.
func earlyServer(static link.Key) *end {
	return &end{h: link.NewServer(&link.ServerConfig{
		Static: static, Dictionary: vectorDictionary, Random: bytes.NewReader(private(0x33)), Route: []byte("node-2"),
		Statement: func(string) ([]byte, error) { return nil, nil },
		Home:      func([]byte) (string, bool) { return domain, true },
		Fresh: func(_ []byte, _ string, counter uint64) (archiveid.Key, bool) {
			return vectorIDs, counter == vectorCounter
		},
	})}
}

// handshake writes down what c and s exchange, and a few frames.
func (p *page) handshake(t testing.TB, name string, c, s *end) {
	p.WriteString("\n")
	first := c.step(nil)
	_, front := link.CutRoute(first)
	if front > 0 {
		p.add(name+".token", first[:front])
	}
	p.add(name+".preamble", first[front:][:link.PreambleSize])
	p.add(name+".client1", first[front:][link.PreambleSize:])
	answer := s.step(first)
	p.add(name+".server1", answer)
	last := c.step(answer)
	if len(last) > 0 {
		p.add(name+".client2", last)
	}
	s.step(last)
	if !c.done || !s.done {
		t.Fatal(c.err, s.err)
	}
	p.add(name+".hash", c.h.Session().HandshakeHash())
	for i, plain := range []string{"first", "second", strings.Repeat("third", 30)} {
		p.add(fmt.Sprintf("%s.frame.client.%d.items", name, i), []byte(plain))
		p.add(fmt.Sprintf("%s.frame.client.%d", name, i), c.h.Session().AppendFrames(nil, []byte(plain)))
	}
	p.add(name+".frame.server.0.items", []byte("answer"))
	p.add(name+".frame.server.0", s.h.Session().AppendFrames(nil, []byte("answer")))
}

func TestVectors(t *testing.T) {
	got := makeVectors(t)
	if *rewrite {
		if err := os.WriteFile(vectorFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	for g, w := range zip(strings.Split(got, "\n"), strings.Split(string(want), "\n")) {
		if g != w {
			t.Fatalf("the vectors have changed, first\n%s\nwas\n%s", g, w)
		}
	}
	t.Fatal("the vectors have changed")
}

// zip ranges over the pairs of a and b, to the end of the shorter.
func zip(a, b []string) func(yield func(string, string) bool) {
	return func(yield func(string, string) bool) {
		for i := range min(len(a), len(b)) {
			if !yield(a[i], b[i]) {
				return
			}
		}
	}
}

// TestReceivedVectors reads what the file says that the peers sent, so that the reading side is held to it too.
func TestReceivedVectors(t *testing.T) {
	v := readVectors(t)
	server, client := must(link.LoadKey(v["server.static.private"])), must(link.LoadKey(v["client.static.private"]))
	roots := x509.NewCertPool()
	roots.AddCert(must(x509.ParseCertificate(v["certificate"])))
	if _, err := link.VerifyStatement(v["statement"], server.Public[:], domain, roots, vectorFrom); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"XX", "IK", "IK3", "XXfallback"} {
		s := &end{h: link.NewServer(&link.ServerConfig{
			Static: server, Dictionary: [link.DictionarySize]byte(v["dictionary"]), Random: bytes.NewReader(v["server.ephemeral.private"]),
			Statement: func(string) ([]byte, error) { return v["statement"], nil },
		})}
		s.step(v[name+".preamble"])
		answer := s.step(v[name+".client1"])
		s.step(v[name+".client2"])
		if !s.done || !bytes.Equal(answer, v[name+".server1"]) {
			t.Errorf("%s: %x, %v", name, answer, s.err)
			continue
		}
		if !bytes.Equal(s.h.Session().HandshakeHash(), v[name+".hash"]) || !bytes.Equal(s.h.Session().PeerStatic(), client.Public[:]) {
			t.Errorf("%s: another hash or client", name)
		}
		for i := range 3 {
			frame := fmt.Sprintf("%s.frame.client.%d", name, i)
			if n, plain, err := s.h.Session().Open(nil, v[frame]); err != nil || n != len(v[frame]) || !bytes.Equal(plain, v[frame+".items"]) {
				t.Errorf("%s: %d, %q, %v", frame, n, plain, err)
			}
		}
	}
}

// TestReceivedEarlyVector: what the file has of a client that comes back is read, with the token and without it.
func TestReceivedEarlyVector(t *testing.T) {
	v := readVectors(t)
	for _, token := range [][]byte{v["early.token"], nil} {
		s := earlyServer(must(link.LoadKey(v["server.static.private"])))
		answer := s.step(slices.Concat(token, v["early.preamble"], v["early.client1"]))
		if !s.done || !bytes.Equal(answer, v["early.server1"]) || !bytes.Equal(s.h.Session().HandshakeHash(), v["early.hash"]) {
			t.Fatalf("%x, %v", answer, s.err)
		}
		if got, err := s.h.Session().EarlyItems(new(link.Desk)); err != nil || !bytes.Equal(got, v["early.items"]) {
			t.Errorf("%x, %v", got, err)
		}
	}
}

func readVectors(t testing.TB) map[string][]byte {
	text, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	v := make(map[string][]byte)
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), " = "); ok {
			v[name] = must(hex.DecodeString(value))
		}
	}
	return v
}
