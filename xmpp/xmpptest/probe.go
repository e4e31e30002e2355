package xmpptest

import (
	"testing"
	"time"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// Probe lets a test see what goes on in a World, and be in the way of it. The zero Probe does neither. All of it is called on the goroutine of the World.
type Probe struct {
	Gives func(c *Client, in *stream.Input) // the machine is about to get that
	Hears func(c *Client, n *Node)          // the client has received that
	// Open opens the store instead of store.OpenMemory.
	Open func(disk *store.Memory, o store.Options) (*store.Store, error)
}

// NewOn is New on a disk that exists, with a probe.
func NewOn(t testing.TB, domain string, server Server, disk *store.Memory, p Probe) *World {
	return begin(t, domain, server, disk, p)
}

// Disk returns the disk as it is now: after a crash it is another one.
func (w *World) Disk() *store.Memory { return w.memory }

// Jump sets the clock forward, or back. Nobody is told; what is due by then is done with the next Sleep.
func (w *World) Jump(d time.Duration) { w.setNow(w.now.Add(d)) }

// Name returns the client's localpart/resource.
func (c *Client) Name() string { return c.name }

// Machine returns the server's end of the client's connection.
func (c *Client) Machine() stream.Machine { return c.conn.machine }

// Ended reports whether the server has ended the stream.
func (c *Client) Ended() bool { return c.ended }

// Gone reports whether there is no connection any more.
func (c *Client) Gone() bool { return c.conn.done }

// Err says what is wrong with what the server has written, if it is no stream, or goes on behind its end.
func (c *Client) Err() error { return c.broken }

// Written returns how many bytes the server has written.
func (c *Client) Written() int { return c.written }

// Header returns a stream header.
func (c *Client) Header() string { return c.header() }

// Begin begins a SASL exchange by SCRAM or another mechanism that takes more than a message, and leaves it there.
func (c *Client) Begin(mechanism string, sasl2 bool, inline string) error {
	exchange, err := c.exchange(mechanism, Password)
	if err != nil {
		return err
	}
	response, _, err := exchange.Step(nil)
	if err != nil {
		return err
	}
	if sasl2 {
		c.Send(authenticate(mechanism, response, inline))
	} else {
		c.Send(auth(mechanism, response))
	}
	return nil
}

// Stall says what holds up the jobs of a connection.
type Stall uint8

// What waits.
const (
	NothingWaits Stall = iota
	JobsWait           // they do not begin
	ResultsWait        // they are done, and the machine does not know
)

// Stall holds up the jobs of the connection until it is called again.
func (c *Client) Stall(s Stall) {
	c.conn.stall = s
	c.conn.work()
	c.w.Run()
}

// Let lets one result through while the others wait.
func (c *Client) Let() {
	if len(c.conn.results) > 0 {
		c.conn.push(stream.Input{Kind: stream.Result, Result: c.conn.results[0]})
		c.conn.results = c.conn.results[1:]
	}
	c.w.Run()
}

// Working reports whether a job of the connection has not ended.
func (c *Client) Working() bool { return c.conn.working > 0 }

// Searching reports whether the last jobs of the connection were given to Search.
func (c *Client) Searching() bool { return c.conn.searching }

// Note posts a note to the machine.
func (c *Client) Note(note any) {
	c.conn.Post(stream.Mail{Note: note})
	c.w.Run()
}
