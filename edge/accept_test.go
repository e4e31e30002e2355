package edge

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// TestDescriptorExhaustion floods a server that may have 256 descriptors: it goes on, established connections
// are not touched, and when descriptors are free again new ones are served. Once the limit of connections is what refuses, once the kernel does.
func TestDescriptorExhaustion(t *testing.T) {
	key, err := link.NewKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, reserve := range map[string]int{"limit": 0, "kernel": -1} {
		t.Run(name, func(t *testing.T) {
			connects := 10_000
			if reserve < 0 {
				connects = 3_000 // each waits for the kernel
			}
			cc := childConfig{Descriptors: 256, Reserve: reserve, LinkKey: key.Private[:]}
			if reserve < 0 {
				cc.Reserve, cc.Hog = 1, 100 // the rest of the process has taken what the server counts on
			}
			c := startChild(t, cc)
			addr := c.Addresses[C2S.String()]
			all, answer := greeting(xmlCoding.encoder)
			talk := func(conn net.Conn, what []byte) error {
				got := make([]byte, len(answer))
				if _, err := conn.Write(what); err != nil {
					return err
				}
				_, err := io.ReadFull(conn, got)
				return err
			}
			var established []net.Conn
			for range 50 {
				conn := dial(t, addr)
				if err := talk(conn, all); err != nil {
					t.Fatal(err)
				}
				established = append(established, conn)
			}
			flood := floodWith(addr, connects)
			for i, conn := range established {
				if err := talk(conn, answer); err != nil {
					t.Errorf("established connection %d during the flood: %v", i, err)
				}
			}
			for _, conn := range flood {
				_ = conn.Close()
			}
			for i, conn := range established {
				if err := talk(conn, answer); err != nil {
					t.Errorf("established connection %d after the flood: %v", i, err)
				}
			}
			until(t, "new connections are served", func() bool {
				conn, err := net.Dial("tcp", addr)
				if err != nil {
					return false
				}
				defer func() { _ = conn.Close() }()
				_ = conn.SetDeadline(time.Now().Add(time.Second))
				return talk(conn, all) == nil
			})
			c.ask()
			t.Logf("%+v", c.Stats)
			if refused := c.Stats.RefusedFull; (reserve == 0) != (refused > 0) {
				t.Errorf("%d refused by the limit", refused)
			}
			if errs := c.Stats.AcceptErrors + c.Stats.EnrollFailed; (reserve < 0) != (errs > 0) {
				t.Errorf("%d errors of the kernel", errs)
			}
		})
	}
}

// floodWith connects n times, and keeps what connects.
func floodWith(addr string, n int) (open []net.Conn) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range n / 16 {
				conn, err := net.DialTimeout("tcp", addr, 100*time.Millisecond)
				if err != nil {
					continue // the backlog is full: as good as refused
				}
				mu.Lock()
				open = append(open, conn)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return open
}

// failing is a socket whose Accept fails first.
type failing struct {
	net.Listener
	errors []error
}

func (f *failing) Accept() (net.Conn, error) {
	if len(f.errors) > 0 {
		err := f.errors[0]
		f.errors = f.errors[1:]
		return nil, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", err)}
	}
	return f.Listener.Accept()
}

// TestAcceptErrors: no error of accept ends the accepting, which goes on within a second.
func TestAcceptErrors(t *testing.T) {
	for _, errno := range []syscall.Errno{
		syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.EPROTO, syscall.ECONNABORTED, syscall.EPERM, syscall.ENETDOWN, syscall.EINVAL,
	} {
		t.Run(unix.ErrnoName(errno), func(t *testing.T) {
			s := serve(t, Config{Logger: quiet}, echo)
			socket, err := listen("127.0.0.1:0", &s.config)
			if err != nil {
				t.Fatal(err)
			}
			ln, err := newListener(Listener{Kind: C2S, NewMachine: echo})
			if err != nil {
				t.Fatal(err)
			}
			ln.coding = lines
			s.mu.Lock()
			s.Server.serve(ln, &failing{socket, []error{errno, errno, errno}})
			s.mu.Unlock()
			c := dial(t, socket.Addr().String())
			_ = c.SetDeadline(time.Now().Add(time.Second))
			send(t, c, "x\n")
			expect(t, bufio.NewReader(c), "x")
			if n := s.Stats().AcceptErrors; n != 3 {
				t.Errorf("%d errors counted", n)
			}
		})
	}
}

// TestFull: one past the limit is refused when all have logged in, and there is room again when one leaves.
func TestFull(t *testing.T) {
	s := serve(t, Config{MaxConnections: 3}, echo)
	var open []net.Conn
	for range 3 {
		c := s.dial()
		send(t, c, "x\n")
		expect(t, bufio.NewReader(c), "x")
		open = append(open, c)
	}
	wantReset(t, s.addr)
	_ = open[0].Close()
	until(t, "a place is free", func() bool { return s.Stats().Connections == 2 })
	c := s.dial()
	send(t, c, "x\n")
	expect(t, bufio.NewReader(c), "x")
	send(t, open[1], "y\n")
	expect(t, bufio.NewReader(open[1]), "y")
	if n := s.Stats().RefusedFull; n != 1 {
		t.Errorf("%d refused", n)
	}
}

// TestStrangersGiveWay: while some have not logged in, the one of them that has been there longest makes room.
func TestStrangersGiveWay(t *testing.T) {
	s := serve(t, Config{MaxConnections: 3, Loops: 1}, echo)
	known := func() {
		c := s.dial()
		send(t, c, "x\n")
		expect(t, bufio.NewReader(c), "x")
	}
	known()
	first := s.dial()
	until(t, "the first is there", func() bool { return s.Stats().Connections == 2 })
	second := s.dial()
	until(t, "the second is there", func() bool { return s.Stats().Connections == 3 })
	known()
	wantEnd(t, first)
	send(t, second, "y\n")
	expect(t, bufio.NewReader(second), "y")
	until(t, "one has given way", func() bool { return s.Stats().Connections == 3 })
	wantReset(t, s.addr)
	if st := s.Stats(); st.GaveWay != 1 || st.RefusedFull != 1 || st.Accepted != 5 {
		t.Errorf("%+v", st)
	}
}

// TestNewcomerGivesWay: where nobody else can make room, who comes last does, and is counted once.
func TestNewcomerGivesWay(t *testing.T) {
	s := serve(t, Config{MaxConnections: 2, Loops: 2}, echo)
	is := func(n int) func() bool { return func() bool { return s.Stats().Connections == n } }
	first := s.dial()
	until(t, "a stranger on one loop", is(1))
	known := s.dial()
	send(t, known, "x\n")
	expect(t, bufio.NewReader(known), "x")
	second := s.dial() // on the first one's loop
	wantEnd(t, first)
	until(t, "the first has given way", is(2))
	wantEnd(t, s.dial()) // on the other loop, which has no other stranger
	until(t, "the newcomer has given way", is(2))
	if st := s.Stats(); st.GaveWay != 2 || st.Ended != 2 {
		t.Errorf("%+v", st)
	}
	_, _ = known.Close(), second.Close()
	until(t, "all have gone", is(0))
	if n, open := s.strangers.Load(), s.admission.open; n != 0 || open != 0 {
		t.Errorf("%d strangers and %d connections are counted when all have gone", n, open)
	}
}

// wantEnd wants the server to have closed a connection.
func wantEnd(t testing.TB, c net.Conn) {
	t.Helper()
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the connection was not closed: %v", err)
	}
}

// wantReset connects and wants to be thrown out.
func wantReset(t testing.TB, addr string) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return // it can be that quick
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := io.ReadAll(c); err == nil {
		t.Error("the connection was not reset")
	}
}

func TestConnectionsLeaveDescriptors(t *testing.T) {
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r); err != nil {
		t.Fatal(err)
	}
	cfg := Config{}.withDefaults()
	if n := maxConnections(&cfg); n >= int(r.Cur) || n < int(r.Cur)/2 {
		t.Errorf("%d connections with %d descriptors", n, r.Cur)
	}
	cfg.Reserve = int(r.Cur) - 100
	if n := maxConnections(&cfg); n >= 100 || n < 1 {
		t.Errorf("%d connections with 100 descriptors", n)
	}
	cfg.MaxConnections = 7
	if n := maxConnections(&cfg); n != 7 {
		t.Errorf("%d connections, 7 are configured", n)
	}
}

func TestAddressLimits(t *testing.T) {
	cfg := Config{MaxPerAddress: 3, RatePerAddress: 2, LimitLoopback: true}.withDefaults()
	a := newAdmission(&cfg)
	now := time.Unix(1000, 0)
	one, two := a.keyOf(netip.MustParseAddr("192.0.2.1")), a.keyOf(netip.MustParseAddr("192.0.2.2"))
	steps := []struct {
		key  addrKey
		at   time.Duration
		want bool
	}{
		{one, 0, true}, {one, 0, true}, {one, 0, false}, // the rate
		{two, 0, true},
		{one, time.Second, true}, {one, time.Second, false}, // the number
	}
	for i, s := range steps {
		if a.count(s.key, now.Add(s.at)) != s.want {
			t.Errorf("step %d: want %v", i, s.want)
		}
	}
	a.leave(one)
	if !a.count(one, now.Add(2*time.Second)) {
		t.Error("no place after one has left")
	}
}

func TestAddressKeys(t *testing.T) {
	cfg := Config{}.withDefaults()
	a := newAdmission(&cfg)
	key := func(s string) addrKey { return a.keyOf(netip.MustParseAddr(s)) }
	for _, same := range [][2]string{{"192.0.2.1", "::ffff:192.0.2.1"}, {"2001:db8:1:2::1", "2001:db8:1:2:ffff::9"}, {"127.0.0.1", "::1"}} {
		if key(same[0]) != key(same[1]) {
			t.Errorf("%s and %s differ", same[0], same[1])
		}
	}
	for _, other := range [][2]string{{"192.0.2.1", "192.0.2.2"}, {"2001:db8:1:2::1", "2001:db8:1:3::1"}, {"192.0.2.1", "127.0.0.1"}} {
		if key(other[0]) == key(other[1]) {
			t.Errorf("%s and %s are the same", other[0], other[1])
		}
	}
	if key("127.0.0.1") != 0 {
		t.Error("loopback is limited")
	}
}

// TestAddressLimitRefuses: over real connections, and each leaves its place when it goes.
func TestAddressLimitRefuses(t *testing.T) {
	s := serve(t, Config{MaxPerAddress: 2, LimitLoopback: true}, echo)
	for range 3 {
		var open []net.Conn
		for range 2 {
			c := s.dial()
			send(t, c, "x\n")
			expect(t, bufio.NewReader(c), "x")
			open = append(open, c)
		}
		wantReset(t, s.addr)
		for _, c := range open {
			_ = c.Close()
		}
		s.empty()
	}
	if n := s.Stats().RefusedAddress; n != 3 {
		t.Errorf("%d refused", n)
	}
}

// TestRestart: a server can be started again on its port at once, while connections that it closed itself are in TIME_WAIT.
func TestRestart(t *testing.T) {
	addr := "127.0.0.1:0"
	for round := range 5 {
		s, err := New(Config{Logger: quiet})
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Listen(Listener{Kind: C2S, Address: addr, NewMachine: closing})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		addr = got.String()
		for range 10 {
			c := dial(t, addr)
			if text, err := io.ReadAll(c); err != nil || string(text) != "bye" { // the server's end is first: it has the TIME_WAIT
				t.Fatalf("%q, %v", text, err)
			}
			_ = c.Close()
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// closing says goodbye at once.
func closing() stream.Machine {
	return stepFunc(func(in *stream.Input, out *stream.Output) {
		if in.Kind == stream.Opened {
			out.Buf = append(out.Buf, "bye"...)
			out.Close()
		}
	})
}

func TestListenErrors(t *testing.T) {
	s, err := New(Config{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []Listener{
		{Kind: C2S, Address: "127.0.0.1:0"},
		{Address: "127.0.0.1:0", NewMachine: echo},
		{Kind: C2STLS, Address: "127.0.0.1:0", NewMachine: echo},
		{Kind: Link, Address: "127.0.0.1:0", NewMachine: echo},
		{Kind: C2S, Address: "127.0.0.1:99999", NewMachine: echo},
	} {
		if _, err := s.Listen(l); err == nil {
			t.Errorf("%+v was accepted", l)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Listen(Listener{Kind: C2S, Address: "127.0.0.1:0", NewMachine: echo}); err == nil {
		t.Error("a closed server listens")
	}
	if err := errors.Join(s.Close(), s.Shutdown(t.Context())); err != nil {
		t.Errorf("a second end: %v", err)
	}
}

// TestStormWaits: when connections come faster than the loops take them, they wait and are not refused.
func TestStormWaits(t *testing.T) {
	blocked := make(chan bool)
	var first atomic.Bool
	s := serve(t, Config{Loops: 1}, func() stream.Machine {
		if first.CompareAndSwap(false, true) {
			<-blocked
		}
		return echo()
	})
	var conns []net.Conn
	for range enrollQueue + 100 {
		conns = append(conns, s.dial())
	}
	close(blocked)
	for _, c := range conns {
		send(t, c, "x\n")
		expect(t, bufio.NewReader(c), "x")
	}
	if st := s.Stats(); st.RefusedBusy > 0 {
		t.Errorf("%+v", st)
	}
}

// TestStuckLoopRefuses: a loop that does not move does not hold the accepting up for ever.
func TestStuckLoopRefuses(t *testing.T) {
	blocked := make(chan bool)
	s := serve(t, Config{Loops: 1}, func() stream.Machine {
		<-blocked
		return echo()
	})
	defer close(blocked)
	for range enrollQueue + 3 { // one in the loop, one with the enroller, and one too many
		s.dial()
	}
	until(t, "one is refused", func() bool { return s.Stats().RefusedBusy == 1 })
}

// TestVanished: a connection that was reset before it was accepted is recognised, one that is there or has only ended is not.
func TestVanished(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for what, leave := range map[string]func(c *net.TCPConn) error{
		"there": func(*net.TCPConn) error { return nil },
		"ended": func(c *net.TCPConn) error { return c.CloseWrite() },
		"reset": func(c *net.TCPConn) error { return errors.Join(c.SetLinger(0), c.Close()) },
	} {
		c, err := net.Dial("tcp", l.Addr().String())
		if err == nil {
			err = leave(c.(*net.TCPConn))
		}
		if err != nil {
			t.Fatal(err)
		}
		served, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if what == "reset" {
			until(t, "the reset has come", func() bool { return vanished(served) })
			continue
		}
		if vanished(served) {
			t.Errorf("%s: vanished", what)
		}
		_, _ = c.Close(), served.Close()
	}
}
