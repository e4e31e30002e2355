package chat

import (
	"slices"
	"sync"
	"time"

	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// outgoing is a message of ours that the server has not accepted.
type outgoing struct {
	id    string // of all attempts: so the server, which keeps one for each origin-id, takes it once (XEP-0359 §3)
	to    jid.JID
	body  string
	tried bool // it was written to a connection: it may have arrived
}

// outbox keeps messages until the server has accepted them, in the order they were typed in, and knows the connection that they go out on. Its
// methods may be called from any goroutine.
type outbox struct {
	order sync.Mutex    // held by whoever sends messages, so that they keep their order
	slots chan struct{} // one taken for each that waits

	mu      sync.Mutex // of all below
	conn    *client.Conn
	down    bool // conn has ended, and there is no other yet
	waiting []*outgoing
	moved   time.Time // when something was last accepted, or sent while nothing waited for that
	away    []client.Option
}

// maxWaiting is how many messages may wait before no more are read.
const maxWaiting = 4096

func newOutbox() *outbox { return &outbox{slots: make(chan struct{}, maxWaiting)} }

// put appends a message, and returns the connection to send it on, nil while there is none. The caller has taken a slot.
func (o *outbox) put(m *outgoing) *client.Conn {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.waiting = append(o.waiting, m)
	return o.current()
}

// current is conn unless it is down. The caller holds mu.
func (o *outbox) current() *client.Conn {
	if o.down {
		return nil
	}
	return o.conn
}

// connection returns the connection, nil while there is none.
func (o *outbox) connection() *client.Conn {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.current()
}

// last returns the connection that there was last, nil before the first.
func (o *outbox) last() *client.Conn {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.conn
}

// up begins a connection, and returns what is to be sent on it.
func (o *outbox) up(c *client.Conn, now time.Time) (waiting []*outgoing, presence []client.Option) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.conn, o.down, o.moved = c, false, now
	return slices.Clone(o.waiting), o.away
}

// isDown ends a connection.
func (o *outbox) isDown() {
	o.mu.Lock()
	o.down = true
	o.mu.Unlock()
}

// wrote notes that a connection has taken a message to write.
func (o *outbox) wrote(m *outgoing, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !slices.ContainsFunc(o.waiting, wasTried) {
		o.moved = now
	}
	m.tried = true
}

func wasTried(m *outgoing) bool { return m.tried }

// find returns the message with that id, nil when there is none.
func (o *outbox) find(id string) *outgoing {
	o.mu.Lock()
	defer o.mu.Unlock()
	if i := o.index(id); i >= 0 {
		return o.waiting[i]
	}
	return nil
}

// take removes the message with that id.
func (o *outbox) take(id string, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if i := o.index(id); i >= 0 {
		o.waiting = slices.Delete(o.waiting, i, i+1)
		o.moved = now
		<-o.slots
	}
}

// index is that of the message with that id, -1 when there is none. The caller holds mu.
func (o *outbox) index(id string) int {
	return slices.IndexFunc(o.waiting, func(m *outgoing) bool { return m.id == id })
}

// counts returns how many messages were written and not accepted, and how many were not even written.
func (o *outbox) counts() (tried, untried int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range o.waiting {
		if m.tried {
			tried++
		} else {
			untried++
		}
	}
	return tried, untried
}

// stalled reports whether the server has accepted nothing for that long, although something waits for it.
func (o *outbox) stalled(now time.Time, long time.Duration) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.down && now.Sub(o.moved) > long && slices.ContainsFunc(o.waiting, wasTried)
}

// present remembers the presence to send on the next connection.
func (o *outbox) present(options []client.Option) {
	o.mu.Lock()
	o.away = options
	o.mu.Unlock()
}
