package edge

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"

	"github.com/panjf2000/gnet/v2"
)

// waker makes a gnet loop come: a connected pair of sockets, one end of which is enrolled in the loop. Writing to it costs
// a system call and, unlike gnet's own ways, no allocation. It also gives us the loop itself.
type waker struct {
	near int       // we write
	far  gnet.Conn // the loop reads
}

var wakeByte = []byte{0}

// wake may be called by any goroutine, not after close. The inbox sees to it that there is never more than a byte or two under way.
func (w *waker) wake() {
	for {
		_, err := syscall.Write(w.near, wakeByte)
		if !errors.Is(err, syscall.EINTR) {
			return // EAGAIN: there is enough to wake it
		}
	}
}

// newWaker enrolls a waker in the only loop of client.
func newWaker(client *gnet.Client, l *loop) (*waker, error) {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return nil, fmt.Errorf("edge: waker: %w", err)
	}
	for _, fd := range fds {
		syscall.CloseOnExec(fd)
		_ = syscall.SetNonblock(fd, true)
	}
	f := os.NewFile(uintptr(fds[1]), "waker")
	far, err := net.FileConn(f)
	_ = f.Close()
	if err != nil {
		_ = syscall.Close(fds[0])
		return nil, fmt.Errorf("edge: waker: %w", err)
	}
	w := &waker{near: fds[0]}
	if w.far, err = client.EnrollContext(far, l); err != nil {
		_ = syscall.Close(fds[0])
		return nil, fmt.Errorf("edge: waker: %w", err)
	}
	return w, nil
}

// close gives the near end back.
func (w *waker) close() { _ = syscall.Close(w.near) }
