package load

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// session is a client on a loop.
type session struct {
	loop    *loop
	tag     int32 // its index in the loop
	index   int   // among all sessions
	fd      int   // -1: it has no connection
	state   state
	events  uint32 // that are watched for
	machine *client.Machine
	decoder codec.Decoder
	wire    wire    // nil: in the clear
	flow    *flow   // that it receives, nil: none
	deposit *flow   // that it writes for a receiver that is away, nil: none
	circle  *circle // whose presence it gets, nil: nobody's that counts

	out     []byte // of the stream, to be sent
	pending []byte // what the socket did not take
	isDirty bool
	closing bool
	since   time.Duration // when its login began, or its last connection was lost
	isBack  bool          // … which is so
}

// state says where a session is.
type state uint8

const (
	idle        state = iota
	connecting        // TCP
	securing          // a goroutine has the descriptor, for TLS
	negotiating       // the Machine logs in
	bound             // the Machine has logged in
	quiet             // … and the presence is held back
	present           // the presence is sent
	live              // the presence has come back: everything goes
	ending            // our end of the stream is closed
)

// connect begins the login.
func (s *session) connect() error {
	to := s.loop.to
	err := s.newMachine()
	if err != nil {
		return err
	}
	s.decoder, s.wire, s.closing = s.loop.newDecoder(), nil, false
	family, address := unix.AF_INET6, unix.Sockaddr(&unix.SockaddrInet6{Port: int(to.Port()), Addr: to.Addr().As16()})
	if to.Addr().Unmap().Is4() {
		family, address = unix.AF_INET, &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().Unmap().As4()}
	}
	if s.fd, err = unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0); err != nil {
		s.fd = -1
		return fmt.Errorf("a socket: %w", err)
	}
	unix.SetsockoptInt(s.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	if err := unix.Connect(s.fd, address); err != nil && err != unix.EINPROGRESS {
		return fmt.Errorf("connecting: %w", err)
	}
	s.state, s.events = connecting, unix.EPOLLOUT
	return s.loop.watch(s.fd, s.events, s.tag)
}

// newMachine makes the Machine of a login, with acks if the session writes to somebody who is away.
func (s *session) newMachine() (err error) {
	config := s.loop.config.client(s.index)
	if s.deposit != nil {
		config.SM, config.AckEvery = true, s.loop.mail.ackEvery()
	}
	s.machine, err = client.NewMachine(config, handler{s})
	return err
}

// limits bound what a server may send.
var limits = func() codec.Limits {
	l := codec.DefaultLimits
	l.Bytes *= 8
	return l
}()

// ready handles what epoll says of the session.
func (s *session) ready(events uint32) {
	switch {
	case s.fd < 0 || s.state == securing: // of before, in this turn
	case s.state == connecting:
		s.connected()
	default:
		if events&unix.EPOLLOUT != 0 {
			s.flush()
		}
		if events&^unix.EPOLLOUT != 0 {
			s.read()
		}
	}
}

func (s *session) connected() {
	if code, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_ERROR); err != nil || code != 0 {
		s.lost(fmt.Errorf("connecting: %w", errors.Join(err, unix.Errno(code))))
		return
	}
	switch s.loop.config.Mode {
	case client.DirectTLS:
		s.secureTLS()
		return
	case client.Link:
		s.secureLink()
		return
	}
	s.state = negotiating
	s.step(&stream.Input{Kind: stream.Opened})
	s.watch()
}

// watch watches for what is needed now.
func (s *session) watch() {
	want := uint32(unix.EPOLLIN)
	if len(s.pending) > 0 {
		want |= unix.EPOLLOUT
	}
	if s.fd < 0 || want == s.events {
		return
	}
	s.events = want
	if err := s.loop.rewatch(s.fd, want, s.tag); err != nil {
		s.lost(err)
	}
}

// read reads once: epoll tells again when there is more.
func (s *session) read() {
	if s.wire != nil {
		s.wire.receive()
		return
	}
	n, err := unix.Read(s.fd, s.loop.buffer[:])
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
	case err != nil:
		s.lost(err)
	case n == 0:
		s.lost(io.EOF)
	default:
		s.receive(s.loop.buffer[:n])
	}
}

// receive decodes what has come of the stream.
func (s *session) receive(p []byte) {
	l := s.loop
	l.scratch.Hold(p)
	for len(p) > 0 && s.fd >= 0 {
		n, event, err := s.decoder.Decode(p, &l.scratch)
		p = p[n:]
		switch {
		case err != nil:
			s.step(&stream.Input{Kind: stream.Malformed, Err: err})
			s.lost(err)
		case event == codec.EventOpen:
			s.step(&stream.Input{Kind: stream.Header, Element: l.scratch.Tree.Root()})
		case event == codec.EventClose:
			s.step(&stream.Input{Kind: stream.Footer})
		case event == codec.EventElement:
			s.element(l.scratch.Tree.Root())
		}
		if s.state == securing {
			if len(p) > 0 {
				s.lost(errors.New("bytes between <proceed/> and TLS"))
			}
			break
		}
	}
	l.scratch.Hold(nil)
}

func (s *session) element(e codec.Element) {
	if (s.state == live || s.state == present) && e.Name() == atom.Message && e.NS() == atom.NSClient {
		s.message(e)
		return
	}
	if s.circle != nil && s.state == live && e.Name() == atom.Presence && e.NS() == atom.NSClient {
		s.circle.take(e, s)
		return
	}
	s.step(&stream.Input{Kind: stream.Element, Element: e})
}

// message is a message: that of a flow, or one that nobody has asked for.
func (s *session) message(e codec.Element) {
	l := s.loop
	if s.flow == nil || l.chat == nil {
		if string(e.Attr(atom.Type)) == "error" {
			l.wrong.count(&l.wrong.Refused, "a message was refused: %s", e.Child(atom.NSClient, atom.Error).First().LocalName())
		}
		return
	}
	at, ok := s.flow.take(e, l)
	if !ok {
		return
	}
	l.delivered.Add(1)
	if l.mail != nil {
		l.fetched(s)
		return
	}
	if at >= l.pace.from && at < l.pace.until {
		record(l.hist, l.now-at)
	}
	l.credit(s.flow)
}

// step gives the Machine an input and obeys it.
func (s *session) step(in *stream.Input) {
	l := s.loop
	in.Now = l.begin.Add(l.now)
	out := &l.out
	out.Reset()
	out.Encoder, out.Scratch, out.Buf = l.encoder, &l.scratch, s.out
	s.machine.Step(in, out)
	if s.state == bound {
		s.welcome(in.Now, out)
	}
	s.take(out)
	jobs := slices.Clone(out.Jobs) // of SCRAM: slow only the first time, see Config.Keys
	if out.Restarted {
		s.decoder.Restart()
	}
	if out.TLS {
		s.flush()
		s.secureTLS()
	}
	for _, job := range jobs {
		s.step(&stream.Input{Kind: stream.Result, Result: job()})
	}
	if s.deposit != nil {
		l.store(s.deposit)
	}
}

// welcome goes on after the login.
func (s *session) welcome(now time.Time, out *stream.Output) {
	if s.loop.held {
		s.state = quiet
		s.loop.became(s)
		return
	}
	s.appear(now, out)
}

// appear sends the presence.
func (s *session) appear(now time.Time, out *stream.Output) {
	s.state = present
	_ = s.machine.Send(now, out, out.Build().Start(atom.NSClient, atom.Presence).Element()) // it is bound
}

// take takes what was put out.
func (s *session) take(out *stream.Output) {
	s.out = out.Buf
	if len(s.out) > 0 {
		s.soil()
	}
	s.closing = s.closing || out.Closing
}

// speak lets say use the Machine, outside of a step.
func (s *session) speak(say func(now time.Time, out *stream.Output)) {
	l := s.loop
	out := &l.out
	out.Reset()
	out.Encoder, out.Scratch, out.Buf = l.encoder, &l.scratch, s.out
	say(l.begin.Add(l.now), out)
	s.take(out)
}

// soil says that there is output.
func (s *session) soil() {
	if !s.isDirty {
		s.isDirty = true
		s.loop.dirty = append(s.loop.dirty, s)
	}
}

// flush writes what there is to write.
func (s *session) flush() {
	if s.fd < 0 || s.state == securing || s.state == connecting {
		return
	}
	p := s.out
	switch {
	case s.wire != nil:
		s.pending = s.wire.seal(s.pending, s.out)
		s.out, p = s.out[:0], s.pending
	case len(s.pending) > 0:
		s.pending = append(s.pending, s.out...)
		s.out, p = s.out[:0], s.pending
	}
	if len(p) == 0 {
		s.flushed()
		return
	}
	n, err := unix.Write(s.fd, p)
	if err != nil && err != unix.EAGAIN && err != unix.EINTR {
		s.lost(err)
		return
	}
	rest := p[max(n, 0):]
	s.pending = append(s.pending[:0], rest...) // rest may be of pending itself: it moves to the front
	s.out = s.out[:0]
	s.watch()
	s.flushed()
}

// flushed ends a connection that is to be closed once everything is written.
func (s *session) flushed() {
	if s.closing && len(s.pending) == 0 && s.fd >= 0 {
		s.lost(nil)
	}
}

// drop closes the connection, if there is one.
func (s *session) drop() {
	if s.fd >= 0 && s.state != securing { // else the goroutine does it
		unix.Close(s.fd)
		s.fd = -1
	}
	s.out, s.pending = s.out[:0], s.pending[:0]
}

// lost is the end of a connection. If nobody has asked for it, it is that of the loop, too.
func (s *session) lost(err error) {
	if s.fd < 0 {
		return
	}
	asked := s.state == ending
	s.drop()
	s.state = idle
	s.decoder.Close()
	s.step(&stream.Input{Kind: stream.Closed, Err: err})
	s.out = s.out[:0]
	if !asked {
		s.loop.fail(fmt.Errorf("session %d: %w", s.index, s.machine.Err()))
	}
}

// handler is the session as the application behind its Machine.
type handler struct{ s *session }

func (h handler) Bound(jid.JID) { h.s.state = bound }

// Stanza implements client.Handler. The login is complete when the server has sent us our own presence (RFC 6121 §4.2.2).
func (h handler) Stanza(e codec.Element) {
	s := h.s
	if s.state == present && e.Name() == atom.Presence && string(e.Attr(atom.From)) == s.machine.Address().String() {
		s.state = live
		s.loop.became(s)
	}
}

// Acked implements client.Handler: the server has a message for a receiver that is away. The presence has no id.
func (h handler) Acked(id []byte) {
	if s := h.s; s.deposit != nil && len(id) > 0 {
		s.loop.stored(s.deposit)
	}
}

func (handler) Handled(n uint32) uint32 { return n }
func (handler) Ended(error)             {}

// errCut is the end of a connection in a storm.
var errCut = errors.New("the connection was reset")

// cut resets the connection, if there is one, without a word to the server.
func (s *session) cut() {
	if s.fd < 0 {
		return
	}
	_ = unix.SetsockoptLinger(s.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	s.state = ending
	s.lost(errCut)
}

// leave closes our end of the stream.
func (s *session) leave() {
	if s.fd < 0 {
		return
	}
	s.state = ending
	s.speak(func(_ time.Time, out *stream.Output) { s.machine.Close(out) })
	s.soil()
}
