package edge

// wheelSlots is the number of slots of a wheel, a power of two: with ticks of 100 ms a round takes 410 s.
const wheelSlots = 4096

// wheel is the timers of one loop: a ring of lists of connections by the tick they are due at. A connection is in it at most once, for the earliest
// of its times; arming links it into a list and allocates nothing. A connection due in a later round stays in its slot
// and is passed over.
type wheel struct {
	slots   [wheelSlots]*conn
	at      uint32 // the last tick that was looked at
	armed   int    // connections in the wheel
	expired []*conn
}

// arm makes c due at a tick after now; due 0 takes it out.
func (w *wheel) arm(c *conn, due, now uint32) {
	if c.due == due && due != 0 {
		return
	}
	w.disarm(c)
	if due == 0 {
		return
	}
	if w.armed == 0 {
		w.at = now
	}
	due = max(due, w.at+1)
	c.due = due
	slot := &w.slots[due%wheelSlots]
	c.laterTimer, c.earlierTimer = *slot, nil
	if *slot != nil {
		(*slot).earlierTimer = c
	}
	*slot = c
	w.armed++
}

// disarm takes c out.
func (w *wheel) disarm(c *conn) {
	if c.due == 0 {
		return
	}
	if c.earlierTimer != nil {
		c.earlierTimer.laterTimer = c.laterTimer
	} else {
		w.slots[c.due%wheelSlots] = c.laterTimer
	}
	if c.laterTimer != nil {
		c.laterTimer.earlierTimer = c.earlierTimer
	}
	c.earlierTimer, c.laterTimer, c.due = nil, nil, 0
	w.armed--
}

// advance takes out what is due up to tick now. The result is valid until the next call.
func (w *wheel) advance(now uint32) []*conn {
	clear(w.expired)
	w.expired = w.expired[:0]
	for ; w.at < now && w.armed > 0; w.at++ {
		for c := w.slots[(w.at+1)%wheelSlots]; c != nil; {
			later := c.laterTimer
			if c.due <= w.at+1 {
				w.disarm(c)
				w.expired = append(w.expired, c)
			}
			c = later
		}
	}
	w.at = now
	return w.expired
}
