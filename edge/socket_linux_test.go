package edge

import (
	"bufio"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/godwit-im/godwit/xmpp/stream"
)

// served returns the server's descriptor of a connection: both ends are in this process.
func served(t *testing.T, c net.Conn) int {
	t.Helper()
	port := c.LocalAddr().(*net.TCPAddr).Port
	for fd := 3; fd < 4096; fd++ {
		if peer, err := unix.Getpeername(fd); err == nil {
			if a, ok := peer.(*unix.SockaddrInet4); ok && a.Port == port {
				return fd
			}
		}
	}
	t.Fatal("no such connection")
	return 0
}

// TestLinkSocketOptions: a connection of the link sends at once, keeps little unsent in the kernel, and is neither asked often nor awaited for long; the kernel has what the
// configuration says.
func TestLinkSocketOptions(t *testing.T) {
	for _, test := range []struct {
		config Config
		wire   string
		want   [4]int
	}{
		{Config{}, "tcp", [4]int{1, 16 << 10, 30 * 60, 120_000}},
		{Config{}, "websocket in tls", [4]int{1, 16 << 10, 30 * 60, 120_000}},
		{Config{NotSent: 4096, KeepAlive: time.Hour, UserTimeout: time.Minute}, "tcp", [4]int{1, 4096, 3600, 60_000}},
		{Config{KeepAlive: 10 * time.Hour}, "tcp", [4]int{1, 16 << 10, 9 * 3600, 120_000}},
	} {
		s := serveEverything(t, test.config, C2STLS)
		raw := s.dial()
		c, err := dialLink(wires[test.wire](t, raw), linkClientConfig(t))
		if err != nil {
			t.Fatal(err)
		}
		send(t, c, "hello\n")
		expect(t, bufio.NewReader(c), "hello")
		fd := served(t, raw)
		var got [4]int
		for i, option := range []int{unix.TCP_NODELAY, unix.TCP_NOTSENT_LOWAT, unix.TCP_KEEPIDLE, unix.TCP_USER_TIMEOUT} {
			if got[i], err = unix.GetsockoptInt(fd, unix.IPPROTO_TCP, option); err != nil {
				t.Fatal(err)
			}
		}
		if got != test.want {
			t.Errorf("%s: NODELAY, NOTSENT_LOWAT, KEEPIDLE, USER_TIMEOUT %v, want %v", test.wire, got, test.want)
		}
		if keep, _ := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE); keep != 1 {
			t.Error("no probes")
		}
	}
}

// TestSocketOptions looks at an accepted socket.
func TestSocketOptions(t *testing.T) {
	fds := make(chan int, 1)
	s := serve(t, Config{UserTimeout: 77 * time.Second, KeepAlive: 333 * time.Second}, func() stream.Machine {
		return stepFunc(func(in *stream.Input, _ *stream.Output) {
			if in.Kind == stream.Opened {
				fds <- in.Mailbox.(*conn).gc.Fd()
			}
		})
	})
	s.dial()
	fd := <-fds
	for _, o := range []struct {
		name                string
		level, option, want int
	}{
		{"TCP_NODELAY", unix.IPPROTO_TCP, unix.TCP_NODELAY, 1},
		{"SO_KEEPALIVE", unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
		{"TCP_KEEPIDLE", unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, 333},
		{"TCP_KEEPINTVL", unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, 60},
		{"TCP_KEEPCNT", unix.IPPROTO_TCP, unix.TCP_KEEPCNT, 4},
		{"TCP_USER_TIMEOUT", unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 77_000},
	} {
		if got, err := unix.GetsockoptInt(fd, o.level, o.option); err != nil || got != o.want {
			t.Errorf("%s is %d, %v; want %d", o.name, got, err, o.want)
		}
	}
}
