package main

import (
	"encoding/json"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// local is a localserve that runs.
type local struct {
	*process
	localServer
	keys     string              // folder for keys of the link
	sidecars map[bool]*linkReady // that run, by whether they do without TLS
}

// startLocal starts localserve on a data folder, on free ports.
func startLocal(t *testing.T, data string, args ...string) *local {
	t.Helper()
	l := &local{keys: filepath.Join(filepath.Dir(data), "keys"), sidecars: make(map[bool]*linkReady)}
	args = append([]string{"localserve", "--data", data, "--json", "--port", "0"}, args...)
	l.process = start(t, "localserve", nil, binary, args...)
	if err := json.Unmarshal([]byte(l.line(t)), &l.localServer); err != nil {
		t.Fatal(err)
	}
	return l
}

// password returns that of an account.
func (l *local) password(t *testing.T, name string) string {
	t.Helper()
	for _, a := range l.Accounts {
		if a.JID == name+"@localhost" && a.Password != "" {
			return a.Password
		}
	}
	t.Fatalf("no password of %s", name)
	return ""
}

// sidecar returns the sidecar, which runs until the test ends.
func (l *local) sidecar(t *testing.T, plain bool) *linkReady {
	t.Helper()
	if l.sidecars[plain] == nil {
		l.sidecars[plain], _ = l.startSidecar(t, plain)
	}
	return l.sidecars[plain]
}

// startSidecar starts a sidecar.
func (l *local) startSidecar(t *testing.T, plain bool, args ...string) (*linkReady, *process) {
	t.Helper()
	args = append([]string{"link", "--json", "--verbose", "--listen", "127.0.0.1:0", "--server", l.Link, "--ca", l.Certificate, "--keys", l.keys + "-link"}, args...)
	if plain {
		args = append(args, "--plain")
	} else {
		args = append(args, "--domain", "localhost")
	}
	p, ready := start(t, "the sidecar", nil, binary, args...), new(linkReady)
	if err := json.Unmarshal([]byte(p.line(t)), ready); err != nil {
		t.Fatal(err)
	}
	return ready, p
}

// chatArgs are the arguments of a chat client.
func (l *local) chatArgs(name string, args ...string) []string {
	return append([]string{
		"chat", "--json", "--user", name + "@localhost", "--server", l.Link, "--ca", l.Certificate, "--keys", l.keys,
	}, args...)
}

// chat starts a chat client over the link, which is logged in when it returns.
func (l *local) chat(t *testing.T, name string, args ...string) *process {
	t.Helper()
	env := []string{passwordVariable + "=" + l.password(t, name)}
	p := start(t, name+"'s chat", env, binary, l.chatArgs(name, args...)...)
	p.expect(t, "connected", func(e event) bool { return strings.HasPrefix(e.Me, name+"@localhost/") })
	return p
}

func TestLocalserveIsReadyInTwoSeconds(t *testing.T) {
	for _, when := range []string{"a new folder", "a folder with accounts"} {
		data := filepath.Join(t.TempDir(), "data")
		if when != "a new folder" {
			startLocal(t, data).stop(t)
		}
		began := time.Now()
		l := startLocal(t, data)
		took := time.Since(began)
		t.Logf("%s: ready after %v", when, took.Round(time.Millisecond))
		if took > 2*time.Second {
			t.Errorf("%s: ready after %v, want 2 s", when, took)
		}
		for _, address := range []string{l.C2S, l.TLS, l.Link} {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			conn.Close()
		}
		l.stop(t)
	}
}

func TestLocalserveKeepsItsPasswords(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	first := startLocal(t, data)
	if len(first.Accounts) != 3 {
		t.Fatalf("accounts %v", first.Accounts)
	}
	first.stop(t)
	if st, err := os.Stat(filepath.Join(data, accountsFile)); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("%s: %v (%v)", accountsFile, st.Mode(), err)
	}
	cli(t, "another\n", "user", "passwd", "bob@localhost", "--password-stdin", "--data", data).wants(t, 0, "new password for bob@localhost", "")
	second := startLocal(t, data)
	for i, a := range second.Accounts {
		want := first.Accounts[i]
		if a.JID == "bob@localhost" {
			want.Password = "" // it is not what was written down any more
		}
		if a != want {
			t.Errorf("the second time %v, want %v", a, want)
		}
	}
	second.stop(t)
}

func TestLocalserveSaysHowToConnect(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	p := start(t, "localserve", nil, binary, "localserve", "--data", data, "--port", "0")
	var text strings.Builder
	for !strings.Contains(text.String(), "Gajim") {
		text.WriteString(p.line(t) + "\n")
	}
	for _, want := range []string{
		`Godwit serves localhost to this machine.`, regexp.QuoteMeta(data), `alice@localhost +\w{4}-\w{4}-\w{4}-\w{4}\n`,
		`link +127\.0\.0\.1:\d+`, `/connect carol@localhost server 127\.0\.0\.1 port \d+ tls trust`,
	} {
		if !regexp.MustCompile(want).MatchString(text.String()) {
			t.Errorf("nothing like %s in\n%s", want, text.String())
		}
	}
	commands := regexp.MustCompile(`(?m)^  (GODWIT_PASSWORD=.* chat .*)$`).FindAllStringSubmatch(text.String(), -1)
	if len(commands) != 2 {
		t.Fatalf("%d commands to copy in\n%s", len(commands), text.String())
	}
	shell := start(t, "the copied command", nil, "sh", "-c", commands[0][1]+" --send hello --json")
	shell.expect(t, "accepted", nil)
	shell.end(t)
	p.stop(t)
}

// TestLocalserveEndsWithItsTerminal: it took SIGHUP for "read the certificates again", and kept the ports when nobody saw it any more.
func TestLocalserveEndsWithItsTerminal(t *testing.T) {
	t.Parallel()
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGHUP) // lest the server inherits that it is ignored, when these tests run under nohup
	defer signal.Stop(caught)
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	if err := l.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	l.end(t)
	nohup := start(t, "nohup", nil, "nohup", binary, "localserve", "--data", l.Data, "--json", "--verbose", "--port", "0")
	if err := json.Unmarshal([]byte(nohup.line(t)), &l.localServer); err != nil {
		t.Fatal(err)
	}
	if err := nohup.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	l.chat(t, "alice").end(t)
	if said := nohup.errs.String(); strings.Contains(said, "draining") {
		t.Errorf("nohup is of no use:\n%s", said)
	}
	nohup.stop(t)
}

func TestAPortThatIsTakenIsNamed(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	data := filepath.Join(t.TempDir(), "data")
	cli(t, "", "localserve", "--data", data, "--port", port, "--tls-port", "0", "--link-port", "0").
		wants(t, 1, "", "another process has this port: stop it, or take another port: --port, --tls-port and --link-port set them, --port 0 takes free ones")
}

func TestTwoServersOnOneFolder(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	l := startLocal(t, data)
	cli(t, "", "localserve", "--data", data, "--port", "0").wants(t, 1, "", "is another godwit running?")
	cli(t, "", "user", "list", "--data", data).wants(t, 0, "alice@localhost", "") // the first one's door is still there
	l.stop(t)
}
