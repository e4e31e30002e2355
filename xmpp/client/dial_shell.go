package client

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// Sizes in bytes.
const (
	smallRead  = 1 << 10 // the buffer that a connection holds
	largeRead  = 1 << 14 // the one it borrows while much comes
	maxPending = 1 << 16 // output not written at which nothing more is produced
)

// shell is the part of a Conn that moves bytes. What is marked with mu is under Conn.mu, the rest belongs to the goroutine that reads.
type shell struct {
	raw   net.Conn // TCP
	net   net.Conn // raw, or TLS or a WebSocket over it; does not change once something is written in another goroutine
	link  *linkSession
	dec   codec.Decoder
	enc   codec.Encoder
	small [smallRead]byte

	timer   *time.Timer // mu
	writing bool        // mu; a goroutine is at it
	closing bool        // mu; close when all is written
	reading bool        // the login is over, the connection has its goroutine
	over    Transport   // of the link
}

// kit is what a goroutine needs to run a Machine for a moment.
type kit struct {
	out     stream.Output
	scratch codec.Scratch
}

var kits = sync.Pool{New: func() any { return new(kit) }}

func takeKit() *kit { return kits.Get().(*kit) }

func (k *kit) give() { kits.Put(k) }

// do lets f use the Machine and carries out what it decided. The caller holds mu.
func (c *Conn) do(f func(now time.Time, out *stream.Output)) {
	k := takeKit()
	defer k.give()
	now := time.Now()
	c.begin(k)
	f(now, &k.out)
	c.carryOut(now, k)
}

// begin lets the Machine write behind what is not written yet. The caller holds mu.
func (c *Conn) begin(k *kit) {
	k.out.Reset()
	k.out.Encoder, k.out.Scratch = c.enc, &k.scratch
	if c.out == nil {
		c.out = buffers.Get().(*buffer)
	}
	k.out.Buf = c.out.b
}

// carryOut obeys what the Machine decided, but for what concerns the one who reads. The caller holds mu.
func (c *Conn) carryOut(now time.Time, k *kit) {
	c.endOutput(k)
	if k.out.TimerSet {
		c.setTimer(now, k.out.Timer)
	}
	c.closing = c.closing || k.out.Closing
	if c.reading {
		c.startWriting()
	}
}

// setTimer has tick called at that time. The caller holds mu.
func (c *Conn) setTimer(now, at time.Time) {
	switch {
	case c.timer == nil:
		c.timer = time.AfterFunc(at.Sub(now), c.tick)
	case at.IsZero():
		c.timer.Stop()
	default:
		c.timer.Reset(at.Sub(now))
	}
}

func (c *Conn) tick() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		c.do(func(now time.Time, out *stream.Output) { c.m.Step(&stream.Input{Kind: stream.Tick, Now: now}, out) })
	}
}

// read is the goroutine of a connection: it reads until the end.
func (c *Conn) read() {
	buf := c.small[:]
	for {
		n, err := c.net.Read(buf)
		if n > 0 {
			k := takeKit()
			if e := c.consume(context.Background(), k, buf[:n]); err == nil {
				err = e
			}
			k.give()
		}
		if err != nil {
			c.finish(err)
			break
		}
		buf = c.nextBuffer(buf, n)
	}
	c.nextBuffer(buf, 0)
}

var largeBuffers = sync.Pool{New: func() any { return new([largeRead]byte) }}

// nextBuffer returns what to read into after n bytes came into buf: a large buffer while they fill it.
func (c *Conn) nextBuffer(buf []byte, n int) []byte {
	switch {
	case len(buf) == smallRead && n == smallRead:
		return largeBuffers.Get().(*[largeRead]byte)[:]
	case len(buf) == largeRead && n < smallRead:
		largeBuffers.Put((*[largeRead]byte)(buf))
		return c.small[:]
	}
	return buf
}

// finish is the end of the connection: the Machine is told, once, and everything is given back.
func (c *Conn) finish(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.raw.Close()
	if c.timer != nil {
		c.timer.Stop()
	}
	if c.dec != nil {
		c.dec.Close()
	}
	k := takeKit()
	defer k.give()
	c.begin(k)
	c.m.Step(&stream.Input{Kind: stream.Closed, Now: time.Now(), Err: err}, &k.out)
	c.endOutput(k)
	c.dropOutput()
}

// cut ends the connection at once: TCP is reset.
func (c *Conn) cut() {
	if tcp, ok := c.raw.(interface{ SetLinger(sec int) error }); ok {
		tcp.SetLinger(0)
	}
	c.raw.Close()
}
