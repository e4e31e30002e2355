package edge

import (
	"bufio"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// patience bounds what a test waits for.
const patience = 30 * time.Second

// testServer is a Server on loopback and what it logs is shown when the test fails.
type testServer struct {
	*Server
	t    testing.TB
	addr string
	open atomic.Int64 // machines that had Opened and not yet Closed
}

// serve starts a server with one C2S listener that speaks lines. machine makes the machine of each connection.
func serve(t testing.TB, config Config, machine func() stream.Machine) *testServer {
	t.Helper()
	return serveListener(t, config, Listener{Kind: C2S, NewMachine: machine}, lines)
}

func serveListener(t testing.TB, config Config, l Listener, code coding) *testServer {
	t.Helper()
	if config.Logger == nil {
		config.Logger = slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	s, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	ts := &testServer{Server: s, t: t}
	t.Cleanup(func() { _ = s.Close() })
	ts.addr = ts.listen(l, code)
	return ts
}

// listen adds a listener with a coding for tests, and counts what its machines are given.
func (s *testServer) listen(l Listener, code coding) string {
	s.t.Helper()
	machine := l.NewMachine
	l.NewMachine = func() stream.Machine { return &counted{Machine: machine(), s: s} }
	if l.Address == "" {
		l.Address = "127.0.0.1:0"
	}
	ln, err := newListener(l)
	if err != nil {
		s.t.Fatal(err)
	}
	ln.coding, ln.linkCoding = code, code
	socket, err := listen(l.Address, &s.config)
	if err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	s.serve(ln, socket)
	s.mu.Unlock()
	return socket.Addr().String()
}

// counted checks the rules that hold for every machine: Opened first, Closed last and once.
type counted struct {
	stream.Machine
	s              *testServer
	opened, closed bool
}

func (m *counted) Step(in *stream.Input, out *stream.Output) {
	switch {
	case m.closed:
		m.s.t.Errorf("Step(%d) after Closed", in.Kind)
	case !m.opened && in.Kind != stream.Opened:
		m.s.t.Errorf("Step(%d) before Opened", in.Kind)
	case in.Kind == stream.Opened:
		m.opened = true
		m.s.open.Add(1)
	case in.Kind == stream.Closed:
		m.closed = true
		m.s.open.Add(-1)
	}
	m.Machine.Step(in, out)
}

// testLog gives log lines to a test.
type testLog struct{ t testing.TB }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Logf("%s", strings.TrimSuffix(string(p), "\n"))
	return len(p), nil
}

// quiet is for tests whose logging is of no interest, or comes too late.
var quiet = slog.New(slog.DiscardHandler)

// dial connects.
func (s *testServer) dial() net.Conn {
	s.t.Helper()
	return dial(s.t, s.addr)
}

func dial(t testing.TB, addr string) net.Conn {
	t.Helper()
	c, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	return c
}

// send writes, and expect reads a line.
func send(t testing.TB, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatalf("write %.40q: %v", text, err)
	}
}

func expect(t testing.TB, r *bufio.Reader, want ...string) {
	t.Helper()
	for _, w := range want {
		got, err := r.ReadString('\n')
		if err != nil || got != w+"\n" {
			t.Fatalf("read %.80q, %v; want %.80q", got, err, w)
		}
	}
}

// expectEnd reads to the end and wants nothing more.
func expectEnd(t testing.TB, r io.Reader) {
	t.Helper()
	if rest, err := io.ReadAll(r); err != nil || len(rest) > 0 {
		t.Fatalf("read %.80q, %v; want the end", rest, err)
	}
}

// until waits for a condition that other goroutines bring about.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// empty waits until no connection is left.
func (s *testServer) empty() {
	s.t.Helper()
	until(s.t, "no connections", func() bool { return s.Stats().Connections == 0 })
	if n := s.open.Load(); n != 0 {
		s.t.Errorf("%d machines had no Closed", n)
	}
}

// stepFunc is a machine as a function.
type stepFunc func(in *stream.Input, out *stream.Output)

func (f stepFunc) Step(in *stream.Input, out *stream.Output) { f(in, out) }

// echo sends elements back, passes mail on, and closes on a footer.
func echo() stream.Machine {
	return stepFunc(func(in *stream.Input, out *stream.Output) {
		switch in.Kind {
		case stream.Element:
			out.LoggedIn()
			out.SetLimits(&codec.DefaultLimits)
			out.Send(in.Element)
		case stream.Delivery:
			out.SendFrame(in.Mail.Frame)
		case stream.Malformed:
			out.Buf = append(out.Buf, in.Err.Error()+"\n"...)
			out.Close()
		case stream.Footer, stream.Shutdown:
			out.SendFooter()
			out.Close()
		}
	})
}

func TestEcho(t *testing.T) {
	s := serve(t, Config{}, echo)
	c := s.dial()
	r := bufio.NewReader(c)
	send(t, c, "hello\nwor")
	expect(t, r, "hello")
	send(t, c, "ld\n</open>\n")
	expect(t, r, "world", "</open>")
	expectEnd(t, r)
	_ = c.Close()
	s.empty()
}
