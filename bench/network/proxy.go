package network

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// Forward takes the connections that are dialled to an address of the network on to a TCP server, until ctx ends or the network is closed; then it returns when nothing of
// it is left. ready is called once who dials is heard; it may be nil.
func (n *Network) Forward(ctx context.Context, address, server string, ready func()) error {
	l, err := n.Listen(address)
	if err != nil {
		return err
	}
	if ready != nil {
		ready()
	}
	return carry(ctx, l, func(ctx context.Context) (net.Conn, error) { return new(net.Dialer).DialContext(ctx, "tcp", server) })
}

// Serve takes the connections that a real listener gets over the network to an address of it, and closes the listener. A client of TCP is connected at once; what it
// sends waits until the handshake over the network is over, so it has paid for it when the first byte is on its way. It ends as Forward does, or when the listener is closed.
func (n *Network) Serve(ctx context.Context, l net.Listener, address string) error {
	return carry(ctx, l, func(ctx context.Context) (net.Conn, error) { return n.Dial(ctx, address) })
}

// Proxy is Serve and Forward in one: it takes the connections that a real listener gets over the network to a server of TCP.
func (n *Network) Proxy(ctx context.Context, l net.Listener, server string) error {
	ctx, cancel := context.WithCancel(ctx)
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- n.Forward(ctx, server, server, func() { close(ready) }) }()
	select {
	case err := <-ended:
		cancel()
		return errors.Join(err, l.Close())
	case <-ready:
	}
	err := n.Serve(ctx, l, server)
	cancel()
	return errors.Join(err, <-ended)
}

// carry takes what comes to l further, until ctx ends or l does.
func carry(ctx context.Context, l net.Listener, further func(ctx context.Context) (net.Conn, error)) error {
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	defer work.Wait()
	defer cancel()
	defer context.AfterFunc(ctx, func() { l.Close() })()
	for {
		near, err := l.Accept()
		if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
			if err == nil {
				near.Close()
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("network: %w", err)
		}
		work.Go(func() {
			defer context.AfterFunc(ctx, func() { abort(near) })()
			far, err := further(ctx)
			if err != nil {
				abort(near)
				return
			}
			defer context.AfterFunc(ctx, func() { abort(far) })()
			join(near, far)
		})
	}
}

// join copies in both directions until both have ended.
func join(a, b net.Conn) {
	var work sync.WaitGroup
	work.Go(func() { copyTo(b, a) })
	copyTo(a, b)
	work.Wait()
	a.Close()
	b.Close()
}

// copyTo copies, and passes on how it ends: in order, or by a reset.
func copyTo(to, from net.Conn) {
	buf := make([]byte, 16<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if _, e := to.Write(buf[:n]); e != nil {
				abort(from)
				return
			}
		}
		if err == io.EOF {
			if half, ok := to.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
				return
			}
		}
		if err != nil {
			abort(to)
			return
		}
	}
}

// abort resets a connection.
func abort(c net.Conn) {
	if l, ok := c.(interface{ SetLinger(sec int) error }); ok {
		l.SetLinger(0)
	}
	c.Close()
}
