package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is a program that a test talks to by lines.
type process struct {
	name  string
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines chan string // of stdout; closed at its end
	errs  syncBuffer
	ended chan struct{}
}

// syncBuffer is a buffer that is written and read at the same time.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// start starts a program; it is killed at the end of the test if it still runs.
func start(t *testing.T, name string, env []string, program string, args ...string) *process {
	t.Helper()
	p := &process{name: name, cmd: exec.Command(program, args...), lines: make(chan string, 1000), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stderr = &p.errs
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 4<<20)
		for lines.Scan() {
			p.lines <- lines.Text()
		}
		close(p.lines)
		_ = p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		for range p.lines { // so that its end is not held up
		}
		<-p.ended
		if t.Failed() && p.errs.String() != "" {
			t.Logf("%s said:\n%s", name, p.errs.String())
		}
	})
	return p
}

// line returns the next line of output.
func (p *process) line(t *testing.T) string {
	t.Helper()
	select {
	case line, ok := <-p.lines:
		if !ok {
			t.Fatalf("%s has ended: %s", p.name, p.errs.String())
		}
		return line
	case <-time.After(patience):
		t.Fatalf("%s says nothing", p.name)
	}
	return ""
}

// write sends a line.
func (p *process) write(t *testing.T, line string) {
	t.Helper()
	if _, err := io.WriteString(p.stdin, line+"\n"); err != nil {
		t.Fatalf("%s: %v", p.name, err)
	}
}

// tell sends a JSON line.
func (p *process) tell(t *testing.T, v any) {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	p.write(t, string(b))
}

// event is a line of output of the chat client, or of the scripts of testdata/interop.
type event struct {
	Event, Me, ID, From, To, Type, Body, Lang, Status, Subscription, JID, Condition, Text, XML, Mechanism, TLS, Node string

	Bodies   map[string]string
	Items    map[string]string
	Features []string
	Texts    []string
	Delayed  bool
	Resumed  bool
}

// expect reads events until one is as wanted, and returns it.
func (p *process) expect(t *testing.T, kind string, wanted func(e event) bool) event {
	t.Helper()
	return p.until(t, kind, func(e event) bool { return e.Event == kind && (wanted == nil || wanted(e)) })
}

// until reads events until one is as wanted, and returns it. what names it.
func (p *process) until(t *testing.T, what string, wanted func(e event) bool) event {
	t.Helper()
	deadline := time.After(patience)
	var seen []string
	for {
		select {
		case line, ok := <-p.lines:
			if !ok {
				t.Fatalf("%s ended before %s:\n%s\n%s", p.name, what, strings.Join(seen, "\n"), p.errs.String())
			}
			seen = append(seen, line)
			var e event
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatalf("%s said %q: %v", p.name, line, err)
			}
			if wanted(e) {
				return e
			}
		case <-deadline:
			t.Fatalf("%s: no such %s among\n%s", p.name, what, strings.Join(seen, "\n"))
		}
	}
}

// message expects a message from an account and returns it.
func (p *process) message(t *testing.T, from, body string) event {
	t.Helper()
	return p.expect(t, "message", func(e event) bool {
		if e.Body == "" && len(e.Bodies) == 0 {
			return false // a receipt or chat state
		}
		if strings.Split(e.From, "/")[0] != from || e.Body != body {
			t.Fatalf("%s got %q from %s, want %q from %s", p.name, e.Body, e.From, body, from)
		}
		return true
	})
}

// end closes the input and waits for the program's end, which must be a good one.
func (p *process) end(t *testing.T) {
	t.Helper()
	_ = p.stdin.Close()
	p.wait(t)
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Fatalf("%s ended with %d: %s", p.name, code, p.errs.String())
	}
}

// fails ends the input and wants the process to say why it fails.
func (p *process) fails(t *testing.T, why string) {
	t.Helper()
	_ = p.stdin.Close()
	p.wait(t)
	if code := p.cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(p.errs.String(), why) {
		t.Fatalf("%s ended with %d: %s", p.name, code, p.errs.String())
	}
}

// stop sends SIGTERM and waits for a good end.
func (p *process) stop(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.end(t)
}

// kill is kill -9.
func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	p.wait(t)
}

func (p *process) wait(t *testing.T) {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case _, ok := <-p.lines:
			if !ok {
				<-p.ended
				return
			}
		case <-deadline:
			t.Fatalf("%s does not end", p.name)
		}
	}
}
