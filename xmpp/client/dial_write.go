package client

import (
	"sync"
	"time"
)

// buffer is output on its way. A connection with nothing to write holds none.
type buffer struct{ b []byte }

var buffers = sync.Pool{New: func() any { return new(buffer) }}

// keptBuffer is the capacity up to which a buffer is used again.
const keptBuffer = 1 << 17

func (b *buffer) give() {
	if cap(b.b) <= keptBuffer {
		b.b = b.b[:0]
		buffers.Put(b)
	}
}

// endOutput takes back what begin lent. The caller holds mu.
func (c *Conn) endOutput(k *kit) {
	c.out.b, k.out.Buf = k.out.Buf, nil
	if len(c.out.b) == 0 {
		c.dropOutput()
	}
}

// dropOutput gives the output back unwritten. The caller holds mu.
func (c *Conn) dropOutput() {
	if c.out != nil {
		c.out.give()
		c.out = nil
	}
}

// pending returns the number of bytes that nobody has begun to write. The caller holds mu.
func (c *Conn) pending() int {
	if c.out == nil {
		return 0
	}
	return len(c.out.b)
}

// startWriting has a goroutine write what is there, if none is at it. The caller holds mu.
func (c *Conn) startWriting() {
	if !c.writing && (c.out != nil || c.closing) {
		c.writing = true
		go c.write()
	}
}

// write writes all output, and closes the connection when that is asked for. It is called when nobody else writes.
func (c *Conn) write() {
	for {
		p, closing := c.takeOutput()
		if closing {
			c.net.Close()
		}
		if p == nil {
			return
		}
		c.raw.SetWriteDeadline(time.Now().Add(c.m.cfg.WriteTimeout))
		err := c.send(p.b)
		p.give()
		if err != nil {
			c.raw.Close() // the reader notices, and nobody writes again: writing stays true
			return
		}
	}
}

// takeOutput takes what is to be written. When there is nothing the writer ends, and with it the connection if closing is true.
func (c *Conn) takeOutput() (p *buffer, closing bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p = c.out; p != nil {
		c.out = nil
		c.wake()
		return p, false
	}
	c.writing = false
	return nil, c.closing
}

// send puts p on the network.
func (c *Conn) send(p []byte) (err error) {
	if c.link != nil {
		return c.link.write(c.net, p)
	}
	_, err = c.net.Write(p)
	return err
}
