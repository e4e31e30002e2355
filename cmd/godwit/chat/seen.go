package chat

// remembered is how many messages are remembered.
const remembered = 1024

// seen remembers the stanza-ids of the last messages. What we took in the last moment of a connection is sent again on the next one when the server
// did not hear of it; it has the same stanza-id then (XEP-0359).
type seen struct {
	ids  map[string]bool
	ring [remembered]string
	next int
}

// again reports whether a message came before, and remembers it. One without a stanza-id is always new.
func (s *seen) again(id string) bool {
	if id == "" || s.ids[id] {
		return id != ""
	}
	if s.ids == nil {
		s.ids = make(map[string]bool)
	}
	delete(s.ids, s.ring[s.next])
	s.ring[s.next], s.ids[id] = id, true
	s.next = (s.next + 1) % remembered
	return false
}
