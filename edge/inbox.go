package edge

import (
	"sync"
	"time"

	"github.com/godwit-im/godwit/xmpp/stream"
)

// itemKind says what an item in an inbox is.
type itemKind uint8

const (
	itemMail     itemKind = iota // mail for the machine
	itemResult                   // what a job returned, in mail.Note
	itemPanicked                 // a job or a handshake panicked
	itemWire                     // []byte in mail.Note: bytes of a handshake, to be sent as they are
	itemSecured                  // *secured in mail.Note: a handshake is done
	itemLink                     // *linkStep in mail.Note
	itemFailed                   // error in mail.Note: a handshake failed
)

// item is one thing that another goroutine, or a machine of the same loop, has for a connection.
type item struct {
	conn *conn
	kind itemKind
	mail stream.Mail
}

// bounded reports whether it may be refused: a stanza, which finds its way from the store. Notes and the other items may not: what they answer is
// bounded.
func (it *item) bounded() bool { return it.kind == itemMail && it.mail.Frame != nil }

// inbox is the way to a loop from everywhere. Stanzas are bounded.
type inbox struct {
	mu     sync.Mutex
	items  []item
	batch  uint16  // how often take was called, modulo 2¹⁶
	mails  int     // of items, those that are stanzas
	limit  int     // for mails
	missed []*conn // connections whose mail was refused: they are given Drained when there is room again
	awake  bool    // the loop is in a batch, or has been woken and not come yet
	ticked time.Time
	orders order
	wake   func() // makes the loop come; it does not block
}

// order is a set of things that the server wants of a loop.
type order uint8

const (
	orderDrain order = 1 << iota // tell the machines of Shutdown
	orderClose                   // close all connections
)

// mail is all that an inbox had at one moment.
type mail struct {
	items  []item
	missed []*conn
	ticked time.Time // zero: no tick
	orders order
}

// post adds it and wakes the loop if need be. It reports false when it is a stanza and there is no room, or the connection is gone.
func (in *inbox) post(it item) bool {
	in.mu.Lock()
	if it.conn.gone {
		in.mu.Unlock()
		return false
	}
	if it.bounded() {
		if in.mails >= in.limit {
			if !it.conn.missed {
				it.conn.missed = true
				in.missed = append(in.missed, it.conn)
			}
			in.mu.Unlock()
			it.conn.loop.server.count.inboxFull.Add(1)
			return false
		}
		in.mails++
	}
	in.items, it.conn.posted = append(in.items, it), in.batch
	in.rouse()
	return true
}

// tick posts that time has passed. One tick that was not yet seen is enough: then it returns how long it has waited.
func (in *inbox) tick(now time.Time) (waited time.Duration) {
	in.mu.Lock()
	if !in.ticked.IsZero() {
		waited = now.Sub(in.ticked)
		in.mu.Unlock()
		return waited
	}
	in.ticked = now
	in.rouse()
	return 0
}

// give posts an order.
func (in *inbox) give(o order) {
	in.mu.Lock()
	in.orders |= o
	in.rouse()
}

// rouse unlocks in, and wakes the loop unless it is up.
func (in *inbox) rouse() {
	wake := !in.awake
	in.awake = true
	in.mu.Unlock()
	if wake {
		in.wake()
	}
}

// busy notes that the loop is in a batch and will look into the inbox at its end.
func (in *inbox) busy() {
	in.mu.Lock()
	in.awake = true
	in.mu.Unlock()
}

// take swaps what has gathered into m, whose memory the inbox uses from then on. Called by the loop only.
func (in *inbox) take(m *mail) {
	clear(m.items)
	clear(m.missed)
	in.mu.Lock()
	m.items, in.items = in.items, keep(m.items)
	m.missed, in.missed = in.missed, m.missed[:0]
	m.ticked, in.ticked = in.ticked, time.Time{}
	m.orders, in.orders = in.orders, 0
	in.batch, in.mails = in.batch+1, 0
	for _, c := range m.missed {
		c.missed = false
	}
	in.mu.Unlock()
}

// keep returns items empty, or nothing when it has grown beyond what is worth keeping.
func keep(items []item) []item {
	if cap(items) > 16_384 {
		return nil
	}
	return items[:0]
}

// rest ends a batch: it reports false when there is something in the inbox again, and the loop must go on.
func (in *inbox) rest() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.items) > 0 || len(in.missed) > 0 || !in.ticked.IsZero() || in.orders != 0 {
		return false
	}
	in.awake = false
	return true
}

// bury makes every later post for c fail, and returns the mail that has come for it and was not taken: what was accepted is delivered.
func (in *inbox) bury(c *conn) (last []stream.Mail) {
	in.mu.Lock()
	defer in.mu.Unlock()
	c.gone = true
	if c.posted != in.batch {
		return nil
	}
	for i := range in.items {
		if it := &in.items[i]; it.conn == c && it.kind == itemMail {
			last = append(last, it.mail)
			if it.mail.Frame != nil {
				it.mail.Frame.Retain() // c gets it once more, and has no machine then
			}
		}
	}
	return last
}
