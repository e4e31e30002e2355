package client_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/codec/pack"
	"github.com/godwit-im/godwit/codec/xmltext"
)

// patience is how long a test waits for what must come: only a failure takes it.
const patience = time.Minute

// peer is the scripted server's end of one connection. It speaks XML in the script, and XML or the link on the wire.
type peer struct {
	conn    net.Conn
	dec     codec.Decoder
	enc     codec.Encoder
	scratch codec.Scratch
	rest    []byte // read and not decoded
	buf     [4096]byte
	session *link.Session // nil but on the link
	desk    link.Desk
	sealed  []byte // read and not opened
	slow    bool   // every byte is written alone
	restart bool   // the client may open the stream anew, or close it
}

func newPeer(conn net.Conn) *peer {
	conn.SetDeadline(time.Now().Add(patience))
	return &peer{conn: conn, enc: xmltext.Encoder{}, dec: xmltext.NewDecoder(&codec.DefaultLimits)}
}

// listen returns the address of a new listener on loopback, and a function that waits for the next connection to it.
func listen(t testing.TB) (address string, accept func() *peer) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String(), func() *peer {
		t.Helper()
		l.(*net.TCPListener).SetDeadline(time.Now().Add(patience))
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return newPeer(conn)
	}
}

// say writes what text holds: anything on XML, elements, headers and the end of the stream on the link.
func (p *peer) say(text string) error {
	b := []byte(text)
	if p.session != nil {
		b = p.session.AppendItems(nil, p.items(text), &p.desk)
	}
	return p.write(b)
}

func (p *peer) write(b []byte) error {
	if !p.slow {
		_, err := p.conn.Write(b)
		return err
	}
	for i := range b {
		if _, err := p.conn.Write(b[i : i+1]); err != nil {
			return err
		}
	}
	return nil
}

// closedByPeer reports whether a write failed because the other end has closed the connection.
func closedByPeer(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET)
}

// items returns what text says in the compact coding.
func (p *peer) items(text string) (plain []byte) {
	text, closes := strings.CutSuffix(text, "</stream:stream>")
	opens := strings.Contains(text, "<stream:stream ")
	if !opens {
		text = header + text
	}
	d, s := xmltext.NewDecoder(&codec.DefaultLimits), codec.Scratch{}
	for b := []byte(text); len(b) > 0; {
		n, event, err := d.Decode(b, &s)
		switch {
		case err != nil:
			panic(err)
		case event == codec.EventElement:
			plain = p.enc.AppendElement(plain, s.Tree.Root())
		case event == codec.EventOpen && opens:
			plain = p.enc.AppendOpen(plain, s.Tree.Root())
		}
		b = b[n:]
	}
	if closes {
		plain = p.enc.AppendClose(plain)
	}
	return plain
}

// header begins a stream without saying anything.
const header = `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`

// next returns what the client says next: a stream header, an element or the end of the stream. The element is valid until
// the next call.
func (p *peer) next() (codec.Event, codec.Element, error) {
	for {
		for len(p.rest) > 0 {
			if p.restart && p.rest[0] == '<' && p.rest[1] != '/' || p.restart && p.session != nil {
				p.dec.Restart()
			}
			p.restart = false
			n, event, err := p.dec.Decode(p.rest, &p.scratch)
			p.rest = p.rest[n:]
			if err != nil {
				return event, codec.Element{}, err
			}
			if event != codec.EventNone {
				return event, p.scratch.Tree.Root(), nil
			}
		}
		if err := p.read(); err != nil {
			return codec.EventNone, codec.Element{}, err
		}
	}
}

func (p *peer) read() error {
	if p.session != nil && len(p.sealed) > 0 {
		n, plain, err := p.session.OpenItems(p.sealed, &p.desk)
		if n > 0 || err != nil {
			p.sealed, p.rest = p.sealed[n:], plain
			return err
		}
	}
	n, err := p.conn.Read(p.buf[:])
	if p.session == nil {
		p.rest = p.buf[:n]
	} else {
		p.sealed = append(p.sealed, p.buf[:n]...)
	}
	return err
}

// hear returns what the client says next, as XML.
func (p *peer) hear() (string, error) {
	event, e, err := p.next()
	if err != nil {
		return "", err
	}
	switch event {
	case codec.EventOpen:
		return string(xmltext.Encoder{}.AppendOpen(nil, e)), nil
	case codec.EventClose:
		return string(xmltext.Encoder{}.AppendClose(nil)), nil
	}
	return string(xmltext.Encoder{}.AppendElement(nil, e)), nil
}

// gone reports whether the client has closed the connection; nil says yes.
func (p *peer) gone() error {
	heard, err := p.hear()
	var timeout net.Error
	switch {
	case err == nil:
		return fmt.Errorf("the client goes on: %s", heard)
	case errors.As(err, &timeout) && timeout.Timeout():
		return errors.New("the client keeps the connection open")
	}
	return nil
}

// startTLS makes the connection a TLS one.
func (p *peer) startTLS() error {
	conn := tls.Server(p.conn, &tls.Config{Certificates: []tls.Certificate{certificate()}, NextProtos: []string{"xmpp-client"}})
	p.conn = conn
	return conn.Handshake()
}

// startLink does the server's half of the link's handshake.
func (p *peer) startLink(cfg *link.ServerConfig) error {
	h := link.NewServer(cfg)
	for {
		n, out, done, err := h.Step(p.sealed)
		p.sealed = p.sealed[n:]
		if _, e := p.conn.Write(out); e != nil {
			return e
		}
		if err != nil {
			return err
		}
		if done {
			break
		}
		m, err := p.conn.Read(p.buf[:])
		if err != nil {
			return err
		}
		p.sealed = append(p.sealed, p.buf[:m]...)
	}
	p.session = h.Session()
	p.enc, p.dec = compact.Encoder{}, compact.NewDecoder(&codec.DefaultLimits)
	return nil
}

// login is the server's half of a login by PLAIN, in the clear.
func (p *peer) login() error {
	const open = `<stream:stream from='example.com' id='1' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`
	for _, answer := range []string{
		open + `<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>`,
		`<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>`,
		open + `<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm xmlns='urn:xmpp:sm:3'/></stream:features>`,
	} {
		if _, err := p.hear(); err != nil {
			return err
		}
		if err := p.say(answer); err != nil {
			return err
		}
		p.restart = strings.HasPrefix(answer, "<success")
	}
	_, e, err := p.next()
	if err != nil {
		return err
	}
	return p.say(fmt.Sprintf(`<iq type='result' id='%s'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>juliet@example.com/x</jid></bind></iq>`, e.Attr(atom.ID)))
}

// linkKey is the server's.
var linkKey = sync.OnceValue(func() link.Key {
	key, err := link.NewKey(nil)
	if err != nil {
		panic(err)
	}
	return key
})

// linkServer is the server of example.com. It may have forgotten all devices.
func linkServer(forgetful bool) *link.ServerConfig {
	return &link.ServerConfig{
		Static: linkKey(), Dictionary: pack.Dictionary(),
		Home:  func([]byte) (string, bool) { return "example.com", !forgetful },
		Known: func([]byte, string) bool { return !forgetful },
		Statement: func(domain string) ([]byte, error) {
			if domain != "example.com" && domain != "" {
				return nil, errors.New("not served here")
			}
			cert, key := certificate(), linkKey()
			return link.SignStatement(&cert, key.Public[:], time.Now().Add(-time.Minute), time.Now().Add(time.Hour), nil)
		},
	}
}

// otherServer has another key than linkServer, and several hosts: it refuses IK, as it cannot tell who is meant.
func otherServer() *link.ServerConfig {
	return &link.ServerConfig{
		Dictionary: pack.Dictionary(),
		Statement:  func(string) ([]byte, error) { return nil, errors.New("which one?") },
	}
}

// certificate is that of example.com, signed by itself.
var certificate = sync.OnceValue(func() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "example.com"}, DNSNames: []string{"example.com"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
})

// clientTLS trusts that certificate.
func clientTLS() *tls.Config {
	roots := x509.NewCertPool()
	roots.AddCert(certificate().Leaf)
	return &tls.Config{RootCAs: roots}
}
