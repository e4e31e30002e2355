package network

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// Conn is one end of a connection over a Network. It is a net.Conn that behaves as one of TCP: its methods may be called from any goroutine, Write returns when the bytes
// are in the queue, and waits while that is full.
type Conn struct {
	pair    *pair
	out, in *flow // in the pair
	far     *Conn
	changed sync.Cond // of the pair's mutex

	// Under the pair's mutex.
	local, remote Addr
	err           error // that ended it, nil while it has not
	finished      bool  // nothing more is to be written
	linger        bool  // it was told to be reset
	read, write   deadline
	passed        [2]int64 // bytes read and written
}

// Addr is the address of an end: what was given to Dial, or the number of the connection.
type Addr string

// Network implements net.Addr.
func (Addr) Network() string { return "shaped" }

// String implements net.Addr.
func (a Addr) String() string { return string(a) }

// deadline is when waiting ends, the zero time: never.
type deadline struct{ at time.Time }

func (d deadline) passed() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }

// wait waits until something changes, or until that time of the network, if it is not negative, or the deadline. The caller holds the pair's mutex.
func (c *Conn) wait(until time.Duration, d *deadline) {
	left := time.Duration(-1)
	if until >= 0 {
		left = max(0, until-c.pair.network.now())
	}
	if !d.at.IsZero() {
		if l := time.Until(d.at); left < 0 || l < left {
			left = max(0, l)
		}
	}
	if left >= 0 {
		t := time.AfterFunc(left, func() {
			c.pair.mu.Lock()
			defer c.pair.mu.Unlock()
			c.changed.Broadcast()
		})
		defer t.Stop()
	}
	c.changed.Wait()
}

// ended returns why nothing can be read or written any more. The caller holds the pair's mutex.
func (c *Conn) ended(d *deadline) error {
	if at := c.resetAt(); at >= 0 && at <= c.pair.network.now() {
		c.fail(syscall.ECONNRESET)
	}
	switch {
	case c.err != nil:
		return c.err
	case d.passed():
		return os.ErrDeadlineExceeded
	}
	return nil
}

// resetAt returns when a reset arrives, negative when none is under way. The caller holds the pair's mutex.
func (c *Conn) resetAt() time.Duration {
	if n := len(c.in.packets); n > 0 && c.in.packets[n-1].end == reset {
		return c.in.packets[n-1].arrives
	}
	return -1
}

// fail ends this end by itself. The caller holds the pair's mutex.
func (c *Conn) fail(err error) {
	if c.err == nil {
		c.err = err
	}
	c.changed.Broadcast()
}

func (c *Conn) opError(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return &net.OpError{Op: op, Net: "shaped", Source: c.local, Addr: c.remote, Err: err}
}

// Read implements net.Conn.
func (c *Conn) Read(p []byte) (n int, err error) {
	c.pair.mu.Lock()
	defer c.pair.mu.Unlock()
	for {
		s, until := c.arrived()
		if s != nil && c.err == nil {
			if n = c.take(p, s); n > 0 || len(p) == 0 {
				return n, nil
			}
			if s.end == finished {
				return 0, io.EOF
			}
		}
		if err := c.ended(&c.read); err != nil {
			return 0, c.opError("read", err)
		}
		c.wait(until, &c.read)
	}
}

// arrived returns the first packet if it has arrived, else when it will, negative for never.
func (c *Conn) arrived() (s *segment, until time.Duration) {
	if len(c.in.packets) == 0 {
		return nil, -1
	}
	s = &c.in.packets[0]
	if s.arrives > c.pair.network.now() {
		return nil, s.arrives
	}
	return s, 0
}

// take reads from all packets that have arrived; the first is s. The end of the stream stays.
func (c *Conn) take(p []byte, s *segment) (n int) {
	for s != nil && n < len(p) && (len(s.data) > 0 || s.end == goesOn) {
		m := copy(p[n:], s.data)
		n, s.data = n+m, s.data[m:]
		if len(s.data) == 0 && s.end == goesOn {
			c.in.packets[0] = segment{}
			c.in.packets = c.in.packets[1:]
		}
		s, _ = c.arrived()
	}
	if n > 0 {
		c.in.unread -= n
		c.passed[0] += int64(n)
		c.far.changed.Broadcast()
	}
	return n
}

// Write implements net.Conn.
func (c *Conn) Write(p []byte) (n int, err error) {
	c.pair.mu.Lock()
	defer c.pair.mu.Unlock()
	for {
		if err := c.ended(&c.write); err != nil {
			return n, c.opError("write", err)
		}
		if c.finished {
			return n, c.opError("write", syscall.EPIPE)
		}
		if n == len(p) {
			return n, nil
		}
		if until := c.room(); until != 0 {
			if at := c.resetAt(); until < 0 || 0 <= at && at < until {
				until = at
			}
			c.wait(until, &c.write)
			continue
		}
		m := min(packet, len(p)-n)
		c.send(p[n : n+m])
		n += m
	}
}

// room returns 0 when a packet can be written, else when there will be room, negative when that is for the reader to make.
func (c *Conn) room() time.Duration {
	if c.out.unread >= window {
		return -1
	}
	if at := c.out.line.room(); !c.pair.silent && at > c.pair.network.now() {
		return at
	}
	return 0
}

// send sends a packet. What comes to a socket that is closed is answered with a reset, as TCP does (RFC 9293).
func (c *Conn) send(p []byte) {
	c.passed[1] += int64(len(p))
	c.pair.send(c.out, segment{data: append([]byte(nil), p...)})
	if c.far.err == net.ErrClosed && !c.pair.silent && c.resetAt() < 0 {
		line := &c.in.line
		at := c.out.line.last
		c.in.packets = append(c.in.packets, segment{arrives: max(line.last, at+line.way.Delay), end: reset})
	}
}

// CloseWrite ends the stream in this direction; the other goes on.
func (c *Conn) CloseWrite() error {
	c.pair.mu.Lock()
	defer c.pair.mu.Unlock()
	if c.err != nil {
		return c.opError("close", c.err)
	}
	c.finish(finished)
	return nil
}

// finish tells the other end that nothing more comes. The caller holds the pair's mutex.
func (c *Conn) finish(how ending) {
	if !c.finished {
		c.finished = true
		c.pair.send(c.out, segment{end: how})
	}
}

// SetLinger with 0 lets Close reset the connection instead of ending it in order, as it does for a *net.TCPConn. Other values mean nothing.
func (c *Conn) SetLinger(sec int) error {
	c.pair.mu.Lock()
	defer c.pair.mu.Unlock()
	c.linger = sec == 0
	return nil
}

// Close implements net.Conn: what was written still arrives, and the end behind it. Nothing more can be read.
func (c *Conn) Close() error {
	c.pair.mu.Lock()
	if c.err == net.ErrClosed {
		c.pair.mu.Unlock()
		return c.opError("close", net.ErrClosed)
	}
	if c.linger {
		c.finished = false
		c.finish(reset)
	}
	if c.err == nil {
		c.finish(finished)
	}
	c.err = net.ErrClosed
	c.pair.wake()
	both := c.far.err == net.ErrClosed
	c.pair.mu.Unlock()
	if both {
		c.pair.forget()
	}
	return nil
}

// LocalAddr implements net.Conn.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr implements net.Conn.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline implements net.Conn.
func (c *Conn) SetDeadline(t time.Time) error { return c.setDeadlines(t, &c.read, &c.write) }

// SetReadDeadline implements net.Conn.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.setDeadlines(t, &c.read) }

// SetWriteDeadline implements net.Conn.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.setDeadlines(t, &c.write) }

func (c *Conn) setDeadlines(t time.Time, deadlines ...*deadline) error {
	c.pair.mu.Lock()
	defer c.pair.mu.Unlock()
	for _, d := range deadlines {
		d.at = t
	}
	c.changed.Broadcast()
	return nil
}

// Break ends the connection by force, in one of the ways in which it may end by itself.
func (c *Conn) Break(how Death) { c.pair.die(how) }

// Passed returns how many bytes of the stream this end has read, and how many it has written.
func (c *Conn) Passed() (read, written int64) {
	c.pair.mu.Lock()
	defer c.pair.mu.Unlock()
	return c.passed[0], c.passed[1]
}
