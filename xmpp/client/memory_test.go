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
	address, accept := listen(b)
	cfg := client.Config{
		Address: address, JID: juliet, Password: "secret", Mode: client.Plain, Mechanisms: []string{"PLAIN"},
	}
	conns, ends := make([]*client.Conn, b.N), make([]net.Conn, b.N)
	before := memory()
	for i := range b.N {
		conns[i], ends[i] = idleConn(b, cfg, accept)
	}
	b.ReportMetric(float64(memory()-before)/float64(b.N), "B/conn")
	for _, c := range conns {
		c.Abort()
	}
	runtime.KeepAlive(ends)
}

// idleConn logs in and returns both ends.
func idleConn(b *testing.B, cfg client.Config, accept func() *peer) (*client.Conn, net.Conn) {
	dialed := make(chan *client.Conn, 1)
	go func() {
		c, err := client.Dial(context.Background(), cfg)
		if err != nil {
			b.Error(err)
		}
		dialed <- c
	}()
	p := accept()
	if err := p.login(); err != nil {
		b.Fatal(err)
	}
	return <-dialed, p.conn
}

// memory returns the bytes in use by the heap and the stacks.
func memory() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}
