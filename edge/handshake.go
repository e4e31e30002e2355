package edge

import (
	"bytes"
	"encoding/binary"
	"sync"
	"time"

	"github.com/godwit-im/godwit/xmpp/stream"
)

// The first record of TLS: its type and the most bytes it may have (RFC 8446).
const (
	tlsHandshakeRecord = 22
	tlsRecordHeader    = 5
	tlsRecordMax       = 1 << 14
	// The types that records have (RFC 8446).
	tlsFirstType, tlsLastType = 20, 23
	// tlsSealedMax is the most that a record may have when it is encrypted, by TLS 1.2 (RFC 5246); 1.3 allows less.
	tlsSealedMax = tlsRecordMax + 2048
	// handshakeMax bounds what a peer may send before its handshake is done.
	handshakeMax = 32 << 10
)

// handshake is a TLS handshake: a goroutine of the lane, which waits here for what the loop gets from the peer. It
// begins when the peer's first record is complete, so that who sends slowly costs some bytes and no goroutine; and only whole records wake it.
type handshake struct {
	conn *tlsConn

	mu        sync.Mutex
	more      sync.Cond
	got       []byte // not yet read
	whole     int    // bytes of got that are whole records
	end       error  // why it ends early
	started   bool
	allowance allowance
}

// trimSpace returns p without the white space in front. Some clients end each element with a line break, also the one that asks for TLS: it is not
// allowed there (RFC 6120 §5.3.3), but it says nothing, and to lose it does no harm.
func trimSpace(p []byte) []byte { return bytes.TrimLeft(p, " \t\r\n") }

func newHandshake(t *tlsConn, a allowance) *handshake {
	h := &handshake{conn: t, allowance: a}
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
		h.wake(c.loop.now)
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
	h.wake(c.loop.now)
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

// wake lets the goroutine go on when there is a whole record that it has not read.
func (h *handshake) wake(now time.Time) {
	if h.whole += wholeRecords(h.got[h.whole:]); h.whole > 0 {
		h.allowance.ours(now)
		h.more.Signal()
	}
}

// wholeRecords returns how many bytes of p, which begins with a record, are whole records: all of them when one cannot be of TLS, which crypto/tls shall see.
func wholeRecords(p []byte) (n int) {
	for len(p)-n >= tlsRecordHeader {
		size := int(binary.BigEndian.Uint16(p[n+3:]))
		if p[n] < tlsFirstType || p[n] > tlsLastType || p[n+1] != 3 || size > tlsSealedMax {
			return len(p)
		}
		if len(p)-n < tlsRecordHeader+size {
			break
		}
		n += tlsRecordHeader + size
	}
	return n
}

// look returns when to look again whether the peer is late, 0 when it is. Called by the loop.
func (h *handshake) look(c *conn) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.started && h.allowance.greedy(c.loop.now) && c.loop.server.stuck() {
		return 0
	}
	return h.allowance.look(c.loop.now)
}

// cpus are those on which handshakes compute, courteously.
type cpus chan struct{}

// take waits for one. The goroutine that has it gives it back.
func (c cpus) take() {
	c <- struct{}{}
	beCourteous()
}

func (c cpus) giveBack() {
	endCourtesy()
	<-c
}

// stuck reports whether handshakes wait for a goroutine although a CPU is free for them: then all goroutines wait for their peers.
func (s *Server) stuck() bool { return len(s.cpus) < cap(s.cpus) && s.hands.waits() }

// run does the handshake, on a goroutine of the lane. It has one of the CPUs for handshakes except while it waits.
func (h *handshake) run() {
	c := h.conn.conn
	s := c.loop.server
	defer s.rescueJob(c)
	s.cpus.take()
	defer s.cpus.giveBack()
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
	if h.whole == 0 && h.end == nil {
		h.await()
	}
	if h.end != nil {
		return 0, h.end
	}
	n := copy(p, h.got[:h.whole])
	h.got, h.whole = h.got[n:], h.whole-n
	return n, nil
}

// await waits for bytes, or the end, and lends its CPU to another handshake meanwhile. It is called with mu locked, but
// does not hold it while it waits for the CPU: the loop must not.
func (h *handshake) await() {
	cpus := h.conn.conn.loop.server.cpus
	cpus.giveBack()
	h.allowance.theirs(time.Now())
	for h.whole == 0 && h.end == nil {
		h.more.Wait()
	}
	h.mu.Unlock()
	cpus.take()
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

// rest returns what the peer has sent behind the handshake, and the time that the handshake has waited for the server. The loop calls it when the goroutine
// is done.
func (h *handshake) rest(now time.Time) (got []byte, served time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.got, h.allowance.served(now)
}
