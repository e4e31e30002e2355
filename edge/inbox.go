package edge

import (
	"slices"
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
	itemStranger                 // itemResult, for who had not logged in when the job began
)

// patientShare is how many patient items a loop takes at a time, between two looks at all of its sockets.
const patientShare = 32

// item is one thing that another goroutine, or a machine of the same loop, has for a connection.
type item struct {
	conn *conn
	kind itemKind
	mail stream.Mail
}

// bounded reports whether it may be refused: a stanza, which finds its way from the store. Notes and the other items may not: what they answer is
// bounded.
func (it *item) bounded() bool { return it.kind == itemMail && it.mail.Frame != nil }

// patient reports whether it can wait for the mail of those who have logged in: it is of a handshake or a login. When everybody comes back at once there
// are thousands of them, and to work through them all may take the loop longer than a message should.
func (it *item) patient() bool { return it.kind >= itemWire }

// inbox is the way to a loop from everywhere. Stanzas are bounded. Items come out in the order in which they were put in, but for the patient ones, which
// come behind the others.
type inbox struct {
	mu      sync.Mutex
	items   []item
	patient []item  // in the same order among themselves
	head    int     // of patient, the next to come out
	share   int     // of patient, how many may come out now
	batch   uint16  // how often take was called, modulo 2¹⁶
	mails   int     // of items, those that are stanzas
	limit   int     // for mails
	missed  []*conn // connections whose mail was refused: they are given Drained when there is room again
	awake   bool    // the loop is in a batch, or has been woken and not come yet
	again   bool    // rest has left something; of the loop
	ticked  time.Time
	orders  order
	wake    func() // makes the loop come; it does not block
}

// order is a set of things that the server wants of a loop.
type order uint8

const (
	orderDrain order = 1 << iota // tell the machines of Shutdown
	orderClose                   // close all connections
	orderAsk                     // run what was asked for
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
	if it.patient() {
		in.patient = append(in.patient, it)
	} else {
		in.items, it.conn.posted = append(in.items, it), in.batch
	}
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

// bePatient lets the next patient items come out. Called by the loop when it was woken, which is once for all events that its sockets had: so who is
// logged in waits for no more than a share of them.
func (in *inbox) bePatient() {
	in.mu.Lock()
	in.share = patientShare
	in.mu.Unlock()
}

// take swaps what has gathered into m, whose memory the inbox uses from then on, and puts the share of what is patient behind it. Called by the loop only.
func (in *inbox) take(m *mail) {
	clear(m.items)
	clear(m.missed)
	in.mu.Lock()
	m.items, in.items = in.items, keep(m.items)
	m.items = in.takePatient(m.items)
	m.missed, in.missed = in.missed, m.missed[:0]
	m.ticked, in.ticked = in.ticked, time.Time{}
	m.orders, in.orders = in.orders, 0
	in.batch, in.mails = in.batch+1, 0
	for _, c := range m.missed {
		c.missed = false
	}
	in.mu.Unlock()
}

// takePatient moves the next patient items to items.
func (in *inbox) takePatient(items []item) []item {
	n := min(len(in.patient)-in.head, in.share)
	in.share -= n
	some := in.patient[in.head : in.head+n]
	items = append(items, some...)
	clear(some)
	switch in.head += n; {
	case in.head == len(in.patient):
		in.patient, in.head = keep(in.patient), 0
	case in.head > 1024 && in.head > len(in.patient)/2:
		left := copy(in.patient, in.patient[in.head:])
		clear(in.patient[left:])
		in.patient, in.head = in.patient[:left], 0
	}
	return items
}

// keep returns items empty, or nothing when it has grown beyond what is worth keeping.
func keep(items []item) []item {
	if cap(items) > 16_384 {
		return nil
	}
	return items[:0]
}

// rest ends a batch: it reports false when there is something in the inbox again, and the loop must go on. Where that is only patient, the loop shall turn to
// its sockets and come again by itself: it remains awake, which is what again says.
func (in *inbox) rest() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.again = true
	if len(in.items) > 0 || len(in.missed) > 0 || !in.ticked.IsZero() || in.orders != 0 {
		return false
	}
	in.again = len(in.patient) > in.head
	in.awake = in.again
	return true
}

// bury makes every later post for c fail, and returns what has come for it and was not taken: what was accepted is delivered, and what was refused is heard of in its place. left is what
// the loop has taken from the inbox and not yet handed out.
func (in *inbox) bury(c *conn, left mail) (last []stream.Input) {
	in.mu.Lock()
	defer in.mu.Unlock()
	c.gone = true
	if in.batch-c.posted <= 1 {
		last = appendMail(last, left.items, c)
	}
	if slices.Contains(left.missed, c) {
		last = append(last, stream.Input{Kind: stream.Drained})
	}
	if c.posted == in.batch {
		last = appendMail(last, in.items, c)
	}
	return last
}

// appendMail appends the mail for c.
func appendMail(last []stream.Input, items []item, c *conn) []stream.Input {
	for i := range items {
		if it := &items[i]; it.conn == c && it.kind == itemMail {
			last = append(last, stream.Input{Kind: stream.Delivery, Mail: it.mail})
			if it.mail.Frame != nil {
				it.mail.Frame.Retain() // c gets it once more, and has no machine then
			}
		}
	}
	return last
}
