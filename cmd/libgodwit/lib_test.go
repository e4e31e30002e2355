package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience is how long a program may take: only a failure does.
const patience = 3 * time.Minute

// TestLibrary runs programs in other languages that use the library against a real server, which is killed meanwhile.
func TestLibrary(t *testing.T) {
	if os.Getenv("GODWIT_CLIB") != "1" {
		t.Skip("set GODWIT_CLIB=1 to build the library and use it from C and Python; it needs gcc and python3")
	}
	dir := t.TempDir()
	library, server, talk := filepath.Join(dir, "libgodwit.so"), filepath.Join(dir, "godwit"), filepath.Join(dir, "talk")
	run(t, "go", "build", "-buildmode=c-shared", "-o", library, ".")
	run(t, "go", "build", "-o", server, "../godwit")
	run(t, "gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-I", ".", "-o", talk, "testdata/talk.c", library)
	for name, command := range map[string][]string{
		"c":      {talk},
		"python": {"python3", "testdata/talk.py", library},
	} {
		for _, transport := range []string{"link", "tls"} {
			t.Run(name+"/"+transport, func(t *testing.T) { converse(t, server, transport, command) })
		}
	}
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// process is a program that says lines.
type process struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines *bufio.Scanner
}

func start(t *testing.T, command ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(command[0], command[1:]...)}
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stderr = os.Stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.lines = bufio.NewScanner(out)
	p.lines.Buffer(nil, 1<<20)
	late := time.AfterFunc(patience, p.kill)
	t.Cleanup(func() {
		late.Stop()
		p.kill()
		_ = p.cmd.Wait()
	})
	return p
}

// line returns the next line.
func (p *process) line(t *testing.T) string {
	t.Helper()
	if !p.lines.Scan() {
		t.Fatalf("%s has ended (%v)", p.cmd.Path, p.lines.Err())
	}
	return p.lines.Text()
}

func (p *process) kill() { _ = p.cmd.Process.Kill() }

// localserve is what godwit localserve --json says.
type localserve struct {
	TLS         string `json:"c2s-tls"`
	Link        string
	Certificate string
	Accounts    []struct{ JID, Password string }
}

// serve starts a server.
func serve(t *testing.T, binary, data string, ports ...string) (p *process, l localserve) {
	t.Helper()
	p = start(t, append([]string{binary, "localserve", "--json", "--data", data, "--port", "0"}, ports...)...)
	if err := json.Unmarshal([]byte(p.line(t)), &l); err != nil {
		t.Fatal(err)
	}
	return p, l
}

// converse runs a program to its end.
func converse(t *testing.T, binary, transport string, command []string) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	server, l := serve(t, binary, data)
	address := map[string]string{"link": l.Link, "tls": l.TLS}[transport]
	ca, err := os.ReadFile(l.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	args := command[1:]
	for _, name := range []string{"alice", "bob"} {
		c := config{JID: name + "@localhost", Transport: transport, Address: address, CA: string(ca), Outbox: filepath.Join(dir, name), Resource: "test"}
		for _, a := range l.Accounts {
			if a.JID == c.JID {
				c.Password = a.Password
			}
		}
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		args = append(args, string(text))
	}
	p := start(t, append([]string{command[0]}, args...)...)
	if got := p.line(t); got != "kill" {
		t.Fatalf("it says %q", got)
	}
	server.kill()
	_ = server.cmd.Wait()
	_, tlsPort, _ := net.SplitHostPort(l.TLS)
	_, linkPort, _ := net.SplitHostPort(l.Link)
	serve(t, binary, data, "--tls-port", tlsPort, "--link-port", linkPort)
	if _, err := io.WriteString(p.in, "on\n"); err != nil {
		t.Fatal(err)
	}
	if got := p.line(t); got != "done" {
		t.Fatalf("it says %q", got)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Fatal(err)
	}
}
