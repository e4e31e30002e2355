package edge

import (
	"crypto/tls"
	"fmt"
	"net"
	"time"

	"github.com/godwit-im/godwit/xmpp/stream"
)

// tlsConn is TLS on a connection, and the net.Conn that crypto/tls believes to be talking to. While handshake is
// set a goroutine of the handshakes' lane uses it, and the loop only feeds that; afterwards only the loop uses it.
//
// crypto/tls cannot be stopped in the middle of a handshake, but its Read can: when the connection below returns an error that is
// Temporary, the partial record is kept and the next Read goes on. So the loop gives it what has come from the wire, and Reads until it
// asks for more.
type tlsConn struct {
	conn      *conn
	tls       *tls.Conn
	handshake *handshake
	certs     *certs // those that the client was shown one of
}

// beginTLS starts TLS on a connection that has none, as the server.
func (c *conn) beginTLS() {
	t := &tlsConn{conn: c, certs: c.listener.Certificates.now.Load()}
	t.tls = tls.Server(t, t.certs.config(c.listener))
	timeout := c.loop.server.config.HandshakeTimeout
	if c.loginBy != 0 {
		timeout = min(timeout, time.Duration(c.loginBy-min(c.loginBy, c.loop.tickNow))*tick)
	}
	t.handshake = newHandshake(t, newAllowance(timeout, c.loop.now))
	c.transport = t
	c.setDeadline(c.handshakeLook())
}

// becomeSecuring starts TLS at the machine's wish, RFC 6120 §5.4. The peer must be silent after its request until it has the answer: what it has
// sent behind it may be somebody else's, and the connection is not worth keeping.
func (c *conn) becomeSecuring() {
	switch {
	case c.phase != phaseOpen:
		return
	case c.transport != nil || c.listener.Certificates == nil:
		c.becomeClosing(ErrHandshake)
		return
	case c.held != nil || c.midway:
		c.injected()
		return
	}
	c.flush() // <proceed/>
	if c.phase == phaseOpen {
		c.phase = phaseSecuring
		c.beginTLS()
	}
}

// injected ends a connection whose peer has sent something behind its request for TLS.
func (c *conn) injected() {
	c.loop.server.count.injected.Add(1)
	c.doom(ErrPlaintext)
}

// secured is a handshake that is done.
type secured struct {
	transport transport
	security  *stream.Security
	rest      []byte        // what the peer has sent behind it
	served    time.Duration // what the server has taken for it
}

// tlsDone goes on after a TLS handshake: from now on the connection is the loop's alone.
func (c *conn) tlsDone(s *secured) {
	t := s.transport.(*tlsConn)
	s.rest, s.served = t.handshake.rest(c.loop.now)
	t.handshake = nil
	if c.phase == phaseNew && c.listener.carries(t.tls.ConnectionState()) {
		c.carry(t, s.rest)
		return
	}
	c.becomeSecure(s)
}

// becomeSecure goes on after a handshake.
func (c *conn) becomeSecure(s *secured) {
	c.loop.server.count.handshakes.Add(1)
	c.setUpper(s.transport)
	if c.phase == phaseNew {
		c.open(s.security)
	} else {
		c.phase = phaseOpen
		c.enlist()
		c.allow(uint32(s.served / tick))
		c.decoder.Restart() // RFC 6120 §5.4.3.3
		in := c.input(stream.Secured)
		in.Security = s.security
		c.run(in)
		if c.out != nil {
			c.soil()
		}
	}
	c.receiveUpper(s.rest) // also when there is none: crypto/tls may have read more than it needed
}

// receive implements transport.
func (t *tlsConn) receive(c *conn, wire []byte) error {
	if t.handshake != nil {
		return t.handshake.feed(c, wire)
	}
	l := c.loop
	l.opening = wire
	lent := l.lend(t.tls)
	err := t.read(c)
	l.takeBack(t.tls, lent)
	l.opening = nil
	return err
}

// read decrypts what has come.
func (t *tlsConn) read(c *conn) error {
	for c.phase <= phaseOpen {
		c.loop.sealing = c.loop.sealing[:0]
		n, err := t.tls.Read(c.loop.plain)
		c.writeWire(c.loop.sealing) // an alert, or the answer to a key update
		if k, ok := c.transport.(*carrier); ok && n > 0 {
			if err := k.opened(c, c.loop.plain[:n]); err != nil {
				return err
			}
		} else if n > 0 {
			c.receivePlain(c.loop.plain[:n])
		}
		switch {
		case err == errMore:
			return nil
		case err != nil:
			return err
		}
	}
	return nil
}

// seal implements transport.
func (t *tlsConn) seal(c *conn, dst, plain []byte) ([]byte, error) {
	if t.handshake != nil {
		return dst, nil // it has failed: nothing can be said
	}
	c.loop.sealing = dst
	_, err := t.tls.Write(plain)
	return c.loop.sealing, err
}

// end implements transport: close_notify (RFC 8446).
func (t *tlsConn) end(c *conn, dst []byte) []byte {
	if t.handshake != nil {
		return dst
	}
	c.loop.sealing = dst
	_ = t.tls.CloseWrite()
	return c.loop.sealing
}

// abandon implements transport.
func (t *tlsConn) abandon() {
	if t.handshake != nil {
		t.handshake.abandon()
	}
}

// errMore is what crypto/tls gets when it has had everything.
var errMore = moreError{}

// moreError is a net.Error that is Temporary: to crypto/tls it means that a later Read may succeed.
type moreError struct{}

func (moreError) Error() string   { return "edge: no more bytes yet" }
func (moreError) Timeout() bool   { return true }
func (moreError) Temporary() bool { return true }

// Read gives crypto/tls what has come from the wire.
func (t *tlsConn) Read(p []byte) (int, error) {
	if t.handshake != nil {
		return t.handshake.read(p)
	}
	l := t.conn.loop
	n := copy(p, l.opening)
	if n == 0 {
		return 0, errMore
	}
	l.opening = l.opening[n:]
	return n, nil
}

// Write takes what crypto/tls has for the wire.
func (t *tlsConn) Write(p []byte) (int, error) {
	if t.handshake != nil {
		return t.handshake.write(p)
	}
	t.conn.loop.sealing = append(t.conn.loop.sealing, p...)
	return len(p), nil
}

// The rest of net.Conn: the loop closes, and has the deadlines.

func (t *tlsConn) Close() error                     { return nil }
func (t *tlsConn) LocalAddr() net.Addr              { return nil }
func (t *tlsConn) RemoteAddr() net.Addr             { return nil }
func (t *tlsConn) SetDeadline(time.Time) error      { return nil }
func (t *tlsConn) SetReadDeadline(time.Time) error  { return nil }
func (t *tlsConn) SetWriteDeadline(time.Time) error { return nil }

// security says what the connection is worth.
func (t *tlsConn) security() *stream.Security {
	state := t.tls.ConnectionState()
	return &stream.Security{
		Protocol:   tls.VersionName(state.Version),
		ServerName: state.ServerName,
		Bindings:   t.binding,
	}
}

// binding returns the data of a channel binding. Any goroutine may call it.
func (t *tlsConn) binding(name string) []byte {
	switch name {
	case "tls-exporter": // RFC 9266 §2; it does not exist for TLS 1.2 without extended_master_secret
		state := t.tls.ConnectionState()
		if data, err := state.ExportKeyingMaterial("EXPORTER-Channel-Binding", []byte{}, 32); err == nil {
			return data
		}
	case "tls-server-end-point": // RFC 5929 §4
		state := t.tls.ConnectionState()
		return t.certs.pick(state.ServerName).endPoint
	}
	return nil
}

// handshakeError says why a handshake has failed.
func handshakeError(err error) error { return fmt.Errorf("%w: %w", ErrHandshake, err) }
