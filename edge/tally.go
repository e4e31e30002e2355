package edge

import (
	"math/bits"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// Transport is how a connection's bytes are carried at a moment: STARTTLS changes it.
type Transport uint8

// The transports.
const (
	PlainTransport Transport = iota
	TLSTransport
	LinkTransport

	// Transports is how many there are.
	Transports = int(LinkTransport) + 1
)

// String returns the name for operators.
func (t Transport) String() string {
	return [Transports]string{"plain", "tls", "link"}[t]
}

// tally is what a loop counts, beside the server's counters. It is the loop's own: nothing in it costs more than an addition.
type tally struct {
	wire    [Transports]struct{ received, sent uint64 } // bytes
	stream  [Transports]struct{ received, sent uint64 } // bytes before compression and encryption
	conns   [Transports]struct{ open, known int }
	lag     Lag
	lagged  time.Duration // the longest since Metrics was called last
	machine stream.Count
}

// LagBuckets is the number of buckets of a Lag.
const LagBuckets = 24

// Lag is a histogram of how late a loop was: from when a tick was posted to when the loop came to it. A loop that has no timer armed is not ticked. Count[i] counts
// times below 2^i µs and not below 2^(i-1) µs; the last counts all longer ones.
type Lag struct {
	Count [LagBuckets]uint64
	Sum   time.Duration
}

// late notes that a tick has waited so long.
func (t *tally) late(waited time.Duration) {
	waited = max(waited, 0)
	t.lag.Count[min(bits.Len64(uint64(waited.Microseconds())), LagBuckets-1)]++
	t.lag.Sum += waited
	t.lagged = max(t.lagged, waited)
}

// way returns how the bytes of c are carried now.
func (c *conn) way() Transport {
	switch {
	case c.listener.Kind == Link || c.link():
		return LinkTransport
	case c.transport == nil:
		return PlainTransport
	}
	if _, ok := c.transport.(*proxyHeader); ok {
		return PlainTransport
	}
	return TLSTransport
}

// took counts n bytes that have come from the wire.
func (c *conn) took(n int) {
	c.loop.tally.wire[c.way()].received += uint64(n)
	c.received += uint64(n)
	c.heard = c.loop.tickNow
}

// gave counts n bytes that were handed to the kernel or to gnet.
func (c *conn) gave(n int) {
	c.loop.tally.wire[c.way()].sent += uint64(n)
	c.sent += uint64(n)
}

// read counts n bytes of the stream that were decoded.
func (c *conn) read(n int) { c.loop.tally.stream[c.way()].received += uint64(n) }

// wrote counts n bytes of the stream that the machine has written. Those of a compressed one its encoder counts.
func (c *conn) wrote(n int) {
	if c.compressed() == nil {
		c.loop.tally.stream[c.way()].sent += uint64(n)
	}
}

// enlist counts c among the open connections of the loop, or anew when something about it has changed.
func (c *conn) enlist() {
	c.strike()
	t := c.way()
	c.listed, c.listedKnown = uint8(t)+1, c.known
	n := &c.loop.tally.conns[t]
	n.open++
	if c.known {
		n.known++
	}
}

// strike counts c no more.
func (c *conn) strike() {
	if c.listed == 0 {
		return
	}
	n := &c.loop.tally.conns[c.listed-1]
	n.open--
	if c.listedKnown {
		n.known--
	}
	c.listed = 0
}

// countingEncoder counts for a connection what it writes before that is compressed. It is used by the connection's loop only.
type countingEncoder struct {
	codec.Encoder
	conn *conn
}

func (x countingEncoder) count(before, after []byte) []byte {
	x.conn.loop.tally.stream[x.conn.way()].sent += uint64(len(after) - len(before))
	return after
}

// AppendOpen implements codec.Encoder.
func (x countingEncoder) AppendOpen(dst []byte, e codec.Element) []byte {
	return x.count(dst, x.Encoder.AppendOpen(dst, e))
}

// AppendElement implements codec.Encoder.
func (x countingEncoder) AppendElement(dst []byte, e codec.Element) []byte {
	return x.count(dst, x.Encoder.AppendElement(dst, e))
}

// AppendFrame implements codec.Encoder.
func (x countingEncoder) AppendFrame(dst []byte, f *codec.Frame) []byte {
	return x.count(dst, x.Encoder.AppendFrame(dst, f))
}

// AppendClose implements codec.Encoder.
func (x countingEncoder) AppendClose(dst []byte) []byte {
	return x.count(dst, x.Encoder.AppendClose(dst))
}
