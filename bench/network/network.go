package network

import (
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Network lies between clients and servers. Its methods may be called from any goroutine.
type Network struct {
	seed  uint64
	began time.Time

	mu        sync.Mutex // never taken inside a pair's
	profile   Profile
	since     time.Duration // the profile, behind its gap
	change    *time.Timer   // to the next
	dialed    uint64
	pairs     map[*pair]bool // nil: closed
	listeners map[string]*listener
	closed    chan struct{} // closed by Close
}

// New returns a network that begins now. It is to be closed.
func New(p Profile, seed uint64) *Network {
	n := &Network{
		seed: seed, began: time.Now(), pairs: map[*pair]bool{}, listeners: map[string]*listener{}, closed: make(chan struct{}),
	}
	n.become(p, 0)
	return n
}

// now is the time since the beginning.
func (n *Network) now() time.Duration { return time.Since(n.began) }

// become lets the network be like p, after the gap. The caller holds mu, or is New.
func (n *Network) become(p Profile, gap time.Duration) {
	since := n.now() + gap
	n.profile, n.since = p, since
	if n.change != nil {
		n.change.Stop()
	}
	if p.Lasts > 0 && p.Next != nil {
		n.change = time.AfterFunc(gap+p.Lasts, func() { n.path(since, *p.Next, p.Gap) })
	}
}

// Change lets the device have another path now, which is like p, after a gap without any: the connections that there are, those not yet made too, are silent from now on.
func (n *Network) Change(p Profile, gap time.Duration) { n.path(-1, p, gap) }

// path is Change, if the path is still the one since then; negative: any.
func (n *Network) path(since time.Duration, p Profile, gap time.Duration) {
	n.mu.Lock()
	if n.pairs == nil || since >= 0 && n.since != since {
		n.mu.Unlock()
		return
	}
	n.become(p, gap)
	old := slices.Collect(maps.Keys(n.pairs))
	n.mu.Unlock()
	for _, c := range old {
		c.die(BySilence)
	}
}

// Profile returns what the network is like now.
func (n *Network) Profile() Profile {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.profile
}

// Close resets all connections and ends all listeners. No timer is left.
func (n *Network) Close() {
	n.mu.Lock()
	pairs, listeners := n.pairs, n.listeners
	if n.pairs != nil {
		close(n.closed)
	}
	n.pairs, n.listeners = nil, nil
	if n.change != nil {
		n.change.Stop()
	}
	n.mu.Unlock()
	for _, l := range listeners {
		l.end()
	}
	for c := range pairs {
		c.forget()
		c.die(ByReset)
	}
}

func (n *Network) forget(c *pair) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.pairs, c)
}

// Dial makes a connection to who listens at that address, and returns its client's end when the answer to SYN has come. It is a client.Connector.
func (n *Network) Dial(ctx context.Context, address string) (net.Conn, error) {
	c, err := n.dial(ctx, address)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: "shaped", Addr: Addr(address), Err: err}
	}
	return c, nil
}

func (n *Network) dial(ctx context.Context, address string) (*Conn, error) {
	n.mu.Lock()
	if n.pairs == nil {
		n.mu.Unlock()
		return nil, syscall.ENETDOWN
	}
	number, p, since := n.dialed, n.profile, n.since
	n.dialed++
	c := n.newPair(&p, number)
	n.pairs[c] = true
	n.mu.Unlock()
	c.end[0].local, c.end[0].remote = Addr(fmt.Sprintf("client:%d", number)), Addr(address)
	c.end[1].local, c.end[1].remote = c.end[0].remote, c.end[0].local

	if err := c.shakeHands(ctx, &p, since); err != nil {
		c.forget()
		return nil, err
	}
	if p.Portal != NoPortal {
		go p.Portal.serve(&c.end[1])
	} else if err := n.arrive(c, address, p.Up.Delay); err != nil {
		c.forget()
		return nil, err
	}
	c.established(&p, number)
	return &c.end[0], nil
}

// shakeHands lasts until SYN and its answer have come. SYN is sent again while there is no network.
func (c *pair) shakeHands(ctx context.Context, p *Profile, since time.Duration) error {
	c.mu.Lock()
	begin := c.network.now()
	for wait := p.own(synTimeout); begin < since; wait *= 2 {
		begin += wait
	}
	_, arrives, there := c.flow[0].line.send(begin, 0)
	_, answered, back := c.flow[1].line.send(arrives, 0)
	if c.heard = begin; !there || !back {
		c.silent = true
	}
	c.mu.Unlock()

	t := time.NewTimer(answered - c.network.now())
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-c.network.closed:
		return syscall.ENETDOWN
	case <-t.C:
	}
	c.mu.Lock()
	silent, err := c.silent, c.end[0].err
	c.mu.Unlock()
	if silent && err == nil {
		err = c.noAnswer(ctx, p.own(patience))
	}
	return err
}

// patience is how long SYN is sent again without an answer: what six retries last.
const patience = 127 * time.Second

// noAnswer waits so long for nothing.
func (c *pair) noAnswer(ctx context.Context, patience time.Duration) error {
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-c.network.closed:
		return syscall.ENETDOWN
	case <-t.C:
		return syscall.ETIMEDOUT
	}
}

// arrive brings the server's end to the listener, when the client's answer has come to it after that time.
func (n *Network) arrive(c *pair, address string, after time.Duration) error {
	n.mu.Lock()
	l := n.listeners[address]
	n.mu.Unlock()
	if l == nil {
		return syscall.ECONNREFUSED
	}
	time.AfterFunc(after, func() { l.put(c) })
	return nil
}

// Listen returns a listener for who dials that address: any string.
func (n *Network) Listen(address string) (net.Listener, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case n.pairs == nil:
		return nil, fmt.Errorf("network: listening at %s: %w", address, syscall.ENETDOWN)
	case n.listeners[address] != nil:
		return nil, fmt.Errorf("network: listening at %s: %w", address, syscall.EADDRINUSE)
	}
	l := &listener{network: n, address: Addr(address)}
	l.changed.L = &l.mu
	n.listeners[address] = l
	return l, nil
}

// listener gives the server's ends of connections that were made.
type listener struct {
	network *Network
	address Addr

	mu      sync.Mutex
	changed sync.Cond
	waiting []*Conn
	closed  bool
}

func (l *listener) put(c *pair) {
	l.mu.Lock()
	closed := l.closed
	if !closed {
		l.waiting = append(l.waiting, &c.end[1])
		l.changed.Signal()
	}
	l.mu.Unlock()
	if closed {
		c.end[1].SetLinger(0)
		c.end[1].Close()
	}
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.waiting) == 0 && !l.closed {
		l.changed.Wait()
	}
	if l.closed {
		return nil, &net.OpError{Op: "accept", Net: "shaped", Addr: l.address, Err: net.ErrClosed}
	}
	c := l.waiting[0]
	l.waiting = l.waiting[1:]
	return c, nil
}

// end ends the listener; connections that nobody has accepted are reset.
func (l *listener) end() bool {
	l.mu.Lock()
	waiting, first := l.waiting, !l.closed
	l.waiting, l.closed = nil, true
	l.changed.Broadcast()
	l.mu.Unlock()
	for _, c := range waiting {
		c.SetLinger(0)
		c.Close()
	}
	return first
}

// Close implements net.Listener.
func (l *listener) Close() error {
	if !l.end() {
		return &net.OpError{Op: "close", Net: "shaped", Addr: l.address, Err: net.ErrClosed}
	}
	l.network.mu.Lock()
	defer l.network.mu.Unlock()
	if l.network.listeners[string(l.address)] == l {
		delete(l.network.listeners, string(l.address))
	}
	return nil
}

// Addr implements net.Listener.
func (l *listener) Addr() net.Addr { return l.address }
