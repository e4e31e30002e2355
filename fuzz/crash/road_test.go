package crash

import (
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	longestLag = 150 * time.Millisecond
	lagBegins  = 40 * time.Millisecond // at the latest, after the connection was made: logins are seldom slow
)

// road is the network between the clients and an address of the server. On some connections what the client sends comes late, even when the client has left
// meanwhile: a stream may have been taken over by then.
type road struct {
	listener net.Listener
	to       string
	work     sync.WaitGroup
	closed   chan struct{}
	dark     atomic.Bool // nothing passes, and nobody is told

	mu    sync.Mutex
	rng   *rand.Rand
	conns map[net.Conn]bool // nil: closed
}

// homeOf returns the address of this machine at which the server of a history is, and the roads to it. Histories run side by side, and a server that is down leaves its ports to
// others: at an address of its own nobody takes them, so no client comes to the server of another history.
func homeOf(seed uint64) string {
	if runtime.GOOS != "linux" { // which has all of 127.0.0.0/8
		return "127.0.0.1"
	}
	return fmt.Sprintf("127.%d.%d.%d", 1+seed/62500%250, 1+seed/250%250, 1+seed%250)
}

// newRoad opens the road to that address.
func newRoad(t *testing.T, seed uint64, to string) *road {
	t.Helper()
	ip, _, err := net.SplitHostPort(to)
	must(t, err)
	l, err := net.Listen("tcp", net.JoinHostPort(ip, "0"))
	must(t, err)
	r := &road{listener: l, to: to, rng: rand.New(rand.NewPCG(seed, 3)), conns: map[net.Conn]bool{}, closed: make(chan struct{})}
	r.work.Go(r.accept)
	return r
}

// way is what lies between the clients and an address of the server.
type way interface {
	address() string // for clients
	darken()         // nothing passes any more, and nobody is told
	close()          // cuts all connections; may be called twice
}

// newWay opens a way to that address: a road, or a network if the flags say so.
func newWay(t *testing.T, seed uint64, to string) way {
	t.Helper()
	if *networkName != "" {
		return newBadRoad(t, seed, to)
	}
	return newRoad(t, seed, to)
}

func (r *road) darken() { r.dark.Store(true) }

func (r *road) address() string { return r.listener.Addr().String() }

// close cuts all connections. It may be called twice.
func (r *road) close() {
	r.listener.Close()
	r.mu.Lock()
	for c := range r.conns {
		c.Close()
	}
	if r.conns != nil {
		close(r.closed)
	}
	r.conns = nil
	r.mu.Unlock()
	r.work.Wait()
}

func (r *road) accept() {
	for {
		c, err := r.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", r.to)
		if err != nil {
			c.Close()
			continue
		}
		if !r.add(c, server) {
			return
		}
		begin, lag := r.lag()
		r.work.Go(func() {
			r.carry(server, c, begin, lag)
			r.end(server, c)
		})
		r.work.Go(func() {
			r.carry(c, server, time.Time{}, 0)
			r.end(c)
		})
	}
}

// add notes the connections of a client, unless the road is closed: then it ends them.
func (r *road) add(conns ...net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range conns {
		if r.conns == nil {
			c.Close()
			continue
		}
		r.conns[c] = true
	}
	return r.conns != nil
}

// end ends connections, unless nobody is to be told.
func (r *road) end(conns ...net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dark.Load() {
		return
	}
	for _, c := range conns {
		c.Close()
		delete(r.conns, c)
	}
}

// lag chooses how late a client's bytes come, and from when on.
func (r *road) lag() (begin time.Time, lag time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rng.IntN(3) > 0 {
		return begin, 0
	}
	return time.Now().Add(time.Duration(r.rng.Int64N(int64(lagBegins)))), time.Duration(r.rng.Int64N(int64(longestLag)))
}

// carry copies what comes from one to the other until there is no more, each piece that much later.
func (r *road) carry(to, from net.Conn, begin time.Time, lag time.Duration) {
	buf := make([]byte, 1<<15)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if lag > 0 && time.Now().After(begin) {
				select {
				case <-time.After(lag):
				case <-r.closed:
					return
				}
			}
			if r.dark.Load() {
				return
			}
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
