package c2s

import (
	"slices"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// Some archived messages go to a client although it is not available, or not for messages: those to its full JID (RFC 6121 §8.5.3.1), carbons, and errors.
// They are sent early: before what waits for the client in the archive, which is not passed over, for they do not count for the cursor. The client gets them
// again, with the same stanza-id, should it become available.

// early marks the archive entry of a stanza that was sent early, in sent.seq.
const early = 1 << 63

// maxMissed bounds the list of what a client has missed: it has as many bytes as other stanzas may have that are kept. What is past that is found in the archive
// (XEP-0313).
const maxMissed = keepMax / 8

// missed is what the client of a stream has not got, and is to get although it is not available. It is read from the archive, and before that is done the client does
// not count as available. It is empty when archived messages go to the client in their order.
type missed struct {
	entries []uint64 // in order
	counted uint64   // those up to here were sent before the client became unavailable: they count for the cursor, if they come behind what was sent
}

// missing reports whether there is something that the client has missed.
func (s *Session) missing() bool { return s.stream != nil && len(s.stream.missed.entries) > 0 }

// away reports whether archived messages do not go to the client in their order, now or when it has what it has missed.
func (s *Session) away() bool { return !s.out.begun && !s.host.Router.Able(&s.me) }

// add adds entries, which may be there already.
func (m *missed) add(entries ...uint64) {
	m.entries = append(m.entries, entries...)
	slices.Sort(m.entries)
	m.entries = slices.Compact(m.entries)
}

// take takes away all entries up to one, and reports whether that was one of them.
func (m *missed) take(upto uint64) (found bool) {
	i, found := slices.BinarySearch(m.entries, upto)
	if found {
		i++
	}
	if m.entries = m.entries[i:]; len(m.entries) == 0 {
		m.entries = nil
	}
	return found
}

// deliverEarly takes an archived stanza for a client that is not available. It comes behind what the client has missed.
func (s *Session) deliverEarly(f *codec.Frame, out *stream.Output) {
	switch {
	case !s.missing():
		s.sendEarly(f, out)
	case s.host.Router.Able(&s.me): // it is found when the client begins to get what waits
	case len(s.stream.missed.entries) < maxMissed:
		s.stream.missed.entries = append(s.stream.missed.entries, f.ID)
	}
}

// sendEarly sends an archived stanza early.
func (s *Session) sendEarly(f *codec.Frame, out *stream.Output) {
	s.sendWaiting(out)
	if s.write(f, out) && s.out.on {
		s.out.unacked = append(s.out.unacked, sent{f.ID | early, nil})
	}
}

// readMissed reads on in the archive where the first of what the client has missed is, if it can take that.
func (s *Session) readMissed(out *stream.Output) {
	if s.state != bound || s.out.paging || !s.ready(out) {
		return
	}
	s.out.paging = true
	im, me, after := s.host.IM, &s.me, s.stream.missed.entries[0]-1
	out.Do(func() any {
		page, err := im.Page(me, after)
		return pageResult{page, err}
	})
}

// sendMissed sends the next of the page that the client has missed, or ends the page. With each page the list gets shorter, even if the archive does not have them any more.
func (s *Session) sendMissed(p *pages, out *stream.Output) {
	m := &s.stream.missed
	for p.next < len(p.mail.Frames) && s.missing() {
		f := p.mail.Frames[p.next]
		p.next++
		if m.take(f.ID) {
			s.flushHeld(f.ID-1, out)
			s.sendAgain(f, out)
			break
		}
	}
	if p.next < len(p.mail.Frames) && s.missing() {
		return
	}
	m.take(max(p.mail.Last, p.mail.Start+1))
	s.endMail(p)
	if s.missing() {
		s.readMissed(out)
		return
	}
	s.endMissed(out)
}

// sendAgain sends one that the client has missed: it counts like the first time.
func (s *Session) sendAgain(f *codec.Frame, out *stream.Output) {
	if f.ID > s.out.seen && f.ID <= s.stream.missed.counted {
		s.sendFrame(f, out)
		return
	}
	s.sendEarly(f, out)
}

// endMissed goes on when the client has missed nothing: it may have become available meanwhile.
func (s *Session) endMissed(out *stream.Output) {
	if s.available(out); !s.out.begun {
		s.flushHeld(noMore, out)
	}
}

// untaken returns the archive entries that the client was sent, or was to be sent early, and has not acked.
func (s *Session) untaken() []uint64 {
	seqs := s.out.untaken()
	if r := s.stream; r != nil {
		seqs = append(append(seqs, r.missed.entries...), r.box.early()...)
	}
	return seqs
}
