package c2s

import (
	"slices"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// inactive is what a session holds back while its client has said that nobody is looking (XEP-0352): presences and chat states, of each sender the
// last. They are sent, in their order, before anything else is, so that what the client has is never out of order; they are counted for acks when they are sent. A
// session whose client is active has none.
type inactive struct {
	waiting []*codec.Frame // each with a reference
	bytes   int            // of all of them
}

// indicate takes the state that the client indicates (XEP-0352 §4.2).
func (s *Session) indicate(e codec.Element, out *stream.Output) {
	switch e.Name() {
	case atom.Active:
		s.sendWaiting(out) // at once (§5.1)
		s.inactive = nil
	case atom.Inactive:
		if s.inactive == nil {
			s.inactive = new(inactive)
		}
	default:
		s.fail(out, atom.UnsupportedStanzaType, "")
	}
}

// waits keeps a stanza that can wait, and reports whether it has. One that comes in the place of an older one goes to the end.
func (s *Session) waits(f *codec.Frame, out *stream.Output) bool {
	i := s.inactive
	if i == nil || f.ID != 0 || f.Key == 0 || !f.Has(s.me.Encoding) || s.lags(f) { // then it waits in the line, see hold
		return false
	}
	if at := slices.IndexFunc(i.waiting, func(old *codec.Frame) bool { return old.Key == f.Key }); at >= 0 {
		i.bytes -= bytesOf(i.waiting[at], s.me.Encoding)
		i.waiting[at].Release()
		i.waiting = slices.Delete(i.waiting, at, at+1)
	}
	i.waiting = append(i.waiting, f.Retain())
	i.bytes += bytesOf(f, s.me.Encoding)
	if len(i.waiting) > s.srv.maxHeld() || i.bytes > s.srv.maxHeldBytes() {
		s.sendWaiting(out)
	}
	return true
}

func bytesOf(f *codec.Frame, e codec.Encoding) int {
	head, stamp, tail := f.Parts(e)
	return len(head) + len(stamp) + len(tail)
}

// sendWaiting sends what was held. It is called before anything else is sent that counts.
func (s *Session) sendWaiting(out *stream.Output) {
	for _, f := range s.takeWaiting() {
		if !(f.Passing && out.Congested) {
			s.sendNow(f, out)
		}
		f.Release()
	}
}

// takeWaiting returns what was held, with the references, and forgets it.
func (s *Session) takeWaiting() (waiting []*codec.Frame) {
	if i := s.inactive; i != nil {
		waiting, i.waiting, i.bytes = i.waiting, nil, 0
	}
	return waiting
}

// queueWaiting puts what was held before all that waits for the archive, to be sent when the stream is resumed: it is active then (XEP-0352 §5.2). Seen is the last archive
// entry that was sent: nothing behind it is older.
func (s *Session) queueWaiting(r *resumable, seen uint64) {
	waiting, later := s.takeWaiting(), r.queue
	if len(waiting) == 0 {
		return
	}
	r.queue, r.queued = nil, 0
	for _, f := range waiting {
		r.enqueue(held{seen, f})
	}
	for _, h := range later {
		r.enqueue(h)
	}
}

// dropWaiting forgets what was held when nothing more can be sent.
func (s *Session) dropWaiting() {
	for _, f := range s.takeWaiting() {
		f.Release()
	}
}
