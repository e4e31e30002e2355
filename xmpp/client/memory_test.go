package client_test

import (
	"context"
	"net"
	"runtime"
	"testing"

	"github.com/godwit-im/godwit/xmpp/client"
)

// BenchmarkIdle measures what a logged-in connection that has nothing to do costs: heap and stack, with the bare socket of the server's
// end, which is in the same process.
//
//	go test -run xxx -bench Idle -benchtime 2000x ./xmpp/client
func BenchmarkIdle(b *testing.B) {
	for _, mode := range []struct {
		name   string
		mode   client.Mode
		secure func(p *peer) error
	}{
		{"plain", client.Plain, func(*peer) error { return nil }},
		{"tls", client.DirectTLS, (*peer).startTLS},
		{"link", client.Link, func(p *peer) error { return p.startLink(linkServer(false)) }},
	} {
		b.Run(mode.name, func(b *testing.B) {
			address, accept := listen(b)
			cfg := client.Config{
				Address: address, JID: juliet, Password: "secret", Mode: mode.mode, TLS: clientTLS(), Mechanisms: []string{"PLAIN"},
			}
			conns, ends := make([]*client.Conn, b.N), make([]net.Conn, b.N)
			before := memory()
			for i := range b.N {
				conns[i], ends[i] = idleConn(b, cfg, accept, mode.secure)
			}
			b.ReportMetric(float64(memory()-before)/float64(b.N), "B/conn")
			for _, c := range conns {
				c.Abort()
			}
			runtime.KeepAlive(ends)
		})
	}
}

// idleConn logs in and returns the connection and the server's socket.
func idleConn(b *testing.B, cfg client.Config, accept func() *peer, secure func(*peer) error) (*client.Conn, net.Conn) {
	dialed := make(chan *client.Conn, 1)
	go func() {
		c, err := client.Dial(context.Background(), cfg)
		if err != nil {
			b.Error(err)
		}
		dialed <- c
	}()
	p := accept()
	end := p.conn
	if err := secure(p); err != nil {
		b.Fatal(err)
	}
	if err := p.login(); err != nil {
		b.Fatal(err)
	}
	return <-dialed, end
}

// memory returns the bytes in use by the heap and the stacks.
func memory() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}
