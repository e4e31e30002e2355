package edge

import (
	"reflect"

	"github.com/panjf2000/gnet/v2"
	"golang.org/x/sys/unix"
)

// poller is the epoll instance of a gnet loop. gnet v2.9.7 has no way to stop reading from a connection: while it is
// registered for reading, whatever comes is read and must be kept. Changing the registration of one descriptor is a call to the kernel that
// needs nothing of gnet but the number of its epoll instance, which reflection can read from where gnet keeps
// it. TestPauseKnowsGnet fails when a new gnet keeps it elsewhere; then pausing is off, and [Config.HoldLimit] is what bounds us.
//
// gnet registers a descriptor for reading again when it waits for room to write, and when it has written everything. A paused connection that is
// read nevertheless holds what came, and pauses again.
type poller struct{ fd int }

// pollerOf returns the poller of the loop that c is on.
func pollerOf(c gnet.Conn) poller {
	v := reflect.ValueOf(c)
	for _, name := range [...]string{"loop", "poller", "fd"} {
		for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct {
			return poller{-1}
		}
		v = v.FieldByName(name)
	}
	if !v.IsValid() || v.Kind() != reflect.Int {
		return poller{-1}
	}
	return poller{int(v.Int())}
}

// pause takes the reading out of the registration of fd, and reports whether it could. Called on the loop.
func (p poller) pause(fd int, writing bool) bool {
	return p.set(fd, 0, writing)
}

// resume puts it back.
func (p poller) resume(fd int, writing bool) bool {
	return p.set(fd, unix.EPOLLIN|unix.EPOLLPRI, writing)
}

func (p poller) set(fd int, events uint32, writing bool) bool {
	if p.fd < 0 {
		return false
	}
	if writing {
		events |= unix.EPOLLOUT
	}
	return unix.EpollCtl(p.fd, unix.EPOLL_CTL_MOD, fd, &unix.EpollEvent{Fd: int32(fd), Events: events}) == nil
}
