package load

import (
	"errors"
	"io"
	"net"
	"time"

	"golang.org/x/sys/unix"

	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// wire secures what a session sends and receives: TLS, or the link.
type wire interface {
	// handshake runs in a goroutine of its own, and may wait. Everything else belongs to the loop.
	handshake() error
	// security is what the handshake has found, how says it to people.
	security() *stream.Security
	how() string
	// receive reads once or more, and gives the session what has come.
	receive()
	// seal appends p, secured, and whatever else has to be said, to dst.
	seal(dst, p []byte) []byte
}

// socket is a descriptor as crypto/tls wants it, a net.Conn. In the handshake it is waiting: Read and Write wait for the network. Afterwards Read
// returns an error that is Temporary when nothing has come, after which it can be asked again, and Write keeps what is to be written in kept.
type socket struct {
	fd      int
	waiting bool
	by      time.Time // when a handshake must be over
	kept    []byte
	taken   chan struct{} // closed when the loop has the descriptor again
}

// secure begins the handshake of w, with the descriptor.
func (s *session) secure(w wire, socket *socket) {
	l := s.loop
	unix.EpollCtl(l.epoll, unix.EPOLL_CTL_DEL, s.fd, nil)
	s.state, s.events, s.wire = securing, 0, w
	go func() {
		l.handshake <- struct{}{}
		err := w.handshake()
		<-l.handshake
		l.do(func() { s.secured(socket, err) })
		socket.handOver(l)
	}()
}

// handOver waits until the loop has the descriptor, and closes it when the loop has ended without.
func (k *socket) handOver(l *loop) {
	select {
	case <-k.taken:
	case <-l.stopped:
		select {
		case <-k.taken:
		default:
			unix.Close(k.fd)
		}
	}
}

// secured goes on after the handshake.
func (s *session) secured(socket *socket, err error) {
	socket.waiting = false
	close(socket.taken)
	s.state = negotiating
	s.events = unix.EPOLLIN
	if err == nil {
		err = s.loop.watch(s.fd, s.events, s.tag)
	}
	if err != nil {
		s.lost(err)
		return
	}
	s.loop.secured = s.wire.how()
	in := stream.Input{Kind: stream.Opened, Security: s.wire.security()}
	switch s.loop.config.Mode {
	case client.StartTLS:
		in.Kind = stream.Secured
	case client.Link:
		in.Peer.Link = true
	}
	s.step(&in)
	s.wire.receive() // what came behind the handshake
}

func (s *session) newSocket() *socket {
	return &socket{fd: s.fd, waiting: true, taken: make(chan struct{}), by: time.Now().Add(s.loop.config.Patience)}
}

// errMore is what crypto/tls gets when nothing has come.
var errMore net.Error = moreError{}

type moreError struct{}

func (moreError) Error() string   { return "nothing has come yet" }
func (moreError) Timeout() bool   { return true }
func (moreError) Temporary() bool { return true }

// errSilent ends a handshake in which the server says nothing.
var errSilent = errors.New("the server is silent in the handshake")

// Read implements net.Conn.
func (k *socket) Read(p []byte) (int, error) {
	for {
		n, err := unix.Read(k.fd, p)
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN && !k.waiting:
			return 0, errMore
		case err == unix.EAGAIN:
			if err := k.poll(unix.POLLIN); err != nil {
				return 0, err
			}
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

// poll waits for the network.
func (k *socket) poll(events int16) error {
	if time.Now().After(k.by) {
		return errSilent
	}
	_, err := unix.Poll([]unix.PollFd{{Fd: int32(k.fd), Events: events}}, 1000)
	if err == unix.EINTR {
		return nil
	}
	return err
}

// Write implements net.Conn.
func (k *socket) Write(p []byte) (int, error) {
	if !k.waiting {
		k.kept = append(k.kept, p...)
		return len(p), nil
	}
	for done := 0; done < len(p); {
		n, err := unix.Write(k.fd, p[done:])
		switch {
		case err == unix.EAGAIN:
			if err := k.poll(unix.POLLOUT); err != nil {
				return done, err
			}
		case err != nil && err != unix.EINTR:
			return done, err
		}
		done += max(n, 0)
	}
	return len(p), nil
}

// The rest of net.Conn: the loop closes, and has the deadlines.

func (k *socket) Close() error                     { return nil }
func (k *socket) LocalAddr() net.Addr              { return nil }
func (k *socket) RemoteAddr() net.Addr             { return nil }
func (k *socket) SetDeadline(time.Time) error      { return nil }
func (k *socket) SetReadDeadline(time.Time) error  { return nil }
func (k *socket) SetWriteDeadline(time.Time) error { return nil }
