package load

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"

	"golang.org/x/sys/unix"

	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/sasl"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// tlsWire is TLS on a session, and the net.Conn that crypto/tls believes to be talking to. In the handshake a goroutine has it, and waits
// for the socket; afterwards the loop has it, and Read returns an error that is Temporary when nothing has come, after which crypto/tls can be asked again.
type tlsWire struct {
	s       *session
	fd      int
	waiting bool // in the handshake
	by      time.Time
	tls     *tls.Conn
	sealed  []byte
	taken   chan struct{} // closed when the loop has the descriptor again
}

// secure begins TLS in a goroutine.
func (s *session) secure() {
	l := s.loop
	unix.EpollCtl(l.epoll, unix.EPOLL_CTL_DEL, s.fd, nil)
	s.state, s.events = securing, 0
	w := &tlsWire{s: s, fd: s.fd, waiting: true, taken: make(chan struct{}), by: time.Now().Add(l.config.Patience)}
	w.tls = tls.Client(w, l.config.tls(s.index))
	s.tls = w
	go func() {
		l.handshake <- struct{}{}
		err := w.tls.Handshake()
		<-l.handshake
		l.do(func() { s.secured(err) })
		w.handOver()
	}()
}

// handOver waits until the loop has the descriptor, and closes it when the loop has ended without.
func (w *tlsWire) handOver() {
	select {
	case <-w.taken:
	case <-w.s.loop.stopped:
		select {
		case <-w.taken:
		default:
			unix.Close(w.fd)
		}
	}
}

// secured goes on after the handshake.
func (s *session) secured(err error) {
	s.tls.waiting = false
	close(s.tls.taken)
	s.state = negotiating
	s.events = unix.EPOLLIN
	if err == nil {
		err = s.loop.watch(s.fd, s.events, s.tag)
	}
	if err != nil {
		s.lost(err)
		return
	}
	state := s.tls.tls.ConnectionState()
	kind := stream.Secured
	if s.loop.config.Mode == client.DirectTLS {
		kind = stream.Opened
	}
	s.step(&stream.Input{Kind: kind, Security: &stream.Security{Protocol: tls.VersionName(state.Version), ServerName: state.ServerName, Bindings: func(name string) []byte {
		if name != sasl.TLSExporter {
			return nil
		}
		data, err := state.ExportKeyingMaterial("EXPORTER-Channel-Binding", []byte{}, 32) // RFC 9266 §2
		if err != nil {
			return nil
		}
		return data
	}}})
	s.tls.receive() // what came behind the handshake
}

// receive decrypts what has come.
func (w *tlsWire) receive() {
	s := w.s
	for s.fd >= 0 && s.tls == w {
		n, err := w.tls.Read(s.loop.plain[:])
		if n > 0 {
			s.receive(s.loop.plain[:n])
		}
		if err == errMore {
			break
		}
		if err != nil {
			s.lost(err)
			return
		}
	}
	if len(w.sealed) > 0 {
		s.soil()
	}
}

// seal appends p, encrypted, and whatever else TLS has to say, to dst.
func (w *tlsWire) seal(dst, p []byte) []byte {
	if len(p) > 0 {
		w.tls.Write(p)
	}
	dst = append(dst, w.sealed...)
	w.sealed = w.sealed[:0]
	return dst
}

// errMore is what crypto/tls gets when nothing has come.
var errMore net.Error = moreError{}

type moreError struct{}

func (moreError) Error() string   { return "nothing has come yet" }
func (moreError) Timeout() bool   { return true }
func (moreError) Temporary() bool { return true }

// errSilent ends a handshake in which the server says nothing.
var errSilent = errors.New("the server is silent in the TLS handshake")

// Read implements net.Conn.
func (w *tlsWire) Read(p []byte) (int, error) {
	for {
		n, err := unix.Read(w.fd, p)
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN && !w.waiting:
			return 0, errMore
		case err == unix.EAGAIN:
			if err := w.poll(unix.POLLIN); err != nil {
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

// poll waits for the socket.
func (w *tlsWire) poll(events int16) error {
	if time.Now().After(w.by) {
		return errSilent
	}
	_, err := unix.Poll([]unix.PollFd{{Fd: int32(w.fd), Events: events}}, 1000)
	if err == unix.EINTR {
		return nil
	}
	return err
}

// Write implements net.Conn.
func (w *tlsWire) Write(p []byte) (int, error) {
	if !w.waiting {
		w.sealed = append(w.sealed, p...)
		return len(p), nil
	}
	for done := 0; done < len(p); {
		n, err := unix.Write(w.fd, p[done:])
		switch {
		case err == unix.EAGAIN:
			if err := w.poll(unix.POLLOUT); err != nil {
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

func (w *tlsWire) Close() error                     { return nil }
func (w *tlsWire) LocalAddr() net.Addr              { return nil }
func (w *tlsWire) RemoteAddr() net.Addr             { return nil }
func (w *tlsWire) SetDeadline(time.Time) error      { return nil }
func (w *tlsWire) SetReadDeadline(time.Time) error  { return nil }
func (w *tlsWire) SetWriteDeadline(time.Time) error { return nil }
