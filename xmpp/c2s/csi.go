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
	held  []*codec.Frame // each with a reference
	bytes int            // of all of them
}

// indicate takes the state that the client indicates (XEP-0352 §4.2).
func (s *Session) indicate(e codec.Element, out *stream.Output) {
	switch e.Name() {
	case atom.Active:
		s.flush(out) // at once (§5.1)
		s.inactive = nil
	case atom.Inactive:
		if s.inactive == nil {
			s.inactive = new(inactive)
		}
	default:
		s.fail(out, atom.UnsupportedStanzaType, "")
	}
}

// hold keeps a stanza that can wait, and reports whether it has. One that comes in the place of an older one goes to the end.
func (s *Session) hold(f *codec.Frame, out *stream.Output) bool {
	i := s.inactive
	if i == nil || f.ID != 0 || f.Key == 0 || !f.Has(s.me.Encoding) {
		return false
	}
	if at := slices.IndexFunc(i.held, func(old *codec.Frame) bool { return old.Key == f.Key }); at >= 0 {
		i.bytes -= size(i.held[at], s.me.Encoding)
		i.held[at].Release()
		i.held = slices.Delete(i.held, at, at+1)
	}
	i.held = append(i.held, f.Retain())
	i.bytes += size(f, s.me.Encoding)
	if len(i.held) > s.srv.maxHeld() || i.bytes > s.srv.maxHeldBytes() {
		s.flush(out)
	}
	return true
}

func size(f *codec.Frame, e codec.Encoding) int {
	head, stamp, tail := f.Parts(e)
	return len(head) + len(stamp) + len(tail)
}

// flush sends what was held. It is called before anything else is sent that counts.
func (s *Session) flush(out *stream.Output) {
	for _, f := range s.takeHeld() {
		if !(f.Passing && out.Congested) {
			out.SendFrame(f)
			s.sent(0)
		}
		f.Release()
	}
}

// takeHeld returns what was held, with the references, and forgets it.
func (s *Session) takeHeld() (held []*codec.Frame) {
	if i := s.inactive; i != nil {
		held, i.held, i.bytes = i.held, nil, 0
	}
	return held
}

// dropHeld forgets what was held when nothing more can be sent.
func (s *Session) dropHeld() {
	for _, f := range s.takeHeld() {
		f.Release()
	}
}
