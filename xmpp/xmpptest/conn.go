package xmpptest

import (
	"sync"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// conn is the server's end of a connection: a machine and what a shell keeps for it.
type conn struct {
	w         *World
	client    *Client
	machine   stream.Machine
	decoder   codec.Decoder
	encoder   codec.Encoder
	input     []byte // from the client, not decoded yet
	consumed  []byte // what was decoded last
	timer     time.Time
	security  *stream.Security
	congested bool
	more      bool // the machine has output that can wait
	closing   bool // close when everything is written
	stall     Stall
	jobs      []func() any // not begun
	results   []any        // not told
	done      bool         // Closed was given

	mu        sync.Mutex // the committer posts from its goroutine
	inbox     []stream.Input
	deaf      bool // takes no more mail
	working   int  // jobs without a result
	searching bool // the last ones were given to Search

	output func(p []byte, restarted bool) // to the client
}

// Post implements stream.Mailbox.
func (c *conn) Post(m stream.Mail) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deaf {
		if m.Frame != nil {
			m.Frame.Release()
		}
		return false
	}
	c.inbox = append(c.inbox, stream.Input{Kind: stream.Delivery, Mail: m})
	return true
}

func (c *conn) push(in stream.Input) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inbox = append(c.inbox, in)
}

// next takes the next input: what is in the inbox, else an element of the bytes, unless a job is at work.
func (c *conn) next() (in stream.Input, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done {
		return in, false
	}
	if len(c.inbox) > 0 {
		in = c.inbox[0]
		c.inbox = c.inbox[1:]
		if in.Kind == stream.Result {
			c.working--
		}
		return in, true
	}
	if c.working > 0 || c.closing {
		return in, false
	}
	return c.decode()
}

// decode returns what the next bytes say.
func (c *conn) decode() (in stream.Input, ok bool) {
	for len(c.input) > 0 {
		n, event, err := c.decoder.Decode(c.input, &c.w.scratch)
		c.consumed, c.input = c.input[:n:n], c.input[n:]
		if err != nil {
			c.input = nil
			return stream.Input{Kind: stream.Malformed, Err: err}, true
		}
		switch event {
		case codec.EventOpen:
			return stream.Input{Kind: stream.Header, Element: c.w.scratch.Tree.Root()}, true
		case codec.EventElement:
			return stream.Input{Kind: stream.Element, Element: c.w.scratch.Tree.Root()}, true
		case codec.EventClose:
			return stream.Input{Kind: stream.Footer}, true
		}
		if n == 0 {
			return in, false
		}
	}
	return in, false
}

// step runs one step of the machine, and obeys its output.
func (c *conn) step(in stream.Input) {
	in.Now = c.w.now
	out := &c.w.out
	out.Reset()
	out.Encoder, out.Scratch, out.Congested = c.encoder, &c.w.scratch, c.congested
	if in.Kind == stream.Closed {
		c.done = true
		c.mu.Lock()
		c.deaf = true
		c.mu.Unlock()
	}
	if gives := c.w.probe.Gives; gives != nil {
		gives(c.client, &in)
	}
	c.machine.Step(&in, out)
	if in.Mail.Frame != nil {
		in.Mail.Frame.Release()
	}
	c.mangle()
	c.obey(out)
}

// mangle overwrites what an element was in, so that a machine that has kept it is found out.
func (c *conn) mangle() {
	s := &c.w.scratch
	for _, b := range [][]byte{c.consumed, s.Buf, s.Tree.Aux} {
		for i := range b {
			b[i] = '~'
		}
	}
	c.consumed = nil
}

// feed gives the machine Room, unless the peer reads slowly.
func (c *conn) feed() {
	if c.more && !c.congested {
		c.more = false
		c.push(stream.Input{Kind: stream.Room})
	}
}

func (c *conn) obey(out *stream.Output) {
	written := string(out.Buf)
	c.jobs = append(c.jobs, out.Jobs...)
	c.working += len(out.Jobs)
	if len(out.Jobs) > 0 {
		c.searching = out.Searching
	}
	if out.TimerSet {
		c.timer = out.Timer
	}
	if out.Limits != nil {
		c.decoder.SetLimits(out.Limits)
	}
	restarted := out.Restarted
	if restarted {
		c.decoder.Restart()
	}
	c.closing = c.closing || out.Closing
	c.output([]byte(written), restarted)
	if out.TLS {
		c.secure()
	}
	if out.More {
		c.more = true
		c.feed()
	}
	c.work()
	if c.closing && !c.done {
		c.push(stream.Input{Kind: stream.Closed})
	}
}

// work does the jobs, as far as nothing holds them up. A result is told before the next job begins, which may post something.
func (c *conn) work() {
	c.tell()
	for len(c.jobs) > 0 && c.stall != JobsWait {
		job := c.jobs[0]
		c.jobs = c.jobs[1:]
		c.results = append(c.results, job())
		c.tell()
	}
}

// tell tells the results, unless they are held up.
func (c *conn) tell() {
	for len(c.results) > 0 && c.stall == NothingWaits {
		c.push(stream.Input{Kind: stream.Result, Result: c.results[0]})
		c.results = c.results[1:]
	}
}
