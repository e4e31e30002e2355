package client

import (
	"context"
	"time"

	"github.com/godwit-im/godwit/xmpp/stream"
)

// queue holds what was received and not yet taken by Recv.
type queue struct {
	items []item // items[head:] wait
	head  int
	bytes int // of their stanzas
}

// item is a stanza and how many were counted before it (XEP-0198 §4).
type item struct {
	stanza   *Stanza
	before   uint32
	archived string // its id in the archive, with Config.Archive
	result   bool   // it was counted before it was its turn: with a resumption it does not come again, but it is in the archive behind the place
}

func (q *queue) len() int { return len(q.items) - q.head }

func (q *queue) push(i item) {
	q.items = append(q.items, i)
	q.bytes += i.stanza.size()
}

func (q *queue) pop() (*Stanza, string) {
	s, id := q.items[q.head].stanza, q.items[q.head].archived
	q.items[q.head] = item{}
	q.head++
	q.bytes -= s.size()
	if q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
	}
	if cap(q.items) > 64 && q.len() == 0 {
		q.items = nil // the peak is over
	}
	return s, id
}

// handled returns for how many stanzas nobody but Recv's caller is responsible any more, when received were counted.
func (q *queue) handled(received uint32) uint32 {
	if q.len() == 0 {
		return received
	}
	return q.items[q.head].before
}

// Recv returns the next stanza, in the order of the stream; the caller owns it. Answers to IQ are not among them. Taking a stanza is taking the responsibility for it: it is
// acked to the server as handled from then on, not before. After the end of the connection what had come is still returned, then the cause
// of the end.
func (c *Conn) Recv(ctx context.Context) (*Stanza, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.await(ctx, func() bool { return c.queue.len() > 0 }); err != nil {
		return nil, err
	}
	if c.queue.len() == 0 {
		return nil, c.m.err
	}
	s, id := c.queue.pop()
	if id != "" {
		c.m.archive.place = id
	}
	if c.m.acks.owed {
		c.do(func(_ time.Time, out *stream.Output) { c.m.Acknowledge(out) })
	}
	c.wake()
	return s, nil
}

// Waiting returns the number of stanzas that came and wait for Recv.
func (c *Conn) Waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.queue.len()
}

// full reports whether reading must stop. The caller holds mu.
func (c *Conn) full() bool {
	return c.reading && c.m.state == bound && (c.queue.len() >= c.m.cfg.Queue || c.queue.bytes >= c.m.cfg.QueueBytes || c.pending() >= maxPending)
}
