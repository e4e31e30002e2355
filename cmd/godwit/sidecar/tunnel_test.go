package sidecar

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/codec/pack"
	"github.com/godwit-im/godwit/codec/xmltext"
)

const hello = "<message to='b@localhost'><body>hello 😀</body></message>"

// TestEnds: an end of the stream that one side has said reaches the other, and one that nobody has said does not: then a stream can be resumed.
func TestEnds(t *testing.T) {
	f := newFar(t)
	n := newNear(t, f, nil)
	p := dial(t, n.address).login(t)
	p.say(t, hello+"</stream:stream>")
	p.hears(t, hello)
	p.ends(t, true)
	if how := f.endedAs(t, 1); how != "ended" {
		t.Errorf("the server's stream was %s", how)
	}
	n.log.has(t, `why="the stream has ended"`)

	p = dial(t, n.address).login(t)
	p.say(t, hello)
	p.Close()
	if how := f.endedAs(t, 2); how != "cut" {
		t.Errorf("the client's connection has ended, and the server's stream has %s", how)
	}

	p = dial(t, n.address).login(t)
	p.say(t, "<message type='hang up'/>")
	p.hears(t, "<message type='hang up'/>")
	p.ends(t, false)
}

// TestStop: what is under way gets there, and nothing ends that nobody has ended.
func TestStop(t *testing.T) {
	f := newFar(t)
	n := newNear(t, f, nil)
	p := dial(t, n.address).login(t)
	p.say(t, hello)
	p.hears(t, hello)
	n.stop()
	p.ends(t, false)
	if how := f.endedAs(t, 1); how != "cut" {
		t.Errorf("the server's stream has %s", how)
	}
	if c, err := net.Dial("tcp", n.address); err == nil {
		c.Close()
		t.Error("still there")
	}
}

// TestServersKey: it is proved by the certificate once, then known, kept for the next sidecar, and proved again when it is another.
func TestServersKey(t *testing.T) {
	f := newFar(t)
	keys := filepath.Join(t.TempDir(), "deep", "keys")
	keep := func(cfg *Config) { cfg.Keys = keys }
	n := newNear(t, f, keep)
	talk := func(n *near, want string) {
		t.Helper()
		p := dial(t, n.address).login(t)
		p.say(t, hello)
		p.hears(t, hello)
		p.Close()
		n.log.has(t, want)
	}
	talk(n, "pattern=XX")
	talk(n, "pattern=IK")
	file := filepath.Join(keys, "localhost.json")
	if st, err := os.Stat(file); err != nil || st.Mode().Perm() != 0o600 {
		t.Fatal(st, err)
	}
	n.stop()
	n = newNear(t, f, keep)
	talk(n, "pattern=IK")
	f.edge.Close()
	f.key, _ = link.NewKey(nil)
	f.start(t, f.address)
	talk(n, "pattern=XX")
	n.stop()
	n = newNear(t, f, keep)
	talk(n, "pattern=IK")
	if err := os.WriteFile(file, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	n.stop()
	n = newNear(t, f, keep)
	talk(n, "pattern=XX")
	n.log.has(t, "the server's key is not known any more")
	f.roots = x509.NewCertPool() // what is known is believed until it expires
	n.stop()
	n = newNear(t, f, keep)
	talk(n, "pattern=IK")
	n.server.known.put("localhost", serverKey{f.key.Public[:], time.Now().Add(-time.Second)})
	if key := n.server.known.get("localhost"); key != nil {
		t.Error("a key that has expired is still known")
	}
}

// TestKeysStayInTheirFolder: a domain is no path.
func TestKeysStayInTheirFolder(t *testing.T) {
	k := known{dir: "/keys"}
	for domain, want := range map[string]string{
		"Example.org": "/keys/example.org.json", "[2001:db8::1]": "/keys/[2001:db8::1].json", "../x": "", "a/b": "", `a\b`: "", ".": "", "..": "",
	} {
		if got := k.file(domain); got != want {
			t.Errorf("%s: %q, want %q", domain, got, want)
		}
	}
}

// TestNoLink: whoever cannot be served is told why, by an error of the stream.
func TestNoLink(t *testing.T) {
	f := newFar(t)
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	for _, test := range []struct {
		name   string
		change func(cfg *Config)
		header string
		want   []string
	}{
		{"nobody there", func(cfg *Config) { cfg.Address = gone.Addr().String() }, clientHeader, []string{"<remote-connection-failed ", "connection refused"}},
		{"another domain", func(*Config) {}, strings.Replace(clientHeader, "localhost", "example.org", 1), []string{"<host-unknown ", "example.org is not served at"}},
		{"another certificate", func(cfg *Config) { cfg.Roots = x509.NewCertPool() }, clientHeader, []string{"<remote-connection-failed ", "--ca names the file"}},
		{"no domain", func(*Config) {}, strings.Replace(clientHeader, "localhost", "a b", 1), []string{"<remote-connection-failed ", "is no domain"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := newNear(t, f, test.change)
			p := dial(t, n.address)
			p.say(t, test.header)
			p.next(t)
			ev, e := p.next(t)
			got := string(xmltext.Encoder{}.AppendElement(nil, e))
			for _, want := range test.want {
				if ev != codec.EventElement || !strings.Contains(got, want) {
					t.Errorf("event %v, %s, want %s", ev, got, want)
				}
			}
			p.ends(t, true)
			n.log.has(t, "a client was not served")
		})
	}
}

func TestMaxClients(t *testing.T) {
	n := newNear(t, newFar(t), func(cfg *Config) { cfg.MaxClients = 2 })
	first, second := dial(t, n.address).login(t), dial(t, n.address).login(t)
	dial(t, n.address).ends(t, false)
	n.log.has(t, "too many clients")
	first.say(t, "</stream:stream>")
	first.ends(t, true)
	n.log.has(t, "a client is gone")
	second.say(t, hello)
	second.hears(t, hello)
	for { // its place is free once its end is over
		third := dial(t, n.address)
		if third.say(t, clientHeader); third.opens() {
			break
		}
	}
}

// opens reports whether anything comes.
func (p *person) opens() bool {
	n, _ := p.Read(p.buf)
	return n > 0
}

func TestLimits(t *testing.T) {
	n := newNear(t, newFar(t), func(cfg *Config) { cfg.Limits = &codec.Limits{Bytes: 1_000} })
	const around = "<message><body></body></message>"
	message := func(size int) string {
		return "<message><body>" + strings.Repeat("x", size-len(around)) + "</body></message>"
	}
	p := dial(t, n.address).login(t)
	p.say(t, message(1_000))
	p.hears(t, message(1_000))
	p.say(t, message(1_001))
	if ev, e := p.next(t); ev != codec.EventElement || !bytes.Contains(xmltext.Encoder{}.AppendElement(nil, e), []byte("<policy-violation ")) {
		t.Errorf("event %v", ev)
	}
	p.ends(t, true)
}

// TestTimeout: who says nothing is not waited for.
func TestTimeout(t *testing.T) {
	n := newNear(t, newFar(t), func(cfg *Config) { cfg.Timeout = 50 * time.Millisecond })
	for _, said := range []string{"", "<", clientHeader[:len(clientHeader)-1]} {
		p := dial(t, n.address)
		p.say(t, said)
		p.ends(t, false)
	}
}

// TestByteByByte: it does not matter how bytes come.
func TestByteByByte(t *testing.T) {
	p := dial(t, newNear(t, newFar(t), nil).address)
	for _, c := range []byte(clientHeader + hello + " \n" + hello + "</stream:stream>") {
		p.say(t, string([]byte{c}))
	}
	p.next(t)
	p.hears(t, hello)
	p.hears(t, hello)
	p.ends(t, true)
}

// TestMuch: large elements pass, and a client may write for a while without reading.
func TestMuch(t *testing.T) {
	n := newNear(t, newFar(t), nil)
	p := dial(t, n.address).login(t)
	t.Cleanup(func() {
		if t.Failed() {
			n.stop()
			t.Log(n.log.b.String())
		}
	})
	var all []string
	for i := range 30 {
		all = append(all, fmt.Sprintf("<message id='%d'><body>%s</body></message>", i, strings.Repeat(string(rune('a'+i%26)), 100_000)))
		p.say(t, all[i])
	}
	for _, want := range all {
		p.hears(t, want)
	}
}

// TestKeepalives: white space of the client becomes a keepalive of the link, one byte, and the other way round.
func TestKeepalives(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	n := newNear(t, &far{address: l.Addr().String()}, func(cfg *Config) { cfg.Insecure = true })
	p := dial(t, n.address)
	p.say(t, clientHeader)
	conn, session, rest := acceptLink(t, l)
	desk := new(link.Desk)
	for { // the header
		k, items, err := session.OpenItems(rest, desk)
		if err != nil {
			t.Fatal(err)
		}
		if k > 0 {
			if len(rest) != k || len(items) == 0 {
				t.Fatalf("%d bytes behind the header, %d of items", len(rest)-k, len(items))
			}
			break
		}
		rest = append(rest, readSome(t, conn)...)
	}
	items := itemsOf(t, "<stream:stream id='1' version='1.0'>")
	if _, err := conn.Write(link.AppendKeepalive(session.AppendItems(nil, items, desk))); err != nil {
		t.Fatal(err)
	}
	if ev, _ := p.next(t); ev != codec.EventOpen {
		t.Fatal(ev)
	}
	if len(p.rest) == 0 {
		p.rest = p.buf[:1]
		if _, err := io.ReadFull(p, p.rest); err != nil {
			t.Fatal(err)
		}
	}
	if string(p.rest) != " " {
		t.Errorf("%q, want a blank", p.rest)
	}
	p.say(t, " ")
	if got := readSome(t, conn); string(got) != "\x00" {
		t.Errorf("%x, want one byte", got)
	}
}

// acceptLink is the server's end of a link.
func acceptLink(t *testing.T, l net.Listener) (conn net.Conn, session *link.Session, rest []byte) {
	t.Helper()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	key, err := link.NewKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	h := link.NewServer(&link.ServerConfig{Static: key, Dictionary: pack.Dictionary(), Statement: func(string) ([]byte, error) { return []byte("believe me"), nil }})
	for {
		n, out, done, err := h.Step(rest)
		if err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
		if _, err := conn.Write(out); err != nil {
			t.Fatal(err)
		}
		if done {
			if !h.Session().Relayed() {
				t.Error("the server is not told that the client is a relay")
			}
			return conn, h.Session(), rest
		}
		rest = append(rest, readSome(t, conn)...)
	}
}

func readSome(t *testing.T, conn net.Conn) []byte {
	t.Helper()
	buf := make([]byte, 4096)
	n, err := conn.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	return buf[:n]
}

// TestTLS: STARTTLS, TLS for a domain that it names, and for none.
func TestTLS(t *testing.T) {
	f := newFar(t)
	certificate := func(string) (*tls.Certificate, error) { return &f.chain, nil }
	n := newNear(t, f, func(cfg *Config) { cfg.Certificate = certificate })
	named := newNear(t, f, func(cfg *Config) { cfg.Certificate, cfg.Domain = certificate, "localhost" })
	plain := newNear(t, f, nil)
	for _, test := range []struct {
		name     string
		n        *near
		starttls bool
		sni      string
		fails    bool
	}{
		{"STARTTLS", n, true, "localhost", false},
		{"direct", n, false, "localhost", false},
		{"direct, nobody named", n, false, "", true},
		{"direct, nobody named, one by default", named, false, "", false},
		{"direct, another domain", n, false, "example.org", true},
		{"direct where there is none", plain, false, "localhost", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := dial(t, test.n.address)
			if test.starttls {
				p.login(t)
				p.hears(t, "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>")
				p.say(t, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
				p.hears(t, "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
				p.dec.Restart()
			}
			c := tls.Client(p.Conn, &tls.Config{RootCAs: f.roots, ServerName: test.sni, InsecureSkipVerify: test.sni == "", NextProtos: []string{"xmpp-client"}})
			if err := c.Handshake(); (err != nil) != test.fails {
				t.Fatal(err)
			}
			if test.fails {
				return
			}
			p.Conn = c
			p.login(t)
			p.say(t, hello+"</stream:stream>")
			p.hears(t, hello)
			p.ends(t, true)
		})
	}
}

// TestPlaces: the sidecar goes where the server would like to see it, while somebody is there, unless it was told an address.
func TestPlaces(t *testing.T) {
	f := newFar(t)
	s := New(Config{Roots: f.roots, Timeout: patience})
	ctx := context.Background()
	s.place("localhost", f.address)
	r, err := s.dial(ctx, "localhost")
	if err != nil {
		t.Fatal(err)
	}
	r.conn.Close()
	f.edge.Close()
	if c, err := s.connect(ctx, "localhost"); err == nil { // a Godwit of the tester's
		c.Close()
	}
	if at := s.places.get("localhost"); at != "" {
		t.Errorf("still at %s, where nobody is", at)
	}
	s.place("localhost", "[2001:db8::1]")
	if at := s.places.get("localhost"); at != "[2001:db8::1]:5299" {
		t.Error(at)
	}
	s = New(Config{Address: "127.0.0.1:1"})
	if s.place("localhost", f.address); s.places.get("localhost") != "" {
		t.Error("elsewhere than was asked for")
	}
}
