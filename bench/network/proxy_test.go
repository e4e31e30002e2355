package network

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// proxied starts a proxy for a server of TCP that runs f for each connection, and returns the network and where clients connect.
func proxied(t *testing.T, p Profile, f func(c *net.TCPConn)) (n *Network, address string) {
	t.Helper()
	listen := func() net.Listener {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	var work sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	server, front := listen(), listen()
	n = New(p, 1)
	t.Cleanup(func() {
		cancel()
		server.Close()
		work.Wait()
		n.Close()
	})
	work.Go(func() {
		for {
			c, err := server.Accept()
			if err != nil {
				return
			}
			work.Go(func() {
				defer c.Close()
				f(c.(*net.TCPConn))
			})
		}
	})
	work.Go(func() {
		if err := n.Proxy(ctx, front, server.Addr().String()); err != nil {
			t.Error(err)
		}
	})
	return n, front.Addr().String()
}

func dialTCP(t *testing.T, address string) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

func echo(c *net.TCPConn) { io.Copy(c, c) }

func TestProxy(t *testing.T) {
	t.Parallel()
	const rtt = 40 * time.Millisecond
	_, address := proxied(t, path(rtt), echo)
	begin := time.Now()
	c := dialTCP(t, address)
	text := strings.Repeat("over and over ", 100_000)
	go func() {
		io.WriteString(c, text)
		c.CloseWrite()
	}()
	var first [1]byte
	if _, err := io.ReadFull(c, first[:]); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took < 2*rtt { // the handshake, and there and back
		t.Errorf("after %v something came back", took)
	}
	rest, err := io.ReadAll(c)
	if got := string(first[:]) + string(rest); got != text || err != nil {
		t.Errorf("%d of %d bytes came back: %v", len(got), len(text), err)
	}
}

func TestProxyPassesResetsOn(t *testing.T) {
	t.Parallel()
	seen := make(chan error, 1)
	n, address := proxied(t, path(time.Millisecond), func(c *net.TCPConn) {
		_, err := io.Copy(io.Discard, c)
		seen <- err
	})
	c := dialTCP(t, address)
	io.WriteString(c, "x")
	c.SetLinger(0)
	c.Close()
	if err := <-seen; !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the server has seen %v", err)
	}
	n.Change(Profile{Portal: Swallows}, 0)
	c = dialTCP(t, address)
	io.WriteString(c, "x")
	n.Close()
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the network has gone, and the client is not told")
	}
}

func TestProxyWithoutServer(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := New(path(time.Millisecond), 1)
	defer n.Close()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- n.Serve(ctx, l, "nobody") }()
	if _, err := dialTCP(t, l.Addr().String()).Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Error(err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestSilentPathEndsWithTheProxy(t *testing.T) {
	t.Parallel()
	got := make(chan string, 1)
	n, address := proxied(t, path(time.Millisecond), func(c *net.TCPConn) {
		var text [4]byte
		io.ReadFull(c, text[:])
		got <- string(text[:])
		io.Copy(io.Discard, c)
	})
	c := dialTCP(t, address)
	io.WriteString(c, "here")
	if text := <-got; text != "here" {
		t.Error(text)
	}
	n.Change(path(time.Millisecond), 0)
	io.WriteString(c, "lost")
	c.Close() // the server does not hear of it: only the end of the test does it good
}
