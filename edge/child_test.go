package edge

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// Some tests need a server in a process of its own: for its descriptor limit, or to weigh its memory without the
// clients'. The test binary starts itself for that; a line on standard input asks, a line of JSON answers.

// childConfig is what a child is told in its environment.
type childConfig struct {
	Descriptors int    // RLIMIT_NOFILE, 0: as it is
	Reserve     int    // Config.Reserve
	Hog         int    // descriptors that something else has taken once the server runs
	LinkKey     []byte // the private key of links
}

// childReport is what a child answers.
type childReport struct {
	Addresses  map[string]string // by Kind
	Heap, RSS  uint64
	Goroutines int
	Stats      Stats
}

const childVariable = "EDGE_TEST_CHILD"

func TestMain(m *testing.M) {
	if text := os.Getenv(childVariable); text != "" {
		if err := runChild([]byte(text)); err != nil {
			fmt.Fprintln(os.Stderr, "child:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// runChild is the child: it serves all three kinds until its standard input ends.
func runChild(text []byte) error {
	var cc childConfig
	if err := json.Unmarshal(text, &cc); err != nil {
		return err
	}
	if n := uint64(cc.Descriptors); n > 0 {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: n, Max: n}); err != nil {
			return err
		}
	}
	s, err := New(Config{Reserve: cc.Reserve, Logger: quiet})
	if err != nil {
		return err
	}
	pair, err := makeCert()
	if err != nil {
		return err
	}
	certs, err := NewStaticCerts(pair)
	if err != nil {
		return err
	}
	static, err := link.LoadKey(cc.LinkKey)
	if err != nil {
		return err
	}
	addresses := make(map[string]string)
	for _, k := range []Kind{C2S, C2STLS, Link} {
		addr, err := s.Listen(Listener{
			Kind: k, Address: "127.0.0.1:0", NewMachine: answering, Certificates: certs,
			Link: &link.ServerConfig{Static: static, Statement: func(string) ([]byte, error) { return []byte("believe me"), nil }},
		})
		if err != nil {
			return err
		}
		addresses[k.String()] = addr.String()
	}
	for range cc.Hog {
		if _, err := syscall.Dup(0); err != nil {
			return err
		}
	}
	out := json.NewEncoder(os.Stdout)
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		if err := out.Encode(report(s, addresses)); err != nil {
			return err
		}
	}
	return s.Close()
}

func report(s *Server, addresses map[string]string) childReport {
	runtime.GC()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return childReport{Addresses: addresses, Heap: m.HeapAlloc, RSS: residentBytes(), Goroutines: runtime.NumGoroutine(), Stats: s.Stats()}
}

// residentBytes returns the resident memory of this process, proc_pid_statm(5).
func residentBytes() uint64 {
	p, _ := os.ReadFile("/proc/self/statm")
	if f := bytes.Fields(p); len(f) > 1 {
		n, _ := strconv.ParseUint(string(f[1]), 10, 64)
		return n * uint64(os.Getpagesize())
	}
	return 0
}

// answering answers each element with itself, and counts as logged in from the first.
func answering() stream.Machine {
	return stepFunc(func(in *stream.Input, out *stream.Output) {
		switch in.Kind {
		case stream.Header:
			out.LoggedIn()
		case stream.Element:
			out.Send(in.Element)
		case stream.Footer, stream.Malformed, stream.Shutdown:
			out.SendFooter()
			out.Close()
		}
	})
}

// greeting is a stream header and a stanza, and the stanza is what answering says to it.
func greeting(enc codec.Encoder) (all, answer []byte) {
	var b codec.Builder
	all = enc.AppendOpen(nil, b.Start(atom.NSStreams, atom.Stream).Attr(atom.To, "localhost").Attr(atom.Version, "1.0").Element())
	message := b.Start(atom.NSClient, atom.Message).Attr(atom.To, "juliet@localhost").
		Start(atom.NSClient, atom.Body).Text("Art thou not Romeo, and a Montague?").End().Element()
	answer = enc.AppendElement(nil, message)
	return append(all, answer...), answer
}

// child is a server in its own process.
type child struct {
	t   testing.TB
	in  io.WriteCloser
	out *json.Decoder
	childReport
}

func startChild(t testing.TB, cc childConfig) *child {
	t.Helper()
	text, err := json.Marshal(cc)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+string(text))
	cmd.Stderr = os.Stderr
	c := &child{t: t}
	if c.in, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.out = json.NewDecoder(out)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("child: %v", err)
		}
	})
	c.ask()
	return c
}

// ask has the child report.
func (c *child) ask() {
	c.t.Helper()
	if _, err := io.WriteString(c.in, "\n"); err != nil {
		c.t.Fatal(err)
	}
	if err := c.out.Decode(&c.childReport); err != nil {
		c.t.Fatal(err)
	}
}
