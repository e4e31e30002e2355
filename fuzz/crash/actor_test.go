package crash

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/archiveid"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/fuzz/history"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stanza"
)

// actor is one of the clients of an account. It outlives crashes: it remembers what it has sent.
type actor struct {
	client  string // "account/a"
	address jid.JID
	others  []jid.JID
	dial    func(keys client.LinkKeys) client.Config
	history *history.History
	ids     archiveid.Key // of its archive
	steps   *atomic.Int64
	fetches bool       // it logs in by SASL2 and Bind 2: a new session fetches what came before it
	rng     *rand.Rand // of the goroutine that runs it

	// Of that goroutine as well:
	conn, stream int
	crashes      int // before it began to make that connection
	keys         client.LinkKeys
	token        *client.Resumption // of the last connection, nil: it is not to be resumed, or cannot be
	late         uint64             // messages sent on connections that had lost their streams

	at       atomic.Int32            // its stage
	complete atomic.Bool             // it has fetched all that was before its stream
	fetched  atomic.Uint64           // the last entry of the archive that it has fetched
	trace    atomic.Pointer[watcher] // of its connection
	seen     atomic.Uint64           // the highest entry of its account's archive that its stream has brought
	head     *atomic.Uint64          // the highest that came to a client of its account

	mu     sync.Mutex
	sent   []jid.JID // message n went to sent[n-1]
	acked  uint64    // all up to here, as the history says
	closed bool      // sends nothing new
}

// run keeps the actor connected until ctx ends: it logs in, goes on with the stream it had or sends again what is not acked, and goes on.
func (a *actor) run(ctx context.Context) {
	var old *client.Conn // still open: its stream is to be taken over
	for ctx.Err() == nil {
		conn, err := a.logIn(ctx, old != nil)
		if err != nil {
			if old != nil {
				old.Abort()
				old = nil
			}
			a.refused(err)
			pause(ctx, 2*time.Millisecond) // the server may be down just now
			continue
		}
		a.conn++
		a.keys = conn.LinkKeys()
		next := a.begin(conn)
		takeOver := a.live(ctx, conn, old, next)
		if old = nil; takeOver {
			old = conn
		}
		a.token = conn.Resumption()
		for acks := conn.Acked(); len(acks) > 0; { // only now: what came until the token was taken is not in it any more
			a.noteAck(<-acks)
		}
		a.noteBefore(a.token)
		if a.token == nil || !takeOver {
			conn.Abort()
			old = nil
		}
		if a.rng.IntN(2) == 0 && !takeOver {
			a.token = nil
		}
	}
	if old != nil {
		old.Abort()
	}
	a.enter(away)
}

// logIn makes the next connection; open says that the last one is still there.
func (a *actor) logIn(ctx context.Context, open bool) (*client.Conn, error) {
	cfg := a.dial(a.keys)
	cfg.Resumption = a.token
	w := &watcher{actor: a, open: open}
	a.trace.Store(w)
	cfg.Trace = w
	a.enter(connecting)
	a.crashes = a.history.Crashes()
	return client.Dial(ctx, cfg)
}

// refused is a login that fails. A server that cannot have what it says to have breaks a promise, and one that says the same of its client when it has forgotten.
func (a *actor) refused(err error) {
	var said *client.StreamError
	if a.token != nil && (errors.Is(err, client.ErrProtocol) || errors.As(err, &said) && said.Condition == atom.UndefinedCondition.String()) {
		a.history.Add(history.Event{Kind: history.Forgotten, Client: a.client, Stream: a.stream})
		a.token = nil
	}
}

// begin notes what the server says of the stream that was to go on, and returns the next message to send.
func (a *actor) begin(conn *client.Conn) (next uint64) {
	e := history.Event{Kind: history.Bound, Client: a.client, Conn: a.conn}
	next = a.firstUnacked()
	if t := a.token; t != nil {
		e.Stream, e.Kind = a.stream, history.Forgotten
		n, known := conn.Settled()
		e.N, e.Last = next-1, next-1
		for i, s := range t.Sent {
			if number, ok := a.number(s.ID); ok && number >= next {
				e.Last = number
				if i < n {
					e.N = number
				}
			}
		}
		next = e.Last + 1 // the others are sent again already
		switch {
		case conn.Resumed():
			e.Kind = history.Resumed
		case known:
			e.Kind = history.Expired
		}
		a.history.Heard(a.crashes, e)
	}
	if !conn.Resumed() {
		a.stream++
		a.seen.Store(0)
		a.complete.Store(!a.fetches)
		a.history.Add(history.Event{Kind: history.Bound, Client: a.client, Conn: a.conn, Stream: a.stream})
	}
	return next
}

// number returns which of the actor's messages has that id.
func (a *actor) number(id string) (n uint64, ok bool) { return numbered(a.client, id) }

// numbered returns which of a client's messages has that id: "a-7" is the seventh of "account/a".
func numbered(client, id string) (n uint64, ok bool) {
	_, mine, _ := strings.Cut(client, "/")
	text, ok := strings.CutPrefix(id, mine+"-")
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(text, 10, 64)
	return n, err == nil
}

// id is that of message n.
func (a *actor) id(n uint64) string {
	_, mine, _ := strings.Cut(a.client, "/")
	return fmt.Sprint(mine, "-", n)
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// longestLife is how long a connection lasts at most before the actor breaks it.
const longestLife = 100 * time.Millisecond

// live uses one connection until it or ctx ends, or the actor has enough of it: then it may leave it open, to be taken over. Every goroutine has ended
// when it returns, so that nothing is taken or sent any more. old is the connection before when it is still open; it is closed.
func (a *actor) live(ctx context.Context, conn, old *client.Conn, next uint64) (takeOver bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	length := time.Duration(a.rng.Int64N(int64(longestLife)))
	if a.rng.IntN(2) == 0 {
		length /= 8
	}
	enough := time.AfterFunc(length, func() {
		if !a.isClosed() {
			cancel()
		}
	})
	defer enough.Stop()
	acks := conn.Acked()
	a.noteRest(conn, next)
	var wg sync.WaitGroup
	if old != nil {
		words := a.rng.IntN(20)
		wg.Go(func() { a.linger(ctx, old, words, conn.Resumed()) })
	}
	a.enter(online)
	wants := a.wants(conn.Resumed())
	if !conn.Resumed() && conn.Presence(ctx) != nil {
		cancel()
	}
	wg.Go(func() { a.receive(ctx, conn); cancel() })
	wg.Go(func() { a.send(ctx, conn, next); cancel() })
	wg.Go(func() { a.ask(ctx, conn, wants) })
	wg.Go(func() { a.noteAcks(ctx, acks) })
	wg.Wait()
	return conn.Err() == nil && a.rng.IntN(2) == 0
}

// send sends new messages, from number next on; some of them may have been sent before.
func (a *actor) send(ctx context.Context, conn *client.Conn, next uint64) {
	for n := next; ctx.Err() == nil; n++ {
		to, ok := a.message(ctx, n)
		if !ok {
			continue
		}
		a.history.Add(history.Event{Kind: history.Send, Client: a.client, Stream: a.stream, To: to.Local(), N: n})
		if _, err := conn.Message(ctx, to, body(a.client, n), client.ID(a.id(n))); err != nil {
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
			a.noteAck(id)
		}
	}
}

// noteRest notes what the server has accepted, of the messages before next that it was sent again, before anybody listened.
func (a *actor) noteRest(conn *client.Conn, next uint64) {
	if conn.Resumption() == nil {
		return // nor does it say
	}
	for _, id := range conn.Unacked() {
		if n, ok := a.number(id); ok {
			next = min(next, n)
		}
	}
	if next > a.firstUnacked() {
		a.noteAck(a.id(next - 1))
	}
}

// noteBefore notes what the server had accepted when the token was taken, in case that Acked had no room to tell.
func (a *actor) noteBefore(t *client.Resumption) {
	if t == nil {
		return
	}
	for _, s := range t.Sent {
		if n, ok := a.number(s.ID); ok {
			if n > a.firstUnacked() {
				a.noteAck(a.id(n - 1))
			}
			return
		}
	}
}

func (a *actor) noteAck(id string) {
	n, ok := a.number(id)
	if !ok {
		return // the id of a presence
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.acked = max(a.acked, n)
	a.history.Add(history.Event{Kind: history.Ack, Client: a.client, N: n})
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
		if !s.Element().Child(atom.NSCarbons, atom.Received).IsZero() {
			continue // it is not available, its presence was cut off, and hears what the account's other client gets (XEP-0280 §7): that says nothing of what comes to itself
		}
		if s.Type() == atom.Error {
			n, _ := a.number(s.ID())
			a.history.Add(history.Event{Kind: history.Failed, Client: a.client, N: n})
			continue
		}
		e := received(s.Element(), &a.ids)
		e.Client, e.Conn, e.Stream = a.client, a.conn, a.stream
		if e.Kind == history.Paged && a.fetches {
			e.Kind = history.Fetched
			a.fetched.Store(e.ID)
			raise(a.head, e.ID)
		}
		a.history.Add(e)
		if e.Kind == history.Recv {
			raise(&a.seen, e.ID)
			raise(a.head, e.ID)
		}
	}
}

// received describes a message, a copy of one or one in a page of the archive; one whose body is not what its sender wrote gets the number 0, which nobody has sent.
func received(m codec.Element, ids *archiveid.Key) history.Event {
	e := history.Event{Kind: history.Recv}
	var id []byte
	if result := m.Child(atom.NSMAM, atom.Result); !result.IsZero() {
		e.Kind, id = history.Paged, result.Attr(atom.ID)
		m = result.Child(atom.NSForward, atom.Forwarded).Child(atom.NSClient, atom.Message)
	} else if sent := m.Child(atom.NSCarbons, atom.Sent); !sent.IsZero() {
		e.Kind = history.Copy
		m = sent.Child(atom.NSForward, atom.Forwarded).Child(atom.NSClient, atom.Message)
	}
	if m.IsZero() {
		return e
	}
	if id == nil {
		id = m.Child(atom.NSStanzaID, atom.StanzaID).Attr(atom.ID)
	}
	from, _ := jid.ParseBytes(m.Attr(atom.From))
	e.From, e.N = sender(from, string(stanza.OriginID(m)))
	e.ID = ids.Parse(id)
	if string(m.Child(atom.NSClient, atom.Body).Text()) != body(e.From, e.N) {
		e.N = 0
	}
	return e
}

// sender returns which client has sent the message with that origin-id, and its number.
func sender(from jid.JID, origin string) (name string, n uint64) {
	mine, _, _ := strings.Cut(origin, "-")
	name = from.Local() + "/" + mine
	n, _ = numbered(name, origin)
	return name, n
}

// rollBack makes the actor, which must not run, believe what the history says that it was acked. Its stream it has forgotten.
func (a *actor) rollBack(events []history.Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.acked, a.token = 0, nil
	for _, e := range events {
		if e.Kind == history.Ack && e.Client == a.client {
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

func (a *actor) isClosed() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.closed
}

// settled reports whether everything that the actor has sent is acked.
func (a *actor) settled() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.acked == uint64(len(a.sent))
}
