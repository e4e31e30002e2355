package edge

import (
	"bytes"
	"encoding/binary"
	"sync"

	"github.com/godwit-im/godwit/xmpp/stream"
)

// The first record of TLS: its type and the most bytes it may have (RFC 8446).
const (
	tlsHandshakeRecord = 22
	tlsRecordHeader    = 5
	tlsRecordMax       = 1 << 14
	// handshakeMax bounds what a peer may send before its handshake is done.
	handshakeMax = 32 << 10
)

// handshake is a TLS handshake: a goroutine of the lane, which waits here for what the loop gets from the peer. It
// begins when the peer's first record is complete, so that who sends slowly costs some bytes and no goroutine.
type handshake struct {
	conn *tlsConn

	mu      sync.Mutex
	more    sync.Cond
	got     []byte // not yet read
	end     error  // why it ends early
	started bool
}

// trimSpace returns p without the white space in front. Some clients end each element with a line break, also the one that asks for TLS: it is not
// allowed there (RFC 6120 §5.3.3), but it says nothing, and to lose it does no harm.
func trimSpace(p []byte) []byte { return bytes.TrimLeft(p, " \t\r\n") }

func newHandshake(t *tlsConn) *handshake {
	h := &handshake{conn: t}
	h.more.L = &h.mu
	return h
}

// feed takes bytes from the wire. Called by the loop.
func (h *handshake) feed(c *conn, wire []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.started && len(h.got) == 0 { // in front of all, and only there
		wire = trimSpace(wire)
	}
	h.got = append(h.got, wire...)
	if len(h.got) == 0 {
		return nil
	}
	if len(h.got) > handshakeMax {
		return handshakeError(ErrHeldTooMuch)
	}
	if h.started {
		h.more.Signal()
		return nil
	}
	ready, ok := firstRecord(h.got)
	switch {
	case !ok:
		c.loop.server.count.handshakesFailed.Add(1)
		return ErrHandshake
	case !ready:
		return nil
	}
	h.started = true
	if !c.loop.server.hands.run(h.run) {
		c.loop.server.count.overloaded.Add(1)
		return ErrOverloaded
	}
	return nil
}

// firstRecord reports whether p can begin a TLS handshake, and whether its first record is complete.
func firstRecord(p []byte) (ready, ok bool) {
	if p[0] != tlsHandshakeRecord || len(p) > 1 && p[1] != 3 {
		return false, false
	}
	if len(p) < tlsRecordHeader {
		return false, true
	}
	n := int(binary.BigEndian.Uint16(p[3:]))
	return len(p) >= tlsRecordHeader+n, n > 0 && n <= tlsRecordMax
}

// run does the handshake, on a goroutine of the lane. It has one of the CPUs for handshakes except while it waits.
func (h *handshake) run() {
	c := h.conn.conn
	s := c.loop.server
	defer s.rescueJob(c)
	s.cpus <- struct{}{}
	defer func() { <-s.cpus }()
	if err := h.conn.tls.Handshake(); err != nil {
		s.count.handshakesFailed.Add(1)
		c.loop.inbox.post(item{conn: c, kind: itemFailed, mail: stream.Mail{Note: handshakeError(err)}})
		return
	}
	done := &secured{transport: h.conn, security: h.conn.security()}
	c.loop.inbox.post(item{conn: c, kind: itemSecured, mail: stream.Mail{Note: done}})
}

// read gives the handshake what has come, and waits when that is nothing. Called by the lane's goroutine.
func (h *handshake) read(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.got) == 0 && h.end == nil {
		h.await()
	}
	if h.end != nil {
		return 0, h.end
	}
	n := copy(p, h.got)
	h.got = h.got[n:]
	return n, nil
}

// await waits for bytes, or the end, and lends its CPU to another handshake meanwhile. It is called with mu locked, but
// does not hold it while it waits for the CPU: the loop must not.
func (h *handshake) await() {
	cpus := h.conn.conn.loop.server.cpus
	<-cpus
	for len(h.got) == 0 && h.end == nil {
		h.more.Wait()
	}
	h.mu.Unlock()
	cpus <- struct{}{}
	h.mu.Lock()
}

// write sends what the handshake has to say, through the loop. Called by the lane's goroutine.
func (h *handshake) write(p []byte) (int, error) {
	c := h.conn.conn
	if !c.loop.inbox.post(item{conn: c, kind: itemWire, mail: stream.Mail{Note: append([]byte(nil), p...)}}) {
		return 0, ErrHandshake
	}
	return len(p), nil
}

// abandon ends the handshake from the loop.
func (h *handshake) abandon() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.end = ErrHandshake
	h.more.Signal()
}

// rest returns what the peer has sent behind the handshake. The loop calls it when the goroutine is done.
func (h *handshake) rest() []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.got
}
