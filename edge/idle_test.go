package edge

import (
	"bytes"
	"crypto/tls"
	"flag"
	"io"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/godwit-im/godwit/codec/link"
)

// idleKinds are the kinds of connections, each with what one that has sent and received a stanza may hold of the server's heap, in bytes, gnet's part included.
var idleKinds = []struct {
	kind Kind
	wire string // of the link, one of wires
	most int
}{
	{C2S, "tcp", 1000}, {C2STLS, "tcp", 4300},
	{Link, "tcp", 2100}, {Link, "tls", 5600}, {Link, "websocket", 2250}, {Link, "websocket in tls", 5700},
}

// idleConnections is raised by hand for better figures.
var idleConnections = flag.Int("edge.idle", fewer(200)&^7, "connections in a batch of each kind in TestIdleMemory; a multiple of 8")

// idleBatches is how often the server is weighed.
const idleBatches = 4

// TestIdleMemory connects many clients of each kind to a server in another process, exchanges a stanza with each, and weighs the server. They come in batches, and the one with
// which it grows least counts: what grows once, tables, pools and lists that are doubled, is no connection's, and a busy machine has it grow at any time; what a connection
// holds is in every batch.
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
			heap, all := weighIdle(t, c, k.kind, wires[k.wire])
			t.Logf("%d B heap per idle connection, of %d; %d B RSS, %d goroutines", heap, all, perConnection(c.RSS, before.RSS, idleBatches**idleConnections), c.Goroutines)
			if heap > k.most || heap <= 0 {
				t.Errorf("%d B heap, at most %d are allowed", heap, k.most)
			}
			if c.Goroutines > before.Goroutines {
				t.Errorf("%d goroutines, %d before", c.Goroutines, before.Goroutines)
			}
		})
	}
}

// weighIdle connects the batches, and returns by how much the heap has grown with each connection of that with which it grew least, and of each batch.
func weighIdle(t *testing.T, c *child, kind Kind, over wire) (least int, all []int) {
	t.Helper()
	for range idleBatches {
		before := c.Heap
		connectIdle(t, c, kind, over, *idleConnections)
		c.ask()
		all = append(all, perConnection(c.Heap, before, *idleConnections))
	}
	return slices.Min(all), all
}

// perConnection returns by how many bytes something has grown for each of n connections.
func perConnection(now, before uint64, n int) int { return int(now-before) / n }

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
