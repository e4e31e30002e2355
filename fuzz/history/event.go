package history

import (
	"encoding/json"
	"io"
	"strings"
	"sync"
)

// Kind says what an Event is.
type Kind string

// The kinds of events.
const (
	Send     Kind = "send"    // Client sent message N to To; the first time or again
	Ack      Kind = "ack"     // Client was acked its messages up to N
	Failed   Kind = "failed"  // Client got an error for its message N
	Recv     Kind = "recv"    // Client got the message From/N as archive entry ID, on its connection Conn
	Seen     Kind = "seen"    // like Recv or Fetched, but in a time that a crash has undone: the client has the message, the server may not know
	Crash    Kind = "crash"   // the server was killed or lost its power
	Loss     Kind = "loss"    // a server with relaxed durability lost its power: the last of what it had told may be undone
	Up       Kind = "up"      // the server serves again
	Archived Kind = "archive" // at the end the archive of account Client holds From/N as entry ID, To says to whom; entries in archive order
	Durable  Kind = "durable" // like Archived, but right after a crash, before the server is up; not told again after the next one

	// Client begins a session on its connection Conn: Stream is a new one.
	Bound Kind = "bound"
	// Client takes Stream up on its connection Conn: the server says that it has the client's messages up to N, while Last is the last one that the client has sent there.
	Resumed Kind = "resumed"
	// The server cannot go on with Stream, but says what it has, as in Resumed.
	Expired Kind = "expired"
	// The server does not even know that.
	Forgotten Kind = "forgotten"

	// Client, which names no other events, sent N to To on a connection after another one had resumed its stream: nobody is to hear it.
	Late Kind = "late"
	// Client was sent a copy (XEP-0280) of From/N, which its account has sent on another stream: the entry ID of its archive.
	Copy Kind = "copy"
	// Client asked for its archive (XEP-0313), and found From/N there as entry ID.
	Paged Kind = "paged"
	// Fetched is Paged by a client that gets so what it has missed (XEP-0386 §4): its account has the message then.
	Fetched Kind = "fetched"
)

// Event is one line of a History. Clients number their messages 1, 2, 3 … over all connections, and send unacked ones again in that order
// before new ones; (client, N) is the message's identity, which the clients put into its origin-id.
type Event struct {
	Kind   Kind   `json:"kind"`
	Client string `json:"client,omitempty"` // an account, or one of its clients as "account/client"
	Conn   int    `json:"conn,omitempty"`   // of Client, which numbers them 1, 2, 3 …
	Stream int    `json:"stream,omitempty"` // what goes on over several connections; of Client as well
	To     string `json:"to,omitempty"`     // an account
	From   string `json:"from,omitempty"`   // a client
	N      uint64 `json:"n,omitempty"`
	Last   uint64 `json:"last,omitempty"`
	ID     uint64 `json:"id,omitempty"`
	Old    int    `json:"old,omitempty"` // of Resumed and Expired: so many of the last crashes came after Client had begun to connect, see Heard
}

// account returns that of a client.
func account(client string) string {
	name, _, _ := strings.Cut(client, "/")
	return name
}

// History is a run, in the order in which things became known to the clients. It may be written from many goroutines.
type History struct {
	mu      sync.Mutex
	events  []Event
	crashes int // and losses
}

// Add appends events, with none of others between them.
func (h *History) Add(e ...Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, e...)
	for _, e := range e {
		if e.Kind == Crash || e.Kind == Loss {
			h.crashes++
		}
	}
}

// Crashes returns how many there were, losses included.
func (h *History) Crashes() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.crashes
}

// Heard appends what a client has heard on a connection that it began to make when there had been so many crashes. What is on its way over a slow network
// arrives when the server that said it is long dead.
func (h *History) Heard(crashes int, e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e.Old = h.crashes - crashes
	h.events = append(h.events, e)
}

// Cut undoes the events after the first n: after a simulated loss of power, what happened between the moment that the disk was copied and the end of the
// process has not happened to the server. Only the clients remember it: what they sent, and what they received, which becomes Seen (the server may have noted
// that they have it just before).
func (h *History) Cut(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	kept := h.events[:n:n]
	for _, e := range h.events[n:] {
		switch e.Kind {
		case Recv, Fetched:
			e.Kind = Seen
			kept = append(kept, e)
		case Send, Seen, Late:
			kept = append(kept, e)
		}
	}
	h.events = kept
}

// Len returns the number of events.
func (h *History) Len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.events)
}

// Events returns the events; the history must not be written any more.
func (h *History) Events() []Event { return h.events }

// WriteJSON writes one event a line as JSON.
func (h *History) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	for _, e := range h.events {
		if err := enc.Encode(e); err != nil {
			return err
		}
	}
	return nil
}
