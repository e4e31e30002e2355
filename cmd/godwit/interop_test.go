package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// interopVariable makes a missing client a failure: where the clients are known to be there, a skip would hide that nothing was tested.
const interopVariable = "GODWIT_INTEROP"

// needs skips the test when a client of others is missing. try is a command that ends well if it is there.
func needs(t *testing.T, client, packages string, try ...string) {
	t.Helper()
	out, err := exec.Command(try[0], try[1:]...).CombinedOutput()
	switch {
	case err == nil:
	case os.Getenv(interopVariable) == "1":
		t.Fatalf("%s is missing and %s=1 demands it (apt-get install %s): %v\n%s", client, interopVariable, packages, err, out)
	default:
		t.Skipf("skipped: %s is not installed (apt-get install %s); with %s=1 this is a failure", client, packages, interopVariable)
	}
}

// python is Debian's, which has Debian's packages.
const python = "/usr/bin/python3"

// The ways of slixmpp to the server: past the sidecar, or through it.
const (
	startTLS, directTLS                        = "starttls", "tls"
	linkStartTLS, linkDirectTLS, linkPlaintext = "link-starttls", "link-tls", "link-plain"
)

// allModes are all ways.
var allModes = []string{startTLS, directTLS, linkStartTLS, linkDirectTLS, linkPlaintext}

// bothRoads runs a test past the sidecar and through it. starttls and tls are two ways to the server.
func bothRoads(t *testing.T, test func(t *testing.T, starttls, tls string)) {
	needs(t, "slixmpp", "python3-slixmpp", python, "-c", "import slixmpp")
	t.Run("ports", func(t *testing.T) { test(t, startTLS, directTLS) })
	t.Run("link", func(t *testing.T) { test(t, linkStartTLS, linkDirectTLS) })
}

// slixmpp starts the scripted slixmpp client of testdata/interop; it is logged in when this returns.
func (l *local) slixmpp(t *testing.T, name, mode string, plugins ...string) *process {
	t.Helper()
	address, certificate, version := map[string]string{startTLS: l.C2S, directTLS: l.TLS}[mode], l.Certificate, "TLSv1.3"
	way, linked := strings.CutPrefix(mode, "link-")
	if linked {
		s := l.sidecar(t, mode == linkPlaintext)
		address, certificate = s.Listen, s.Certificates["localhost"]
	}
	if mode == linkPlaintext {
		version = ""
	}
	host, port, _ := net.SplitHostPort(address)
	args := append([]string{"testdata/interop/slix.py", name + "@localhost", l.password(t, name), host, port, way, certificate}, plugins...)
	p := start(t, name+"'s slixmpp", nil, python, args...)
	e := p.expect(t, "session", nil)
	if !strings.HasPrefix(e.Me, name+"@localhost/") || e.Mechanism != "SCRAM-SHA-512" || e.TLS != version {
		t.Fatalf("logged in as %s by %s over %q", e.Me, e.Mechanism, e.TLS)
	}
	p.expect(t, "ready", nil)
	return p
}

// order is a command of slix.py.
type order struct {
	Do     string `json:"do"`
	To     string `json:"to,omitempty"`
	Body   string `json:"body,omitempty"`
	Lang   string `json:"lang,omitempty"`
	Status string `json:"status,omitempty"`
	With   string `json:"with,omitempty"`
	Max    int    `json:"max,omitempty"`
	Node   string `json:"node,omitempty"`
	Secret string `json:"secret,omitempty"`
}

func TestInteropSlixmppAndTheLink(t *testing.T) {
	needs(t, "slixmpp", "python3-slixmpp", python, "-c", "import slixmpp")
	for _, mode := range allModes {
		t.Run(mode, func(t *testing.T) {
			l := startLocal(t, filepath.Join(t.TempDir(), "data"))
			bothOnline(t, l, mode)
			linkOffline(t, l, mode)
			slixmppOffline(t, l, mode)
			l.stop(t)
		})
	}
}

// bothOnline lets carol (slixmpp) and alice (the link) talk while both are there.
func bothOnline(t *testing.T, l *local, mode string) {
	t.Helper()
	carol, alice := l.slixmpp(t, "carol", mode), l.chat(t, "alice", "--lang", "fi", "carol@localhost")
	for _, text := range texts {
		carol.tell(t, order{Do: "send", To: "alice@localhost", Body: text, Lang: "de"})
		if e := alice.message(t, "carol@localhost", text); e.Lang != "de" {
			t.Errorf("xml:lang %q, want de: %s", e.Lang, e.XML)
		}
		alice.write(t, text)
		if e := carol.message(t, "alice@localhost", text); e.Bodies["fi"] != text {
			t.Errorf("bodies %v, want one with xml:lang fi", e.Bodies)
		}
	}
	carol.end(t)
	alice.end(t)
}

// linkOffline lets carol write while alice is away.
func linkOffline(t *testing.T, l *local, mode string) {
	t.Helper()
	carol := l.slixmpp(t, "carol", mode, "xep_0313")
	archived := func() int {
		carol.tell(t, order{Do: "archive", With: "alice@localhost", Max: 50})
		return len(carol.expect(t, "archive", nil).Texts)
	}
	before := archived()
	for _, text := range texts {
		carol.tell(t, order{Do: "send", To: "alice@localhost", Body: text, Lang: "de"})
		carol.expect(t, "sent", nil)
	}
	for archived() < before+len(texts) { // what is not stored when alice comes would come live
	}
	carol.end(t)
	alice := l.chat(t, "alice")
	for _, text := range texts {
		if e := alice.message(t, "carol@localhost", text); e.Lang != "de" || !e.Delayed {
			t.Errorf("xml:lang %q, delayed %v: %s", e.Lang, e.Delayed, e.XML)
		}
	}
	alice.end(t)
}

// slixmppOffline lets alice write while carol is away.
func slixmppOffline(t *testing.T, l *local, mode string) {
	t.Helper()
	alice := l.chat(t, "alice", "--lang", "fi", "carol@localhost")
	for _, text := range texts {
		alice.write(t, text)
	}
	alice.end(t)
	carol := l.slixmpp(t, "carol", mode)
	for _, text := range texts {
		if e := carol.message(t, "alice@localhost", text); e.Bodies["fi"] != text || !e.Delayed {
			t.Errorf("bodies %v, delayed %v", e.Bodies, e.Delayed)
		}
	}
	carol.end(t)
}

func TestInteropSlixmppContacts(t *testing.T) { bothRoads(t, contacts) }

func contacts(t *testing.T, starttls, _ string) {
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	carol, alice := l.slixmpp(t, "carol", starttls), l.chat(t, "alice")
	from := func(name string) func(e event) bool {
		return func(e event) bool { return strings.HasPrefix(e.From, name+"@localhost/") }
	}
	carol.tell(t, order{Do: "subscribe", To: "alice@localhost"})
	alice.expect(t, "presence", func(e event) bool { return e.Type == "subscribe" && e.From == "carol@localhost" })
	alice.write(t, "/accept carol@localhost")
	carol.expect(t, "subscribed", func(e event) bool { return e.From == "alice@localhost" })
	carol.expect(t, "presence", func(e event) bool { return e.Type == "available" && from("alice")(e) })
	alice.write(t, "/add carol@localhost") // slixmpp accepts by itself
	alice.expect(t, "presence", func(e event) bool { return e.Type == "" && from("carol")(e) })
	alice.write(t, "/away tea 🍵")
	carol.expect(t, "presence", func(e event) bool { return e.Type == "away" && e.Status == "tea 🍵" && from("alice")(e) })
	carol.tell(t, order{Do: "presence", Status: "coffee ☕"})
	alice.expect(t, "presence", func(e event) bool { return e.Status == "coffee ☕" && from("carol")(e) })
	carol.tell(t, order{Do: "roster"})
	carol.expect(t, "roster", func(e event) bool { return e.Items["alice@localhost"] == "both" })
	alice.write(t, "/roster")
	alice.expect(t, "contact", func(e event) bool { return e.JID == "carol@localhost" && e.Subscription == "both" })
	carol.end(t)
	alice.expect(t, "presence", func(e event) bool { return e.Type == "unavailable" && from("carol")(e) })
	alice.end(t)
	l.stop(t)
}
