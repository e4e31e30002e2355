package im

import (
	"sync"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
)

// moves are the cursors that the store is about to move: one operation per session at a time. What is taken
// meanwhile goes with the next one.
type moves struct {
	mu       sync.Mutex
	inFlight map[*router.Session]*move
	free     sync.Pool
}

// move moves the cursors of one session's account: that of its device to done, and the one of all clients without a device to all.
type move struct {
	im      *IM
	session *router.Session
	stream  *host.Stream // whose record moves too; nil: none
	account jid.JID
	device  string
	next    progress // to go to; under moves.mu
	sent    progress // in the operation that is on its way
}

type progress struct {
	done, all uint64
	acked     uint32 // stanzas of the stream
}

// Taken implements host.IM.
func (im *IM) Taken(s *router.Session, done, pending uint64) { im.Acked(s, nil, 0, done, pending) }

// Acked implements host.IM.
func (im *IM) Acked(s *router.Session, st *host.Stream, acked uint32, done, pending uint64) {
	if sabotageCursorEarly {
		_, done = im.router.Untaken(s)
		pending = 0
	}
	next := progress{done, im.router.Settle(s, done, pending), acked}
	if m := im.moves.begin(im, s, st, next); m != nil {
		m.submit()
	}
}

// begin notes progress, and returns the move to submit, nil when one is on its way.
func (ms *moves) begin(im *IM, s *router.Session, st *host.Stream, next progress) *move {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	m := ms.inFlight[s]
	if m != nil {
		m.stream, m.next = st, progress{max(m.next.done, next.done), max(m.next.all, next.all), next.acked}
		return nil
	}
	m, _ = ms.free.Get().(*move)
	if m == nil {
		m = new(move)
	}
	*m = move{im: im, session: s, stream: st, account: s.JID.Bare(), device: s.Device, next: next}
	ms.inFlight[s] = m
	return m
}

// ahead returns where the cursor of an account's device is about to be: a client that ends its session and comes back at once finds it there, although it is not on disk yet.
func (ms *moves) ahead(account jid.JID, device string) (seq uint64) {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	for _, m := range ms.inFlight {
		switch {
		case m.account != account:
		case device == "":
			seq = max(seq, m.next.all)
		case device == m.device:
			seq = max(seq, m.next.done)
		}
	}
	return seq
}

// submit hands m to the store. If the store takes nothing the cursor stays where it is: the next move, or the next login, makes up for it.
func (m *move) submit() {
	if err := m.im.store.Submit(m); err != nil {
		m.end(true)
	}
}

// Apply implements store.Op.
func (m *move) Apply(tx *store.Tx) error {
	m.im.moves.mu.Lock()
	m.sent = m.next
	st := m.stream
	m.im.moves.mu.Unlock()
	if ok, err := tx.HasAccount(m.account); err != nil || !ok {
		return err
	}
	if st != nil && !st.Left() { // one that has left has written its last word, or is about to
		out := store.StreamOut{Acked: m.sent.acked, Started: true, Taken: m.sent.done}
		if err := tx.SetStreamOut(st.Account, st.ID, out); err != nil {
			return err
		}
	}
	if m.device != "" {
		known, err := tx.HasCursor(m.account, m.device) // a device that was forgotten meanwhile stays so
		if err == nil && known {
			err = tx.SetCursor(m.account, m.device, m.sent.done)
		}
		if err != nil {
			return err
		}
	}
	return tx.SetCursor(m.account, "", m.sent.all)
}

// Committed implements store.Op.
func (m *move) Committed(err error) {
	m.im.pushes.woken(m.account)
	if !m.end(err != nil) {
		m.submit()
	}
}

// end puts m away, unless there is more to move.
func (m *move) end(give bool) bool {
	ms := &m.im.moves
	ms.mu.Lock()
	defer ms.mu.Unlock()
	if !give && m.next != m.sent {
		return false
	}
	delete(ms.inFlight, m.session)
	*m = move{}
	ms.free.Put(m)
	return true
}
