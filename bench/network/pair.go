package network

import (
	"sync"
	"syscall"
	"time"
)

// pair is a connection: two ends, and a flow from each to the other.
type pair struct {
	network *Network
	nat     time.Duration
	end     [2]Conn // the client's, the server's

	mu     sync.Mutex  // of all below, and of the ends
	timer  *time.Timer // of its Life
	flow   [2]flow     // from the client, from the server
	heard  time.Duration
	silent bool
}

// flow is what is under way in one direction.
type flow struct {
	line    line
	packets []segment // in order
	unread  int       // bytes between the writer and the reader
}

// segment is a packet under way, or one that arrived and was not read.
type segment struct {
	arrives time.Duration
	data    []byte
	end     ending // of the stream, behind the data
}

// ending is how a stream ends.
type ending uint8

const (
	goesOn ending = iota
	finished
	reset
)

// newPair returns a connection that is not made yet.
func (n *Network) newPair(p *Profile, number uint64) *pair {
	c := &pair{network: n, nat: p.NAT}
	for i := range c.end {
		e := &c.end[i]
		e.pair, e.out, e.in, e.far = c, &c.flow[i], &c.flow[1-i], &c.end[1-i]
		e.changed.L = &c.mu
	}
	c.flow[0].line = newLine(p, p.Up, n.seed, 2*number)
	c.flow[1].line = newLine(p, p.Down, n.seed, 2*number+1)
	return c
}

// established ends the handshake and lets the connection live its Life.
func (c *pair) established(p *Profile, number uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flow[0].line.established(p)
	c.flow[1].line.established(p)
	c.heard = c.network.now()
	if p.Life != (Span{}) && !c.silent {
		c.timer = time.AfterFunc(max(0, p.Life.of(c.network.seed, number)-p.RTT()), func() { c.die(p.Death) })
	}
}

// send puts a packet on its way. The caller holds mu.
func (c *pair) send(f *flow, s segment) (departs time.Duration) {
	now := c.network.now()
	f.unread += len(s.data)
	if c.nat > 0 && now-c.heard > c.nat {
		c.fallSilent()
	}
	if c.heard = now; c.silent {
		return now
	}
	departs, s.arrives, _ = f.line.send(now, len(s.data))
	if f.line.gone {
		c.fallSilent()
		return departs
	}
	f.packets = append(f.packets, s)
	c.wake()
	return departs
}

// fallSilent loses what is under way and all that comes later. The caller holds mu.
func (c *pair) fallSilent() {
	c.silent = true
	now := c.network.now()
	for i := range c.flow {
		f := &c.flow[i]
		n := 0
		for n < len(f.packets) && f.packets[n].arrives <= now {
			n++
		}
		f.packets = f.packets[:n]
	}
	c.wake()
}

func (c *pair) wake() {
	c.end[0].changed.Broadcast()
	c.end[1].changed.Broadcast()
}

// die ends the connection in one of the ways.
func (c *pair) die(how Death) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fallSilent()
	switch how {
	case ByReset:
		c.end[0].fail(syscall.ECONNRESET)
		c.end[1].fail(syscall.ECONNRESET)
	case ByHalfOpen:
		c.end[0].fail(syscall.ETIMEDOUT)
	}
}

// forget ends what belongs to the connection, when both ends are closed or the network is.
func (c *pair) forget() {
	c.mu.Lock()
	defer c.network.forget(c)
	defer c.mu.Unlock()
	if c.timer != nil {
		c.timer.Stop()
	}
}
