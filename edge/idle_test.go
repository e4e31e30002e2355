package edge

import (
	"bytes"
	"crypto/tls"
	"flag"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/godwit-im/godwit/codec/link"
)

// idleKinds are the kinds of connections, each with what one that has sent and received a stanza may hold of the server's heap, in bytes, gnet's part included.
var idleKinds = []struct {
	kind Kind
	wire string // of the link, one of wires
	most uint64
}{
	{C2S, "tcp", 1200}, {C2STLS, "tcp", 5000},
	{Link, "tcp", 2100}, {Link, "tls", 6000}, {Link, "websocket", 2250}, {Link, "websocket in tls", 6100},
}

// idleConnections is raised by hand for better figures.
var idleConnections = flag.Int("edge.idle", fewer(400), "connections of each kind in TestIdleMemory")

// TestIdleMemory connects many clients of each kind to a server in another process, exchanges a stanza with each, and weighs the server.
func TestIdleMemory(t *testing.T) {
	key, err := link.NewKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range idleKinds {
		t.Run(k.kind.String()+", "+k.wire, func(t *testing.T) {
			c := startChild(t, childConfig{LinkKey: key.Private[:]})
			connectIdle(t, c, k.kind, wires[k.wire], 100) // pools and tables fill
			c.ask()
			before := c.childReport
			connectIdle(t, c, k.kind, wires[k.wire], *idleConnections)
			c.ask()
			heap := (c.Heap - before.Heap) / uint64(*idleConnections)
			t.Logf("%d B heap, %d B RSS per idle connection, %d goroutines", heap, (c.RSS-before.RSS)/uint64(*idleConnections), c.Goroutines)
			if heap > k.most {
				t.Errorf("%d B heap, at most %d are allowed", heap, k.most)
			}
			if c.Goroutines > before.Goroutines {
				t.Errorf("%d goroutines, %d before", c.Goroutines, before.Goroutines)
			}
		})
	}
}

// connectIdle makes n connections that stay until the test ends.
func connectIdle(t *testing.T, c *child, kind Kind, over wire, n int) {
	t.Helper()
	all, answer := greeting(codingOf(kind).encoder)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range n / 8 {
				conn := clientOver(t, over(t, dial(t, c.Addresses[kind.String()])), kind)
				got := make([]byte, len(answer))
				if _, err := conn.Write(all); err != nil {
					t.Error(err)
					return
				}
				if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, answer) {
					t.Errorf("%q, %v", got, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// clientOver makes a client of a kind of listener on a connection.
func clientOver(t testing.TB, c net.Conn, kind Kind) net.Conn {
	switch kind {
	case C2STLS:
		return tls.Client(c, clientTLS())
	case Link:
		lc, err := dialLink(c, linkClientConfig(t))
		if err != nil {
			t.Error(err)
		}
		return lc
	}
	return c
}
