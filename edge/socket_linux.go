package edge

import (
	"errors"
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// setNotSent bounds how much of what it takes the kernel may keep that it has not sent yet (tcp(7), TCP_NOTSENT_LOWAT).
func setNotSent(fd, bytes int) error {
	return unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, bytes)
}

// longestProbe is the longest that a connection may be silent before a probe.
const longestProbe = 9 * time.Hour

// setInherited sets on a listening socket what holds for those that it accepts: for how long sent data may stay unacknowledged, or the peer's window closed (tcp(7), TCP_USER_TIMEOUT),
// and the probes.
func setInherited(fd int, cfg *Config) error {
	seconds := func(d time.Duration) int { return int((min(d, longestProbe) + time.Second - 1) / time.Second) }
	p := probes(cfg)
	err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(min(cfg.UserTimeout.Milliseconds(), 1<<31-1)))
	if !p.Enable {
		return err
	}
	return errors.Join(err,
		unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, seconds(p.Idle)),
		unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, seconds(p.Interval)),
		unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPCNT, p.Count),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1))
}

// notInherited is what the net package is to set on each accepted socket: nothing.
func notInherited(*Config) net.KeepAliveConfig { return net.KeepAliveConfig{} }
