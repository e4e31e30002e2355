package chat

import (
	"net"
	"sync"
	"testing"
)

// road leads to a server, and can be broken.
type road struct {
	net.Listener
	to string

	mu       sync.Mutex
	broken   bool // who comes is sent away
	up, down gate // held: bytes get lost
	open     []net.Conn
}

// gate lets bytes through or loses them.
type gate struct{ held bool }

func openRoad(t *testing.T, to net.Addr) *road {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &road{Listener: l, to: to.String()}
	var work sync.WaitGroup
	work.Go(func() { r.lead(&work) })
	t.Cleanup(func() {
		l.Close()
		r.cut()
		work.Wait()
	})
	return r
}

// lead connects each who comes with the server.
func (r *road) lead(work *sync.WaitGroup) {
	for {
		near, err := r.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", r.to)
		if err != nil || !r.note(near, far) {
			near.Close()
			continue
		}
		work.Go(func() { r.carry(far, near, &r.up) })
		work.Go(func() { r.carry(near, far, &r.down) })
	}
}

// note keeps two connections for cut, unless the road is broken.
func (r *road) note(near, far net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broken {
		far.Close()
		return false
	}
	r.open = append(r.open, near, far)
	return true
}

func (r *road) carry(to, from net.Conn, g *gate) {
	b := make([]byte, 4096)
	for {
		n, err := from.Read(b)
		r.mu.Lock()
		if !g.held {
			_, _ = to.Write(b[:n])
		}
		r.mu.Unlock()
		if err != nil {
			to.Close()
			return
		}
	}
}

// lose has the bytes of one direction, or both, get lost from now on.
func (r *road) lose(gates ...*gate) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, g := range gates {
		g.held = true
	}
}

// cut ends all connections, and sends away who comes.
func (r *road) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.open {
		c.Close()
	}
	r.open, r.broken = nil, true
}

func (r *road) mend() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.broken, r.up, r.down = false, gate{}, gate{}
}
