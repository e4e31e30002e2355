package client

// accepted puts an id into acked, or behind those that wait for room there. The caller holds mu.
func (c *Conn) accepted(id string) {
	if len(c.early) == 0 {
		select {
		case c.acked <- id:
			return
		default:
		}
	}
	if c.early = append(c.early, id); !c.passing {
		c.passing = true
		go c.pass()
	}
}

// pass puts what waits for room into acked. It ends when nothing does.
func (c *Conn) pass() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.early) > 0 {
		id := c.early[0]
		c.mu.Unlock()
		c.acked <- id
		c.mu.Lock()
		c.early = c.early[1:]
		c.wake()
	}
	c.early, c.passing = nil, false
}
