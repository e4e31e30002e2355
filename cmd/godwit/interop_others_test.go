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

// profanity logs in as carol.
func (l *local) profanity(t *testing.T) *terminal {
	t.Helper()
	term := openTerminal(t, "profanity")
	term.shows(t, "Type '/help' to show complete help.")
	_, port, _ := net.SplitHostPort(l.C2S)
	term.enter(t, "/connect carol@localhost server 127.0.0.1 port "+port+" tls trust")
	term.shows(t, "Enter password:")
	term.enter(t, l.password(t, "carol"))
	term.shows(t, "logged in successfully")
	return term
}

func TestInteropProfanity(t *testing.T) {
	needs(t, "profanity", "profanity", "profanity", "--version")
	needs(t, "tmux", "tmux", "tmux", "-V")
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	alice := l.chat(t, "alice", "carol@localhost")
	alice.write(t, "before you came: grüße 你好 😀")
	alice.expect(t, "accepted", nil)
	carol := l.profanity(t)
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
	l.stop(t)
}

// sendxmpp are the arguments of go-sendxmpp as carol over direct TLS.
func (l *local) sendxmpp(t *testing.T, args ...string) []string {
	t.Helper()
	_, port, _ := net.SplitHostPort(l.TLS)
	return append([]string{"-t", "-u", "carol@localhost", "-p", l.password(t, "carol"), "-j", "localhost:" + port}, args...)
}

func TestInteropGoSendxmpp(t *testing.T) {
	needs(t, "go-sendxmpp", "go-sendxmpp", "go-sendxmpp", "--version")
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	trust := []string{"SSL_CERT_FILE=" + l.Certificate}
	const text = "from go-sendxmpp: grüße 你好 😀"
	send := func() {
		p := start(t, "go-sendxmpp", trust, "go-sendxmpp", l.sendxmpp(t, "alice@localhost")...)
		p.write(t, text)
		p.end(t)
	}
	send() // alice is not there
	alice := l.chat(t, "alice", "carol@localhost")
	alice.message(t, "carol@localhost", text)
	send() // she is
	alice.message(t, "carol@localhost", text)

	alice.write(t, "before you came: 😀")
	alice.expect(t, "accepted", nil)
	listening := start(t, "go-sendxmpp -l", trust, "go-sendxmpp", l.sendxmpp(t, "-l")...)
	listening.heard(t, "alice@localhost: before you came: 😀")
	alice.write(t, "now that you are here: 👍")
	listening.heard(t, "alice@localhost: now that you are here: 👍")
	listening.kill(t)
	alice.end(t)
	l.stop(t)
}

// heard waits for a line that ends with text.
func (p *process) heard(t *testing.T, text string) {
	t.Helper()
	for line := p.line(t); !strings.HasSuffix(line, text); line = p.line(t) {
	}
}
