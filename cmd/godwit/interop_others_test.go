package main

import (
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// terminal is a program in a terminal of tmux, for clients that want one.
type terminal struct{ socket string }

// openTerminal starts a program in a terminal of its own, with folders of its own.
func openTerminal(t *testing.T, program string) *terminal {
	t.Helper()
	dir := t.TempDir()
	term := &terminal{filepath.Join(dir, "tmux")}
	term.tmux(t, "new-session", "-d", "-x", "200", "-y", "50",
		"env", "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_DATA_HOME="+dir, "LC_ALL=C.UTF-8", program)
	t.Cleanup(func() { _ = exec.Command("tmux", "-S", term.socket, "kill-server").Run() })
	return term
}

func (term *terminal) tmux(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("tmux", append([]string{"-u", "-S", term.socket, "-f", "/dev/null"}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("tmux %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// enter types a line.
func (term *terminal) enter(t *testing.T, line string) {
	t.Helper()
	term.tmux(t, "send-keys", "-l", line)
	term.tmux(t, "send-keys", "Enter")
}

// shows waits until a text is on the screen.
func (term *terminal) shows(t *testing.T, text string) {
	t.Helper()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	deadline := time.After(patience)
	for {
		screen := term.tmux(t, "capture-pane", "-p")
		if strings.Contains(screen, text) {
			return
		}
		select {
		case <-look.C:
		case <-deadline:
			t.Fatalf("%q is not on the screen:\n%s", text, screen)
		}
	}
}

// profanity logs in as carol, at an address.
func (l *local) profanity(t *testing.T, address, tls string) *terminal {
	t.Helper()
	term := openTerminal(t, "profanity")
	term.shows(t, "Type '/help' to show complete help.")
	_, port, _ := net.SplitHostPort(address)
	term.enter(t, "/connect carol@localhost server 127.0.0.1 port "+port+" tls "+tls)
	term.shows(t, "Enter password:")
	term.enter(t, l.password(t, "carol"))
	if tls == "legacy" { // which leaves no room for "trust"
		term.shows(t, "Use '/tls allow' to accept this certificate.")
		term.enter(t, "/tls allow")
	}
	term.shows(t, "logged in successfully")
	return term
}

func TestInteropProfanity(t *testing.T) {
	needs(t, "profanity", "profanity", "profanity", "--version")
	needs(t, "tmux", "tmux", "tmux", "-V")
	for _, road := range []struct {
		name    string
		address func(t *testing.T, l *local) string
		tls     string
	}{
		{"port", func(_ *testing.T, l *local) string { return l.C2S }, "trust"},
		{"link", func(t *testing.T, l *local) string { return l.sidecar(t, false).Listen }, "trust"},
		{"link, TLS from the first byte", func(t *testing.T, l *local) string { return l.sidecar(t, false).Listen }, "legacy"},
		{"link without TLS", func(t *testing.T, l *local) string { return l.sidecar(t, true).Listen }, "disable"},
	} {
		t.Run(road.name, func(t *testing.T) {
			l := startLocal(t, filepath.Join(t.TempDir(), "data"))
			talkWithProfanity(t, l, func() *terminal { return l.profanity(t, road.address(t, l), road.tls) })
			l.stop(t)
		})
	}
}

// talkWithProfanity lets alice and carol talk, who uses profanity.
func talkWithProfanity(t *testing.T, l *local, profanity func() *terminal) {
	t.Helper()
	alice := l.chat(t, "alice", "carol@localhost")
	alice.write(t, "before you came: grüße 你好 😀")
	alice.expect(t, "accepted", nil)
	carol := profanity()
	carol.enter(t, "/msg alice@localhost from profanity: grüße 你好 😀")
	carol.shows(t, "before you came: grüße 你好 😀") // the window of alice is in front now
	alice.message(t, "carol@localhost", "from profanity: grüße 你好 😀")
	alice.write(t, "now that you are here: 👍")
	carol.shows(t, "now that you are here: 👍")
	alice.end(t)
	carol.enter(t, "while you were away: 🚀")
	carol.shows(t, "while you were away: 🚀")
	carol.enter(t, "/quit")
	l.chat(t, "alice").message(t, "carol@localhost", "while you were away: 🚀")
}

// sendxmpp are the arguments of go-sendxmpp over direct TLS.
func (l *local) sendxmpp(t *testing.T, name, address string, args ...string) []string {
	t.Helper()
	_, port, _ := net.SplitHostPort(address)
	return append([]string{"-t", "-u", name + "@localhost", "-p", l.password(t, name), "-j", "localhost:" + port}, args...)
}

func TestInteropGoSendxmpp(t *testing.T) {
	needs(t, "go-sendxmpp", "go-sendxmpp", "go-sendxmpp", "--version")
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	t.Run("port", func(t *testing.T) { talkWithSendxmpp(t, l, l.TLS, l.Certificate) })
	t.Run("link", func(t *testing.T) {
		s := l.sidecar(t, false)
		talkWithSendxmpp(t, l, s.Listen, s.Certificates["localhost"])
	})
	l.stop(t)
}

// talkWithSendxmpp lets alice talk with carol and bob, who use go-sendxmpp. Bob is the one who listens: go-sendxmpp does not wait for the end of its stream, so what is written at once to somebody who has
// just used it may go to a connection that is no more.
func talkWithSendxmpp(t *testing.T, l *local, address, certificate string) {
	t.Helper()
	trust := []string{"SSL_CERT_FILE=" + certificate}
	const text = "from go-sendxmpp: grüße 你好 😀"
	send := func() {
		p := start(t, "go-sendxmpp", trust, "go-sendxmpp", l.sendxmpp(t, "carol", address, "alice@localhost")...)
		p.write(t, text)
		p.end(t)
	}
	send() // alice is not there
	alice := l.chat(t, "alice", "carol@localhost")
	alice.message(t, "carol@localhost", text)
	send() // she is
	alice.message(t, "carol@localhost", text)

	alice.end(t)

	alice = l.chat(t, "alice", "bob@localhost")
	alice.write(t, "before you came: 😀")
	alice.expect(t, "accepted", nil)
	listening := start(t, "go-sendxmpp -l", trust, "go-sendxmpp", l.sendxmpp(t, "bob", address, "-l")...)
	listening.heard(t, "alice@localhost: before you came: 😀")
	alice.write(t, "now that you are here: 👍")
	listening.heard(t, "alice@localhost: now that you are here: 👍")
	listening.kill(t)
	alice.end(t)
}

// heard waits for a line that ends with text.
func (p *process) heard(t *testing.T, text string) {
	t.Helper()
	for line := p.line(t); !strings.HasSuffix(line, text); line = p.line(t) {
	}
}
