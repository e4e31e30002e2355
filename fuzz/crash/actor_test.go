package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/fuzz/history"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stanza"
)

// actor is an account with one client that outlives crashes: it remembers what it has sent.
type actor struct {
	name    string
	address jid.JID
	others  []jid.JID
	dial    func(keys client.LinkKeys) client.Config
	history *history.History
	rng     *rand.Rand

	mu     sync.Mutex
	sent   []jid.JID // message n went to sent[n-1]
	acked  uint64    // all up to here, as the history says
	conn   int
	keys   client.LinkKeys
	closed bool // sends nothing new
}

// run keeps the actor connected until ctx ends: it logs in, sends again what is not acked, and goes on.
func (a *actor) run(ctx context.Context) {
	for ctx.Err() == nil {
		conn, err := client.Dial(ctx, a.dial(a.keys))
		if err != nil {
			pause(ctx, time.Millisecond) // the server may be down just now
			continue
		}
		a.conn++
		a.keys = conn.LinkKeys()
		a.live(ctx, conn)
		conn.Abort()
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// live uses one connection until it or ctx ends. Every goroutine has ended when it returns.
func (a *actor) live(ctx context.Context, conn *client.Conn) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	acks := conn.Acked()
	var wg sync.WaitGroup
	wg.Go(func() { a.receive(ctx, conn); cancel() })
	wg.Go(func() { a.send(ctx, conn); cancel() })
	wg.Go(func() { a.noteAcks(ctx, acks) })
	wg.Wait()
}

// send sends first what is not acked, in the old order, and then new messages.
func (a *actor) send(ctx context.Context, conn *client.Conn) {
	if conn.Presence(ctx) != nil {
		return
	}
	for n := a.firstUnacked(); ctx.Err() == nil; n++ {
		to, ok := a.message(ctx, n)
		if !ok {
			continue
		}
		a.history.Add(history.Event{Kind: history.Send, Client: a.name, To: to.Local(), N: n})
		if _, err := conn.Message(ctx, to, body(a.name, n), client.ID(strconv.FormatUint(n, 10))); err != nil {
			return
		}
	}
}

func body(from string, n uint64) string { return fmt.Sprintf("%s says %d, ünd mehr 🐦", from, n) }

func (a *actor) firstUnacked() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.acked + 1
}

// message returns where message n goes; a new one is invented, unless the actor is closed: then it waits for the end.
func (a *actor) message(ctx context.Context, n uint64) (to jid.JID, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n > uint64(len(a.sent)) {
		if a.closed {
			a.mu.Unlock()
			<-ctx.Done()
			a.mu.Lock()
			return jid.JID{}, false
		}
		a.sent = append(a.sent, a.others[a.rng.IntN(len(a.others))])
	}
	return a.sent[n-1], true
}

// noteAcks notes what the server has accepted. Ids come in the order sent.
func (a *actor) noteAcks(ctx context.Context, acks <-chan string) {
	for {
		select {
		case <-ctx.Done():
			return
		case id := <-acks:
			n, err := strconv.ParseUint(id, 10, 64)
			if err != nil {
				continue // the id of a presence
			}
			a.mu.Lock()
			a.acked = max(a.acked, n)
			a.history.Add(history.Event{Kind: history.Ack, Client: a.name, N: n})
			a.mu.Unlock()
		}
	}
}

// receive notes every message that comes.
func (a *actor) receive(ctx context.Context, conn *client.Conn) {
	for {
		s, err := conn.Recv(ctx)
		if err != nil {
			return
		}
		if s.Kind() != stanza.Message {
			continue
		}
		if s.Type() == atom.Error {
			n, _ := strconv.ParseUint(s.ID(), 10, 64)
			a.history.Add(history.Event{Kind: history.Failed, Client: a.name, N: n})
			continue
		}
		a.history.Add(received(a.name, a.conn, s))
	}
}

// received describes a message; one whose body is not what its sender wrote gets the number 0, which nobody has sent.
func received(name string, conn int, s *client.Stanza) history.Event {
	e := history.Event{Kind: history.Recv, Client: name, Conn: conn, From: s.From().Local()}
	e.N, _ = strconv.ParseUint(s.OriginID(), 10, 64)
	id := s.Element().Child(atom.NSStanzaID, atom.StanzaID)
	e.ID, _ = strconv.ParseUint(string(id.Attr(atom.ID)), 10, 64)
	if s.Body() != body(e.From, e.N) {
		e.N = 0
	}
	return e
}

// rollBack makes the actor believe what the history says that it was acked.
func (a *actor) rollBack(events []history.Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.acked = 0
	for _, e := range events {
		if e.Kind == history.Ack && e.Client == a.name {
			a.acked = max(a.acked, e.N)
		}
	}
}

// close makes the actor send nothing new.
func (a *actor) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
}

// settled reports whether everything that the actor has sent is acked.
func (a *actor) settled() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.acked == uint64(len(a.sent))
}

// total returns how many messages it has sent.
func (a *actor) total() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.sent)
}
