package edge

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/xmpp/stream"
)

// testCerts returns a source of self-signed certificates, each for its names.
func testCerts(t testing.TB, names ...[]string) *CertSource {
	t.Helper()
	var list []tls.Certificate
	for _, n := range names {
		pair, err := makeCert(n...)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, pair)
	}
	s, err := NewStaticCerts(list...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func makeCert(names ...string) (pair tls.Certificate, err error) {
	chain, key, err := SelfSigned(time.Now(), names...)
	if err != nil {
		return pair, err
	}
	return tls.X509KeyPair(chain, key)
}

var localhost = []string{"localhost"}

// clientTLS is a client's configuration that believes everything; tests look at what they care for.
func clientTLS() *tls.Config {
	return &tls.Config{InsecureSkipVerify: true, ServerName: "localhost"}
}

// tlsEcho is echo with STARTTLS for "<starttls>" and "binding NAME", which tells a channel binding.
func tlsEcho() stream.Machine {
	var security *stream.Security
	plain := echo()
	return stepFunc(func(in *stream.Input, out *stream.Output) {
		if in.Security != nil {
			security = in.Security
		}
		text := ""
		if in.Kind == stream.Element {
			text = string(in.Element.Text())
		}
		name, asked := strings.CutPrefix(text, "binding ")
		switch {
		case text == "<starttls>":
			out.Buf = append(out.Buf, "<proceed>\n"...)
			out.StartTLS()
		case text == "security":
			out.Buf = fmt.Appendf(out.Buf, "%s %s\n", security.Protocol, security.ServerName)
		case asked:
			out.Buf = fmt.Appendf(out.Buf, "%x\n", security.Bindings(name))
		case in.Kind == stream.Secured:
			out.Buf = append(out.Buf, "secured\n"...)
		default:
			plain.Step(in, out)
		}
	})
}

func serveTLS(t testing.TB, config Config, kind Kind) *testServer {
	t.Helper()
	return serveListener(t, config, Listener{Kind: kind, NewMachine: tlsEcho, Certificates: testCerts(t, localhost)}, lines)
}

func TestDirectTLS(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			s := serveTLS(t, Config{}, C2STLS)
			config := clientTLS()
			config.MaxVersion, config.NextProtos = version, []string{"xmpp-client"}
			c := tls.Client(s.dial(), config)
			r := bufio.NewReader(c)
			send(t, c, "hello\nsecurity\n")
			expect(t, r, "hello", tls.VersionName(version)+" localhost")
			if p := c.ConnectionState().NegotiatedProtocol; p != "xmpp-client" {
				t.Errorf("ALPN gave %q", p)
			}
			big := strings.Repeat("x", 100_000)
			send(t, c, big+"\n")
			expect(t, r, big)
			send(t, c, "</open>\n")
			expect(t, r, "</open>")
			expectEnd(t, r) // io.EOF, and not an unexpected one: close_notify has come
			_ = c.Close()
			s.empty()
		})
	}
}

// TestHalfClosedTLS: a client that has ended its half of TLS gets the answers to what it sent before, although a job was running then.
func TestHalfClosedTLS(t *testing.T) {
	release := make(chan bool)
	s := serveListener(t, Config{}, Listener{Kind: C2STLS, NewMachine: gated(release), Certificates: testCerts(t, localhost)}, lines)
	c := tls.Client(s.dial(), clientTLS())
	send(t, c, "slow\nfree\n")
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	release <- true
	r := bufio.NewReader(c)
	expect(t, r, "slow", "free")
	expectEnd(t, r)
	_ = c.Close()
	s.empty()
}

// TestOldTLSRefused: nothing below TLS 1.2.
func TestOldTLSRefused(t *testing.T) {
	s := serveTLS(t, Config{LingerTimeout: 50 * time.Millisecond}, C2STLS)
	config := clientTLS()
	config.MinVersion, config.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	if err := tls.Client(s.dial(), config).Handshake(); err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("handshake: %v", err)
	}
	s.empty()
	if n := s.Stats().HandshakesFailed; n != 1 {
		t.Errorf("%d failed handshakes counted", n)
	}
}

// TestALPN: a client that wants another protocol gets none of ours; one that asks for nothing is served (XEP-0368 §3).
func TestALPN(t *testing.T) {
	s := serveTLS(t, Config{}, C2STLS)
	config := clientTLS()
	config.NextProtos = []string{"h2"}
	if err := tls.Client(s.dial(), config).Handshake(); err == nil {
		t.Error("h2 was accepted")
	}
	c := tls.Client(s.dial(), clientTLS())
	send(t, c, "x\n")
	expect(t, bufio.NewReader(c), "x")
}

func TestSTARTTLS(t *testing.T) {
	s := serveTLS(t, Config{}, C2S)
	c := s.dial()
	r := bufio.NewReader(c)
	send(t, c, "<open>\n<starttls>\n")
	expect(t, r, "<proceed>")
	tc := tls.Client(c, clientTLS())
	r = bufio.NewReader(tc)
	send(t, tc, "hello\n")
	expect(t, r, "secured", "hello")
	send(t, tc, "<starttls>\n") // a second time
	if _, err := io.ReadAll(r); err != nil {
		t.Errorf("not closed in order: %v", err)
	}
}

// TestSTARTTLSInjection sends a stanza behind the request for TLS, with the segments cut at every place: it must never be processed, neither
// before nor after the handshake.
func TestSTARTTLSInjection(t *testing.T) {
	s := serveTLS(t, Config{}, C2S)
	const text = "<open>\n<starttls>\nINJECTED\n"
	request := len("<open>\n<starttls>\n")
	for cut := 1; cut <= len(text); cut++ {
		before := s.Stats().BytesReceived
		c := s.dial()
		send(t, c, text[:cut])
		if cut >= request {
			// The server has the request, and answers or closes before it sees the rest.
			if line, err := bufio.NewReader(c).ReadString('\n'); err == nil && line != "<proceed>\n" {
				t.Fatalf("cut %d: %q", cut, line)
			}
		} else {
			until(t, "the first part is read", func() bool { return s.Stats().BytesReceived-before >= uint64(cut) })
		}
		_, _ = io.WriteString(c, text[cut:]) // may fail: the server has closed
		got, _ := io.ReadAll(c)
		if bytes.Contains(got, []byte("INJECTED")) {
			t.Fatalf("cut %d: echoed in the clear: %q", cut, got)
		}
		_ = c.Close()
		s.empty()
	}
	if n := s.Stats().Handshakes; n != 0 {
		t.Errorf("%d handshakes", n)
	}
	if n := s.Stats().Injected; n < uint64(request-1) {
		t.Errorf("%d injections found, want at least %d", n, request-1)
	}
}

// TestSTARTTLSLineBreak is about clients that end each element with a line break: before our answer, behind it, and cut off from it.
func TestSTARTTLSLineBreak(t *testing.T) {
	s := serveTLS(t, Config{}, C2S)
	for _, behind := range []bool{false, true} {
		c := s.dial()
		r := bufio.NewReader(c)
		if behind {
			send(t, c, "<open>\n<starttls>\n")
			expect(t, r, "<proceed>")
			send(t, c, " \r\n")
		} else {
			send(t, c, "<open>\n<starttls>\n \r\n")
			expect(t, r, "<proceed>")
		}
		tc := tls.Client(c, clientTLS())
		send(t, tc, "hello\n")
		expect(t, bufio.NewReader(tc), "secured", "hello")
		_ = c.Close()
	}
}

// TestSTARTTLSOneByte feeds the whole of it byte by byte, handshake included.
func TestSTARTTLSOneByte(t *testing.T) {
	s := serveTLS(t, Config{}, C2S)
	c := byByte{s.dial()}
	r := bufio.NewReader(c)
	send(t, c, "<open>\n<starttls>\n")
	expect(t, r, "<proceed>")
	tc := tls.Client(c, clientTLS())
	send(t, tc, "hello\n")
	expect(t, bufio.NewReader(tc), "secured", "hello")
}

// byByte writes each byte on its own. With TCP_NODELAY it mostly arrives so.
type byByte struct{ net.Conn }

func (c byByte) Write(p []byte) (int, error) {
	for i := range p {
		if _, err := c.Conn.Write(p[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(p), nil
}

// TestHandshakeDeadline: a peer that does not go on with its handshake is gone in time, wherever it stops.
func TestHandshakeDeadline(t *testing.T) {
	hello := clientHello(t)
	for _, n := range []int{0, 1, len(hello) - 1, len(hello)} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			s := serveTLS(t, Config{HandshakeTimeout: 200 * time.Millisecond}, C2STLS)
			c := s.dial()
			send(t, c, string(hello[:n]))
			_, _ = io.ReadAll(c)
			s.empty()
			if st := s.Stats(); st.Late != 1 {
				t.Errorf("%+v", st)
			}
		})
	}
}

// clientHello returns the first flight of a TLS client.
func clientHello(t testing.TB) []byte {
	a, b := net.Pipe()
	go func() { _ = tls.Client(a, clientTLS()).Handshake(); _ = a.Close() }()
	p := make([]byte, 8192)
	n, err := b.Read(p)
	if err != nil {
		t.Fatal(err)
	}
	_ = b.Close()
	return p[:n]
}

// TestHandshakeGarbage: what is no handshake costs no goroutine of the lane.
func TestHandshakeGarbage(t *testing.T) {
	s := serveTLS(t, Config{}, C2STLS)
	for _, text := range []string{"<?xml version='1.0'?>", "\x16\x02\x00\x00\x01\x00", "\x16\x03\x01\xff\xff", "\x16\x03\x01\x00\x00", "\x80\x2e\x01\x03\x01"} {
		c := s.dial()
		send(t, c, text)
		_, _ = io.ReadAll(c)
		s.empty()
	}
	if n := s.Stats().HandshakesFailed; n != 5 {
		t.Errorf("%d failed handshakes counted", n)
	}
}

// TestHandshakesDoNotStarve: with the lane full of peers that have stopped, others are served when those are gone, and peers that have
// not even finished their hello take no place in it.
func TestHandshakesDoNotStarve(t *testing.T) {
	s := serveTLS(t, Config{Handshakes: 2, HandshakeTimeout: 300 * time.Millisecond}, C2STLS)
	hello := clientHello(t)
	for range 20 {
		send(t, s.dial(), string(hello[:len(hello)-1]))
	}
	c := tls.Client(s.dial(), clientTLS())
	send(t, c, "x\n")
	expect(t, bufio.NewReader(c), "x")
	for range 4 {
		send(t, s.dial(), string(hello))
	}
	c = tls.Client(s.dial(), clientTLS())
	if err := c.Handshake(); err != nil {
		t.Logf("in the queue for too long: %v", err) // may be, with a timeout like this
	}
	until(t, "slow peers are gone", func() bool { return s.Stats().Connections <= 2 })
	c = tls.Client(s.dial(), clientTLS())
	send(t, c, "x\n")
	expect(t, bufio.NewReader(c), "x")
}

func TestCertificateByName(t *testing.T) {
	certs := testCerts(t, []string{"one.example"}, []string{"two.example", "*.two.example"})
	s := serveListener(t, Config{}, Listener{Kind: C2STLS, NewMachine: tlsEcho, Certificates: certs}, lines)
	for name, want := range map[string]string{
		"one.example": "one.example", "two.example": "two.example", "x.two.example": "two.example", "three.example": "one.example", "": "one.example",
	} {
		config := clientTLS()
		config.ServerName = name
		c := tls.Client(s.dial(), config)
		if err := c.Handshake(); err != nil {
			t.Fatal(err)
		}
		if got := c.ConnectionState().PeerCertificates[0].Subject.CommonName; got != want {
			t.Errorf("for %q: %q, want %q", name, got, want)
		}
	}
}

// TestCertificateReload: new connections see the new certificate, old ones go on, and no session of before is resumed.
func TestCertificateReload(t *testing.T) {
	dir := t.TempDir()
	files := CertFiles{Chain: filepath.Join(dir, "chain.pem"), Key: filepath.Join(dir, "key.pem")}
	write := func() {
		chain, key, err := SelfSigned(time.Now())
		if err != nil {
			t.Fatal(err)
		}
		for name, p := range map[string][]byte{files.Chain: chain, files.Key: key} {
			if err := os.WriteFile(name, p, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	write()
	certs, err := NewCertSource(files)
	if err != nil {
		t.Fatal(err)
	}
	s := serveListener(t, Config{}, Listener{Kind: C2STLS, NewMachine: tlsEcho, Certificates: certs}, lines)
	config := clientTLS()
	config.ClientSessionCache = tls.NewLRUClientSessionCache(4)
	connect := func() (*tls.Conn, *bufio.Reader) {
		c := tls.Client(s.dial(), config)
		r := bufio.NewReader(c)
		send(t, c, "x\n")
		expect(t, r, "x")
		return c, r
	}
	first, firstReader := connect()
	second, _ := connect()
	if !second.ConnectionState().DidResume {
		t.Error("no session was resumed")
	}
	write()
	if err := certs.Reload(); err != nil {
		t.Fatal(err)
	}
	third, _ := connect()
	if third.ConnectionState().DidResume {
		t.Error("a session of before the reload was resumed")
	}
	if first.ConnectionState().PeerCertificates[0].Equal(third.ConnectionState().PeerCertificates[0]) {
		t.Error("the certificate is the old one")
	}
	send(t, first, "still here\n")
	expect(t, firstReader, "still here")

	if err := os.WriteFile(files.Key, []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := certs.Reload(); err == nil {
		t.Error("rubbish was loaded")
	}
	connect()
}

// TestChannelBindings compares both ends, with fresh and resumed sessions.
func TestChannelBindings(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		s := serveTLS(t, Config{}, C2STLS)
		config := clientTLS()
		config.MaxVersion, config.ClientSessionCache = version, tls.NewLRUClientSessionCache(4)
		for resumed := range 2 {
			c := tls.Client(s.dial(), config)
			r := bufio.NewReader(c)
			send(t, c, "binding tls-exporter\nbinding tls-server-end-point\nbinding tls-unique\n")
			state := c.ConnectionState()
			exporter, err := state.ExportKeyingMaterial("EXPORTER-Channel-Binding", []byte{}, 32)
			if err != nil {
				t.Fatal(err)
			}
			expect(t, r, hex.EncodeToString(exporter), hex.EncodeToString(endPoint(state.PeerCertificates[0])), "")
			if state.DidResume != (resumed == 1) {
				t.Errorf("%s: connection %d, resumed %v", tls.VersionName(version), resumed, state.DidResume)
			}
		}
	}
}

func TestEndPointHash(t *testing.T) { // RFC 5929 §4.1
	for algorithm, size := range map[x509.SignatureAlgorithm]int{
		x509.MD5WithRSA: 32, x509.SHA1WithRSA: 32, x509.ECDSAWithSHA1: 32, x509.SHA256WithRSA: 32, x509.ECDSAWithSHA256: 32,
		x509.SHA256WithRSAPSS: 32, x509.SHA384WithRSA: 48, x509.ECDSAWithSHA384: 48, x509.SHA512WithRSA: 64, x509.SHA512WithRSAPSS: 64, x509.PureEd25519: 0,
	} {
		if got := endPoint(&x509.Certificate{SignatureAlgorithm: algorithm}); len(got) != size {
			t.Errorf("%v: %d bytes, want %d", algorithm, len(got), size)
		}
	}
}

func TestSelfSigned(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	chain, key, err := SelfSigned(now)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(pair.Leaf)
	for _, host := range []string{"localhost", "127.0.0.1", "::1"} {
		for at, ok := range map[time.Time]bool{now: true, now.AddDate(1, 0, 0): true, now.AddDate(1, 0, 1): false, now.Add(-2 * time.Hour): false} {
			_, err := pair.Leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: roots, CurrentTime: at})
			if (err == nil) != ok {
				t.Errorf("%s at %v: %v", host, at, err)
			}
		}
	}
}
