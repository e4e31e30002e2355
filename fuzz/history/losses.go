package history

import "slices"

// life is what lies between two crashes.
type life struct {
	events []Event
	top    map[string]uint64   // the highest entry that each archive has after it
	there  map[place]bool      // what the archives have after it
	holds  map[entry]message   // the same by entry
	acked  map[string]uint64   // by client
	open   map[string][]uint64 // by client, what it has sent that was in no archive before
}

// undo returns the events without those that a loss has undone, as it may: what a relaxed server told in the end, and has not on its disk. It has to be the end: of what
// each client has sent and of what each archive has been said to hold, a loss takes nothing that is before something it leaves.
func (c *checker) undo(events []Event) []Event {
	if !slices.ContainsFunc(events, func(e Event) bool { return e.Kind == Loss }) {
		return events
	}
	var kept []Event
	l := life{top: map[string]uint64{}, there: map[place]bool{}, holds: map[entry]message{}, acked: map[string]uint64{}, open: map[string][]uint64{}}
	begin := 0
	for i, e := range events {
		if e.Kind != Crash && e.Kind != Loss {
			continue
		}
		l.events = events[begin:i]
		begin = i
		l.ended(events[i+1:])
		if e.Kind == Loss {
			c.suffix(&l)
			l.events = c.left(&l)
		}
		kept = append(kept, l.events...)
		for client, open := range l.open {
			l.open[client] = slices.DeleteFunc(open, func(n uint64) bool {
				m := message{client, n}
				return l.there[place{c.to[m], m}] || c.lost[m]
			})
		}
	}
	return append(kept, events[begin:]...)
}

// ended notes what the archives hold after the end of a life, and what was sent and acked in it.
func (l *life) ended(after []Event) {
	for _, e := range after {
		if e.Kind != Durable {
			break
		}
		m := message{e.From, e.N}
		l.top[e.Client] = max(l.top[e.Client], e.ID)
		l.there[place{e.Client, m}] = true
		l.holds[entry{e.Client, e.ID}] = m
	}
	for _, e := range l.events {
		switch e.Kind {
		case Send:
			l.open[e.Client] = append(l.open[e.Client], e.N)
		case Ack:
			l.acked[e.Client] = max(l.acked[e.Client], e.N)
		}
	}
	for client, open := range l.open {
		slices.Sort(open)
		l.open[client] = slices.Compact(open)
	}
}

// suffix checks what a loss has taken of what was sent, and notes what was acked of it.
func (c *checker) suffix(l *life) {
	for client, open := range l.open {
		missing := uint64(0)
		for _, n := range open {
			m := message{client, n}
			there := l.there[place{c.to[m], m}]
			switch {
			case c.failed[m]:
			case !there && missing == 0:
				missing = n
			case there && missing > 0:
				c.broken("suffix", "a loss took %v and left %v", message{client, missing}, m)
			}
			if !there && n <= l.acked[client] {
				c.lost[m] = true
			}
		}
	}
}

// left returns the events of a life that a loss has not undone.
func (c *checker) left(l *life) []Event {
	return slices.DeleteFunc(slices.Clone(l.events), func(e Event) bool {
		switch e.Kind {
		case Recv, Copy, Paged, Fetched:
		default:
			return false
		}
		at, m := entry{account(e.Client), e.ID}, message{e.From, e.N}
		switch was := l.holds[at]; {
		case at.id > l.top[at.account]:
			c.meant(e, m)
			return true
		case was != m:
			c.broken("suffix", "%s got %v as entry %d, of which a loss has left %v, and entries up to %d", e.Client, m, e.ID, was, l.top[at.account])
		}
		return false
	})
}
