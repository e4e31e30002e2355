package edge

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// setNotSent bounds how much of what it takes the kernel may keep that it has not sent yet (tcp(7), TCP_NOTSENT_LOWAT).
func setNotSent(fd, bytes int) error {
	return unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, bytes)
}

// setUserTimeout bounds how long sent data may stay unacknowledged, or the peer's window closed (tcp(7), TCP_USER_TIMEOUT). Set on
// a listening socket it holds for what that accepts.
func setUserTimeout(raw syscall.RawConn, d time.Duration) error {
	var err error
	ms := int(min(d.Milliseconds(), 1<<31-1))
	if e := raw.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, ms)
	}); e != nil {
		return e
	}
	return err
}
