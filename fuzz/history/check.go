package history

import "fmt"

// Violation is a broken promise.
type Violation struct {
	Promise string // the name in the package comment
	What    string
}

// String returns both.
func (v Violation) String() string { return v.Promise + ": " + v.What }

// message is the identity of a message.
type message struct {
	from string
	n    uint64
}

func (m message) String() string { return fmt.Sprintf("%s/%d", m.from, m.n) }

// place is where a message stands in an account's archive.
type place struct {
	account string
	m       message
}

type checker struct {
	to       map[message]string // where it was sent
	first    map[message]int    // the stream on which it was sent first
	acked    map[string]uint64  // per client, all up to here
	failed   map[message]bool
	archived map[place]uint64 // the entry
	archives map[string][]Event
	received map[place]bool
	messages map[entry]message // what an entry has ever been said to be
	late     map[message]bool
	lost     map[message]bool // by a server that may
	found    []Violation
}

// entry is one of an account's archive.
type entry struct {
	account string
	id      uint64
}

// Check returns all violations in the events, in the order of the promises' checks.
func Check(events []Event) []Violation {
	c := &checker{
		to: map[message]string{}, first: map[message]int{}, acked: map[string]uint64{}, failed: map[message]bool{},
		archived: map[place]uint64{}, archives: map[string][]Event{}, received: map[place]bool{}, messages: map[entry]message{},
		late: map[message]bool{}, lost: map[message]bool{},
	}
	for _, e := range events {
		c.note(e)
	}
	events = c.undo(events)
	c.archivesHold()
	c.ackedIsThere()
	c.deliveries(events)
	c.allDelivered()
	c.idsStay(events)
	c.durableStays(events)
	c.counts(events)
	c.streams(events)
	return c.found
}

func (c *checker) broken(promise, format string, args ...any) {
	c.found = append(c.found, Violation{promise, fmt.Sprintf(format, args...)})
}

func (c *checker) note(e Event) {
	switch e.Kind {
	case Send:
		m := message{e.Client, e.N}
		if _, again := c.to[m]; !again {
			c.first[m] = e.Stream
		}
		c.to[m] = e.To
	case Ack:
		c.acked[e.Client] = max(c.acked[e.Client], e.N)
	case Late:
		c.late[message{e.Client, e.N}] = true
	case Failed:
		c.failed[message{e.Client, e.N}] = true
	case Archived:
		c.archives[e.Client] = append(c.archives[e.Client], e)
	}
}

// archivesHold checks each archive: ids, doubles, order, and that both sides agree.
func (c *checker) archivesHold() {
	own := account
	for account, entries := range c.archives {
		last := map[[2]string]uint64{}
		var id uint64
		for _, e := range entries {
			m := message{e.From, e.N}
			if e.ID <= id {
				c.broken("id", "%s: entry %d after %d", account, e.ID, id)
			}
			id = e.ID
			if was, twice := c.archived[place{account, m}]; twice {
				c.broken("doubled", "%s holds %v as %d and as %d", account, m, was, e.ID)
				continue
			}
			c.archived[place{account, m}] = e.ID
			if c.late[m] {
				c.broken("unfenced", "%s holds %v as %d, which came on a connection that had lost its stream", account, m, e.ID)
				continue
			}
			if to, sent := c.to[m]; !sent || to != e.To || account != own(e.From) && account != to {
				c.broken("stranger", "%s holds %v, sent to %q", account, m, to)
			}
			pair := [2]string{e.From, e.To}
			if e.N <= last[pair] {
				c.broken("reordered", "%s holds %v after %d", account, m, last[pair])
			}
			last[pair] = e.N
		}
	}
	for p := range c.archived {
		for _, other := range []string{account(p.m.from), c.to[p.m]} {
			if _, there := c.archived[place{other, p.m}]; !there {
				c.broken("disagree", "%s holds %v, %s does not", p.account, p.m, other)
			}
		}
	}
}

func (c *checker) ackedIsThere() {
	for m, to := range c.to {
		if m.n > c.acked[m.from] || c.failed[m] || c.lost[m] {
			continue
		}
		if _, there := c.archived[place{to, m}]; !there {
			c.broken("acked-lost", "%v to %s", m, to)
		}
	}
}

// deliveries checks what each connection received.
func (c *checker) deliveries(events []Event) {
	type connection struct {
		client string
		conn   int
	}
	last := map[connection]uint64{}
	for _, e := range events {
		m, on := message{e.From, e.N}, connection{e.Client, e.Conn}
		switch e.Kind {
		case Recv, Seen, Fetched:
			c.received[place{account(e.Client), m}] = true
		case Copy, Paged:
		default:
			continue
		}
		if e.Kind == Seen || !c.meant(e, m) {
			continue
		}
		if id, there := c.archived[place{account(e.Client), m}]; !there || id != e.ID {
			c.broken("not-durable", "%s got %v as entry %d, the archive has it as %d", e.Client, m, e.ID, id)
		}
		if e.Kind == Paged || e.Kind == Fetched {
			continue
		}
		if e.ID <= last[on] {
			c.broken("out-of-order", "%s got entry %d after %d on connection %d", e.Client, e.ID, last[on], e.Conn)
		}
		last[on] = e.ID
	}
}

// meant checks that the client may have the message.
func (c *checker) meant(e Event, m message) bool {
	to, sent := c.to[m]
	own := account(e.Client)
	switch mine := account(m.from) == own; {
	case c.late[m]:
		c.broken("unfenced", "%s got %v, which came on a connection that had lost its stream", e.Client, m)
		return false
	case !sent, e.Kind == Recv && to != own, e.Kind == Copy && (!mine || m.from == e.Client && c.first[m] == e.Stream), (e.Kind == Paged || e.Kind == Fetched) && !mine && to != own:
		c.broken("stranger", "%s got %v, sent to %q", e.Client, m, to)
		return false
	}
	return true
}

// durableStays checks that what was there after a crash is there for ever.
func (c *checker) durableStays(events []Event) {
	for _, e := range events {
		if e.Kind != Durable {
			continue
		}
		m := message{e.From, e.N}
		if id, there := c.archived[place{e.Client, m}]; !there || id != e.ID {
			c.broken("vanished", "%s had %v as entry %d after a crash, the archive has it as %d", e.Client, m, e.ID, id)
		}
	}
}

func (c *checker) allDelivered() {
	for p := range c.archived {
		if p.account == c.to[p.m] && !c.received[p] {
			c.broken("undelivered", "%v never came to %s", p.m, p.account)
		}
	}
}
