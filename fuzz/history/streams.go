package history

import "slices"

// idsStay checks that an entry's id means the same message for ever: delivered, found after a crash, or archived at the end.
func (c *checker) idsStay(events []Event) {
	for _, e := range events {
		switch e.Kind {
		case Recv, Copy, Paged, Fetched, Durable, Archived:
			at, m := entry{account(e.Client), e.ID}, message{e.From, e.N}
			if was, known := c.messages[at]; known && was != m {
				c.broken("reused", "%s: entry %d is %v, and was %v", at.account, at.id, m, was)
			}
			c.messages[at] = m
		}
	}
}

// stream is what one client's stream has gone through.
type stream struct {
	client string
	number int
}

// counts checks the number that the server remembers of a stream over a crash: all that it says to have is there, and nothing else of what was sent on that stream.
func (c *checker) counts(events []Event) {
	crashes, losses := 0, 0
	began := map[stream]int{}     // after how many crashes the stream's last connection did
	whole := map[stream]int{}     // the same of losses
	lowest := map[stream]uint64{} // of the messages sent first on the stream
	durable := map[place]int{}    // after how many crashes it was found there first
	for _, e := range events {
		s := stream{e.Client, e.Stream}
		switch e.Kind {
		case Crash:
			crashes++
		case Loss:
			crashes++
			losses++
		case Durable:
			if p := (place{e.Client, message{e.From, e.N}}); durable[p] == 0 {
				durable[p] = crashes
			}
		case Send:
			if c.first[message{e.Client, e.N}] == e.Stream && lowest[s] == 0 {
				lowest[s] = e.N
			}
		case Bound:
			began[s], whole[s] = crashes, losses
		case Forgotten:
			if whole[s] == losses {
				c.broken("count", "%s: the server knows nothing of stream %d", e.Client, e.Stream)
			}
		case Resumed, Expired:
			if lowest[s] > 0 {
				c.exact(e, lowest[s], began[s], crashes, durable)
			}
			began[s], whole[s] = crashes, losses
		}
	}
}

// exact checks one such number, of a stream whose last connection began after so many crashes; lowest is the first message of the stream. One of the servers said it that the client may
// have reached: if it was one behind the stream's last crash, the number has to be right as of the crash before.
func (c *checker) exact(e Event, lowest uint64, began, crashes int, durable map[place]int) {
	var wrong []message
	for life := crashes; life >= crashes-e.Old; life-- {
		if life <= began {
			return
		}
		there := func(m message) bool { n := durable[place{c.to[m], m}]; return n > 0 && n <= life }
		switch w := c.misstated(e, lowest, there); {
		case len(w) == 0:
			return
		case life == crashes:
			wrong = w
		}
	}
	for _, m := range wrong {
		c.broken("count", "stream %d: the server says to have up to %v, after the crash its archive has %v: %v", e.Stream, message{e.Client, e.N}, m, m.n > e.N)
	}
}

// misstated returns the messages of a stream that are in the archive although the server says not to have them, or the other way round.
func (c *checker) misstated(e Event, lowest uint64, there func(message) bool) (wrong []message) {
	for n := lowest; n <= e.Last; n++ {
		m := message{e.Client, n}
		if c.first[m] == e.Stream && !c.failed[m] && there(m) != (n <= e.N) {
			wrong = append(wrong, m)
		}
	}
	return wrong
}

// streams checks what came on each stream, over all its connections: in archive order, nothing twice unless a crash was between, and no entry left out; and on
// those that lived to the end, all of them.
func (c *checker) streams(events []Event) {
	incoming := c.incoming()
	type progress struct {
		last    uint64 // the highest entry that came
		crashes int    // before its last connection
		again   bool   // the server may repeat what came before a crash
	}
	crashes := 0
	all := map[stream]*progress{}
	live := map[string]stream{} // by client
	for _, e := range events {
		s := stream{e.Client, e.Stream}
		switch e.Kind {
		case Crash, Loss:
			crashes++
		case Bound:
			all[s] = &progress{crashes: crashes}
			live[e.Client] = s
		case Resumed:
			if p := all[s]; p != nil {
				p.again, p.crashes = p.again || p.crashes < crashes, crashes
			}
			live[e.Client] = s
		case Recv:
			p := all[s]
			if p == nil {
				continue // of a history without streams
			}
			if e.ID <= p.last {
				if !p.again {
					c.broken("replayed", "%s got entry %d on stream %d, where it had %d", e.Client, e.ID, e.Stream, p.last)
				}
				continue
			}
			if missing := between(incoming[account(e.Client)], p.last, e.ID); p.last > 0 && missing > 0 {
				c.broken("gap", "%s got entry %d after %d on stream %d, without %d", e.Client, e.ID, p.last, e.Stream, missing)
			}
			p.last = e.ID
		}
	}
	for client, s := range live {
		ids := incoming[account(client)]
		if p := all[s]; p != nil && p.last > 0 && len(ids) > 0 && p.last < ids[len(ids)-1] {
			c.broken("behind", "%s has entry %d on stream %d, and not %d", client, p.last, s.number, ids[len(ids)-1])
		}
	}
}

// incoming returns the ids of each account's entries that were sent to it, rising.
func (c *checker) incoming() map[string][]uint64 {
	ids := map[string][]uint64{}
	for account, entries := range c.archives {
		for _, e := range entries {
			if e.To == account {
				ids[account] = append(ids[account], e.ID)
			}
		}
	}
	return ids
}

// between returns the first of the rising ids that lies between low and high, 0 when none does.
func between(ids []uint64, low, high uint64) uint64 {
	i, exact := slices.BinarySearch(ids, low)
	if exact {
		i++
	}
	if i < len(ids) && ids[i] < high {
		return ids[i]
	}
	return 0
}
