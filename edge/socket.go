package edge

import (
	"context"
	"net"
	"syscall"
	"time"
)

// listen opens a listening socket. Accepted sockets have TCP_NODELAY from the net package, and inherit what setInherited sets, which costs them nothing. SO_REUSEADDR, without which
// a restart fails while old connections are in TIME_WAIT, is set here and not left to defaults.
func listen(address string, cfg *Config) (net.Listener, error) {
	lc := net.ListenConfig{
		KeepAlive:       -1,
		KeepAliveConfig: notInherited(cfg),
		Control: func(_, _ string, raw syscall.RawConn) error {
			var err error
			if e := raw.Control(func(fd uintptr) {
				if err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err == nil {
					err = setInherited(int(fd), cfg)
				}
			}); e != nil {
				return e
			}
			return err
		},
	}
	lc.SetMultipathTCP(false) // its sockets lack options that we rely on
	return lc.Listen(context.Background(), "tcp", address)
}

// probes says when TCP asks whether the peer's host is still there.
func probes(cfg *Config) net.KeepAliveConfig {
	return net.KeepAliveConfig{Enable: cfg.KeepAlive < maxTimer, Idle: cfg.KeepAlive, Interval: time.Minute, Count: 4}
}

// shutdownWrite sends end-of-file.
func shutdownWrite(fd int) error { return syscall.Shutdown(fd, syscall.SHUT_WR) }

// vanished reports whether the peer has reset a connection that nobody has looked at yet.
func vanished(c net.Conn) (yes bool) {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return false
	}
	_ = raw.Control(func(fd uintptr) {
		why, err := syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_ERROR)
		yes = err == nil && why != 0
	})
	return yes
}

// reset makes closing c throw away what is under way, and leaves no TIME_WAIT: the cheap end, for connections that are refused.
func reset(c net.Conn) {
	if tc, ok := c.(*net.TCPConn); ok {
		_ = tc.SetLinger(0)
	}
	_ = c.Close()
}
