package c2s

import (
	"time"

	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// About is what an operator is told of a session.
type About struct {
	JID       jid.JID
	Device    string      // router.Session.Device
	Peer      stream.Peer // of its connection, or of the last one; zero: it has had none in this process
	Resumable bool        // the stream can be resumed (XEP-0198)
	Parked    bool        // it has no connection
	Since     time.Time   // it has none since then; zero: it has one, or that is not known
	Inactive  bool        // the client has said that nobody is looking (XEP-0352)
	Unacked   int         // stanzas that were sent and are not acked; always 0 when acks are off
	Queued    int         // stanzas in memory that wait to be sent; archived ones wait in the archive
	Behind    bool        // archived messages wait
}

// About returns what is known of the session; ok is false when it has bound no resource, or its stream is another one's by now. It is to be called like Step, between two of
// them.
func (s *Session) About() (a About, ok bool) {
	r := s.stream
	if r != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
	}
	if s.state != bound || r != nil && r.owner != s {
		return a, false
	}
	return s.about(), true
}

// about is About for who holds the lock of the stream.
func (s *Session) about() About {
	a := About{
		JID: s.me.JID, Device: s.me.Device, Peer: s.peer, Resumable: s.stream != nil, Inactive: s.inactive != nil,
		Unacked: len(s.out.unacked), Behind: s.out.behind || s.out.paging,
	}
	if l := s.line(); l != nil {
		a.Queued += len(l.queue)
	}
	if s.pages != nil {
		a.Queued += len(s.pages.results)
		a.Behind = a.Behind || s.pages.mail != nil
	}
	if s.inactive != nil {
		a.Queued += len(s.inactive.waiting)
	}
	return a
}

// EachParked calls f for each stream in memory that has no connection. f must not call ss.
func (ss *Streams) EachParked(f func(About)) {
	type waiting struct {
		r     *resumable
		since time.Time
	}
	var all []waiting
	ss.mu.Lock()
	for at := ss.waiting.Front(); at != nil; at = at.Next() {
		r := at.Value.(*resumable)
		all = append(all, waiting{r, r.since})
	}
	ss.mu.Unlock()
	for _, w := range all {
		if a, ok := w.r.about(); ok {
			a.Since = w.since
			f(a)
		}
	}
}

// about returns what is known of a parked stream; ok is false when it is none any more.
func (r *resumable) about() (a About, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.owner == nil || !r.parked {
		return a, false
	}
	a = r.last.about()
	a.Parked = true
	a.Queued += r.box.len()
	return a, true
}

// len returns how many stanzas are held.
func (b *box) len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.held)
}
