package edge

import "iter"

// roll is a list of connections, the newest first. A connection is in one at a time.
type roll struct {
	first, last *conn
	n           int
}

func (r *roll) add(c *conn) {
	c.prev, c.next = nil, r.first
	if r.first != nil {
		r.first.prev = c
	} else {
		r.last = c
	}
	r.first = c
	r.n++
}

func (r *roll) remove(c *conn) {
	if c.prev != nil {
		c.prev.next = c.next
	} else {
		r.first = c.next
	}
	if c.next != nil {
		c.next.prev = c.prev
	} else {
		r.last = c.prev
	}
	c.prev, c.next = nil, nil
	r.n--
}

// all are the connections of the loop.
func (l *loop) all() iter.Seq[*conn] {
	return func(yield func(*conn) bool) {
		for _, r := range [...]*roll{&l.known, &l.strangers} {
			for c := r.first; c != nil; c = c.next {
				if !yield(c) {
					return
				}
			}
		}
	}
}

// open is how many connections the loop has.
func (l *loop) open() int { return l.known.n + l.strangers.n }

// add and remove keep the lists of connections.
func (l *loop) add(c *conn) {
	c.since = l.tickNow
	c.enlist()
	l.strangers.add(c)
	l.server.strangers.Add(1)
}

func (l *loop) remove(c *conn) {
	if c.known {
		l.known.remove(c)
	} else {
		l.strangers.remove(c)
		l.server.strangers.Add(-1)
	}
	c.strike()
}

// introduce moves c, whose peer has logged in, among those who have.
func (l *loop) introduce(c *conn) {
	l.strangers.remove(c)
	l.server.strangers.Add(-1)
	c.known = true
	l.known.add(c)
	c.enlist()
}

// makeRoom has the stranger that has been there longest go away, when there are more connections than may be: whoever opens as many as there are places and
// logs in with none of them does not keep others out for longer than it takes to fill them again.
func (l *loop) makeRoom() {
	if !l.server.admission.crowded() {
		return
	}
	for c := l.strangers.last; c != nil; c = c.prev {
		if c.phase != phaseDoomed {
			l.server.count.gaveWay.Add(1)
			c.doom(ErrGaveWay)
			return
		}
	}
}
