package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/fuzz/corpus"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// throughSidecar logs in with the client library, as a standard client does: over TLS, or without it.
func (l *local) throughSidecar(t *testing.T, name string, mode client.Mode, change ...func(cfg *client.Config)) *client.Conn {
	t.Helper()
	s := l.sidecar(t, mode == client.Plain)
	cfg := client.Config{JID: jid.MustParse(name + "@localhost"), Password: l.password(t, name), Mode: mode, Address: s.Listen}
	for _, f := range change {
		f(&cfg)
	}
	if mode != client.Plain {
		pem, err := os.ReadFile(s.Certificates["localhost"])
		if err != nil {
			t.Fatal(err)
		}
		cfg.TLS = &tls.Config{RootCAs: x509.NewCertPool()}
		cfg.TLS.RootCAs.AppendCertsFromPEM(pem)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, err := client.Dial(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Abort)
	return conn
}

// window is how many examples are on their way at once: what waits for a session that is slow and need not be kept may be dropped.
const window = 100

// TestExamplesBetweenTwoClients has alice send all examples of the XEPs to carol, each in a message: XML, sidecar, link, a server that routes, link, sidecar, XML. Each comes as it was.
// Both clients can bind to channels and look for a downgrade (XEP-0474): a sidecar that only left out what it cannot pass on would not get in.
func TestExamplesBetweenTwoClients(t *testing.T) {
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	alice, carol := l.throughSidecar(t, "alice", client.StartTLS), l.throughSidecar(t, "carol", client.DirectTLS)
	all := corpus.XEPExamples()
	if len(all) != 5536 {
		t.Fatalf("%d examples", len(all))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*patience)
	defer cancel()
	for from := 0; from < len(all); from += window {
		some := all[from:min(from+window, len(all))]
		for i, e := range some {
			if err := alice.Send(ctx, inMessage(t, carol.JID(), fmt.Sprint(from+i), e)); err != nil {
				t.Fatal(err)
			}
		}
		for i, e := range some {
			m, err := carol.Recv(ctx)
			if err != nil {
				t.Fatalf("XEP-%s, example %d: %v\n%s", e.XEP, e.N, err, e.XML)
			}
			id, got := string(m.Element().Attr(atom.ID)), m.Element().First().First()
			if id != fmt.Sprint(from+i) || m.From() != alice.JID() || !codec.Equal(got, example(t, e)) {
				t.Fatalf("XEP-%s, example %d:\n%s\n%s", e.XEP, e.N, e.XML, xmltext.Encoder{}.AppendElement(nil, m.Element()))
			}
		}
	}
	l.stop(t)
}

// inMessage makes a message of an example, within an element that no server knows.
func inMessage(t *testing.T, to jid.JID, id string, e corpus.Example) func(b *codec.Builder) {
	return func(b *codec.Builder) {
		b.Start(atom.NSClient, atom.Message).Attr(atom.To, to.String()).Attr(atom.Type, "chat").Attr(atom.ID, id)
		b.StartNS("urn:example:wrapped", "wrapped").Copy(example(t, e))
	}
}

// example returns an example, parsed.
func example(t *testing.T, e corpus.Example) codec.Element {
	t.Helper()
	s := new(codec.Scratch)
	if err := (xmltext.Encoder{}).Parse(e.XML, s); err != nil {
		t.Fatalf("XEP-%s, example %d: %v", e.XEP, e.N, err)
	}
	return s.Tree.Root()
}

// TestShortLoginThroughSidecar: SASL2 with a token (XEP-0484) that binds to no channel, and the stream resumed within the login (XEP-0198 §9.2).
func TestShortLoginThroughSidecar(t *testing.T) {
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	cfg := client.Config{AgentID: client.NewAgentID(), Bind2: true, Resume: true}
	short := func(c *client.Config) {
		c.AgentID, c.Bind2, c.Resume, c.Known, c.Resumption = cfg.AgentID, cfg.Bind2, cfg.Resume, cfg.Known, cfg.Resumption
	}
	conn := l.throughSidecar(t, "carol", client.StartTLS, short)
	me := conn.JID()
	for range 2 {
		conn.Abort()
		if err := conn.Wait(t.Context()); err == nil {
			t.Fatal("the connection is not lost")
		}
		cfg.Known, cfg.Resumption = conn.Known(), conn.Resumption()
		conn = l.throughSidecar(t, "carol", client.StartTLS, short, func(c *client.Config) { c.Password = "another one" })
		if !conn.Resumed() || conn.JID() != me {
			t.Fatalf("resumed %v, as %s", conn.Resumed(), conn.JID())
		}
	}
	l.stop(t)
}

// TestLinkRegistersNoDevice: a sidecar's key is nobody's device, so nothing is left of a login, and a sidecar has nothing that would be one.
func TestLinkRegistersNoDevice(t *testing.T) {
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	for range 2 {
		l.throughSidecar(t, "carol", client.Plain).Abort()
	}
	if r := cli(t, "", "user", "devices", "carol@localhost", "--data", l.Data, "--json"); strings.Contains(r.out, "id") || r.code != 0 {
		t.Errorf("devices: %+v", r)
	}
	if text, err := os.ReadFile(filepath.Join(l.keys+"-link", "localhost.json")); err != nil || strings.Contains(string(text), "device") {
		t.Errorf("%s, %v", text, err)
	}
	l.stop(t)
}

// TestLinkStops: SIGTERM ends it well, and the port is free.
func TestLinkStops(t *testing.T) {
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	ready, p := l.startSidecar(t, true)
	conn, err := net.Dial("tcp", ready.Listen)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	p.stop(t)
	if !strings.Contains(p.errs.String(), "msg=stopped") {
		t.Errorf("it said %q", p.errs.String())
	}
	l.stop(t)
}

func TestLinkSaysWhereItIs(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"--keys " + t.TempDir(), "tls trust\n  others:     host 127.0.0.1, port "},
		{"--plain", "tls disable\n"},
		{"--domain example.org --listen [::1]:0 --keys " + t.TempDir(), "The certificate for example.org here is self-signed: "},
	} {
		if strings.Contains(test.args, "::1") {
			c, err := net.Listen("tcp", "[::1]:0")
			if err != nil {
				continue // a machine without IPv6
			}
			c.Close()
		} else {
			test.args += " --listen localhost:0"
		}
		p := start(t, "link", nil, binary, append([]string{"link"}, strings.Fields(test.args)...)...)
		text := p.line(t) + "\n"
		for !strings.Contains(text, test.want) {
			text += p.line(t) + "\n"
		}
		p.stop(t)
	}
}

func TestLinkRefusesWrongFlags(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "no.pem")
	if err := os.WriteFile(file, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"--listen 0.0.0.0:0":                   `--listen "0.0.0.0:0": only 127.0.0.1 and ::1 are of this machine alone`,
		"--listen example.org:0":               "only 127.0.0.1 and ::1",
		"--listen :5222":                       "only 127.0.0.1 and ::1",
		"--listen 5222":                        "write host:port, as in 127.0.0.1:5222",
		"--server example.org":                 "write host:port, as in xmpp.example.org:5299",
		"--ca /nowhere":                        "no such file",
		"--ca " + file:                         "has no certificate in PEM",
		"--domain a@b":                         `--domain "a@b" is no domain`,
		"--domain example.org --plain":         "not with --plain",
		"--listen " + taken.Addr().String():    "another process has this port: --listen takes another",
		"somewhere":                            `unknown command "somewhere" for "godwit link"`,
		"--listen 127.0.0.1:0 --timeout never": "unknown flag: --timeout; godwit link --help lists them",
	} {
		cli(t, "", append([]string{"link", "--keys", filepath.Dir(file)}, strings.Fields(args)...)...).wants(t, 1, "", want)
	}
}
