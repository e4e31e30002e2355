package c2s

import (
	"slices"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// line is what waits to be sent between archived messages that were not sent yet, in the order of sending (RFC 6120 §10.1). A stanza of any kind, also of somebody who has none
// of these messages, joins its end. Its place is before the next archived message that comes after it as mail, behind all when none does. Most sessions have no line.
type line struct {
	queue  []held
	queued int // bytes of the frames in it
}

// line returns the session's line, nil when it never had one.
func (s *Session) line() *line {
	if s.stream != nil {
		return &s.stream.line
	}
	return s.waiting
}

// lags reports whether f, which is not archived, would overtake archived messages, or what waits behind them. A presence that comes before the first page of a client that has
// become available may: most answer the one that it has sent (RFC 6121 §4.3.2), and tell how things are now, however much has waited.
func (s *Session) lags(f *codec.Frame) bool {
	if l := s.line(); l != nil && len(l.queue) > 0 {
		return true
	}
	return s.missing() || s.out.begun && (s.out.paging || s.out.behind) && !(s.out.coming && isPresence(f))
}

// isPresence reports whether a stanza is an available or unavailable presence: by its key, which is odd.
func isPresence(f *codec.Frame) bool { return f.Key&1 != 0 }

// hold puts a stanza into the line if it has to wait, and reports whether it has to, or is not to be sent at all. When the line is full, a presence
// or chat state takes the place of the one before it; if there is none, chat states and what else is worth little are dropped, and the rest is sent out of turn, for that
// is better than never.
func (s *Session) hold(f *codec.Frame) bool {
	if !s.lags(f) {
		return false
	}
	if s.line() == nil {
		s.waiting = new(line)
	}
	l, most := s.line(), min(maxHeld, 2*s.srv.maxUnacked()) // they are sent at once, when it is their turn, see settle
	if !l.room(f, most) && f.Key != 0 {
		l.remove(f.Key)
	}
	if !l.room(f, most) {
		return f.Passing
	}
	l.queued += f.Size()
	l.queue = append(l.queue, held{noMore, f.Retain()})
	return true
}

// room reports whether one more stanza may wait.
func (l *line) room(f *codec.Frame, most int) bool {
	return len(l.queue) < most && l.queued+f.Size() <= maxQueue
}

// remove drops the stanza with that key, if one waits.
func (l *line) remove(key uint64) {
	if i := slices.IndexFunc(l.queue, func(h held) bool { return h.frame.Key == key }); i >= 0 {
		l.queued -= l.queue[i].frame.Size()
		l.queue[i].frame.Release()
		l.queue = slices.Delete(l.queue, i, i+1)
	}
}

// before notes that the archive's entry seq comes behind all that waits. What has its place keeps it.
func (l *line) before(seq uint64) { place(l.queue, seq) }

func place(queue []held, seq uint64) {
	for i := len(queue) - 1; i >= 0 && queue[i].after == noMore; i-- {
		queue[i].after = seq - 1
	}
}

// flushHeld sends what waits to be sent before the archive's entries behind upto.
func (s *Session) flushHeld(upto uint64, out *stream.Output) {
	l, n := s.line(), 0
	if l == nil {
		return
	}
	for ; n < len(l.queue) && l.queue[n].after <= upto; n++ {
		l.queued -= l.queue[n].frame.Size()
		s.sendFrame(l.queue[n].frame, out)
		l.queue[n].frame.Release()
	}
	if l.queue = slices.Delete(l.queue, 0, n); len(l.queue) == 0 {
		l.queue, s.waiting = nil, nil
	}
}

// moveLine gives the line of a session to its stream, which has come to be.
func (s *Session) moveLine(r *resumable) {
	if s.waiting != nil {
		r.line, s.waiting = *s.waiting, nil
	}
}
