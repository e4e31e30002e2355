package c2s

import (
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// mail takes what others have for this session.
func (s *Session) mail(m stream.Mail, now time.Time, out *stream.Output) {
	switch note := m.Note.(type) {
	case nil:
		if s.state != bound {
			s.host.IM.Returned(m.Frame.Retain()) // its login is not complete
			return
		}
		s.deliver(m.Frame, out)
	case host.Done:
		s.done(note, now, out)
	case router.Note:
		s.note(note, out)
	}
}

// note takes a word from the router.
func (s *Session) note(n router.Note, out *stream.Output) {
	switch n {
	case router.Replaced:
		s.fail(out, atom.Conflict, "another session has bound this resource") // RFC 6120 §4.9.3.3
	case router.Removed:
		s.fail(out, atom.NotAuthorized, "the account was removed or its password changed")
	case router.Kicked:
		s.fail(out, atom.PolicyViolation, "the operator has ended the session") // RFC 6120 §4.9.3.14
	}
}

// available follows a presence of the client: when messages to the bare JID come here from now on, it gets what has waited for it.
func (s *Session) available(out *stream.Output) {
	was, able := s.out.begun, s.host.Router.Able(&s.me)
	if able && s.missing() {
		return // that comes first, see endMissed
	}
	if able && !was {
		s.sendResults(out) // what it gets with them does not come again, see caughtUp
	}
	s.out.begun = able
	switch {
	case s.out.begun && !was:
		s.out.behind, s.out.coming = true, true
		s.catchUp(out)
	case was && !s.out.begun:
		s.flushHeld(noMore, out) // nothing will be before it
	}
}

// deliver passes a stanza on, or leaves an archived one to the archive when it cannot be sent now: the peer reads slowly, acks too little, or
// gets older messages first.
func (s *Session) deliver(f *codec.Frame, out *stream.Output) {
	if l := s.line(); f.ID != 0 && l != nil {
		l.before(f.ID)
	}
	switch {
	case s.waits(f, out):
	case f.ID == 0:
		if !(f.Passing && out.Congested) && !s.hold(f) {
			s.sendFrame(f, out)
		}
	case !s.out.begun:
		s.deliverEarly(f, out)
	case f.ID <= s.out.seen:
		// It came with a page of the archive.
	case s.out.paging || s.out.behind || !f.Has(s.me.Encoding) || !s.ready(out):
		s.out.behind = true
		s.catchUp(out)
		s.askAck(out)
	default:
		s.sendFrame(f, out)
	}
}

// write writes the stanza of a frame, and reports whether it could. It may lack the session's encoding: it was meant for another one, whose stream was resumed.
func (s *Session) write(f *codec.Frame, out *stream.Output) bool {
	s.countOwn(out)
	if f.Has(s.me.Encoding) {
		out.SendFrame(f)
		return true
	}
	other, err := s.host.Router.In(s.me.Encoding, f)
	if err != nil {
		s.srv.Log.Error("a stanza cannot be sent", "cid", s.peer.ID, "jid", s.me.JID.String(), "err", err)
		return false
	}
	out.SendFrame(other)
	other.Release()
	return true
}

// ready reports whether the client can take more archived messages.
func (s *Session) ready(out *stream.Output) bool {
	return !out.Congested && len(s.out.unacked) < s.srv.maxUnacked()
}

// pageResult is a page read by a job.
type pageResult struct {
	page host.Page
	err  error
}

// catchUp reads on in the archive, if there is something to read and the client can take it.
func (s *Session) catchUp(out *stream.Output) {
	if s.missing() {
		s.readMissed(out)
		return
	}
	if s.state != bound || !s.out.begun || !s.out.behind || s.out.paging || !s.ready(out) {
		return
	}
	s.out.paging, s.out.behind = true, false
	h, me, st, acked, after := s.host, &s.me, s.stream, s.out.acked, s.out.seen
	first := !s.out.started
	if first {
		after = host.FromCursor
	}
	out.Do(func() any {
		var r pageResult
		if first && st != nil { // before it is read, lest another one moves the cursor past it
			after, r.err = h.StartStream(&st.Stream, me.Device, acked)
		}
		if r.err == nil {
			r.page, r.err = h.IM.Page(me, after)
		}
		return r
	})
}

// paged sends a page; what came in the meantime is in the archive behind it.
func (s *Session) paged(r pageResult, out *stream.Output) {
	s.out.paging, s.out.coming = false, false
	if r.err != nil {
		r.page.Release()
		s.srv.Log.Error("reading the archive failed", "cid", s.peer.ID, "jid", s.me.JID.String(), "err", r.err)
		s.fail(out, atom.InternalServerError, "the archive cannot be read")
		s.finished = s.missing() // it may have been deleted: the next one begins where the archive does
		return
	}
	if !s.missing() {
		s.goOnBehind(&r.page)
	}
	s.out.paging = true // until it is sent
	p := s.later()
	p.mail, p.next = &r.page, 0
}

// goOnBehind notes that a page is about to be sent.
func (s *Session) goOnBehind(p *host.Page) {
	if !s.out.started {
		s.out.started, s.out.seen, s.out.taken = true, p.Start, max(s.out.taken, p.Start)
	}
	if n := len(p.Frames); n > 0 {
		s.me.Expect(p.Frames[n-1].ID) // who else moves a cursor waits for all of it
	}
}

// sendMail sends the next message of a page of what has waited, or ends the page.
func (s *Session) sendMail(p *pages, out *stream.Output) {
	if s.missing() {
		s.sendMissed(p, out)
		return
	}
	if !s.out.begun {
		s.endMail(p)
		s.flushHeld(noMore, out)
		return // it has become unavailable: what waits, waits on
	}
	for p.next < len(p.mail.Frames) {
		f := p.mail.Frames[p.next]
		p.next++
		if f.ID > s.out.seen {
			s.flushHeld(f.ID-1, out)
			s.sendFrame(f, out)
			return
		}
	}
	last, more := p.mail.Last, p.mail.More
	s.endMail(p)
	s.out.seen = max(s.out.seen, last)
	s.out.behind = s.out.behind || more
	if s.out.pending() == 0 && s.out.seen > s.out.taken { // the rest was not for this client: it need not be read again
		s.out.taken = s.out.seen
		s.taken(0)
	}
	s.catchUp(out)
	if !s.out.paging && !s.out.behind {
		s.flushHeld(noMore, out)
	}
}

// endMail ends a page.
func (s *Session) endMail(p *pages) {
	p.mail.Release()
	p.mail, p.next, s.out.paging = nil, 0, false
}

// caughtUp returns the archive entry that the client has with the stanza just sent, 0 when that says nothing of the archive. A client that has asked for
// its archive before it became available does not get what that gave it as offline messages too (XEP-0313 §6.1.1), and its cursor moves once it has acked
// the end of the results.
func (s *Session) caughtUp(r *result) uint64 {
	o := &s.out
	after := o.seen
	if !o.started {
		after = r.archiveCursor
	}
	if o.begun || r.archiveTo <= after || r.archiveFrom > after+1 {
		return 0
	}
	if !o.started {
		o.started, o.taken = true, max(o.taken, after)
	}
	s.me.Expect(r.archiveTo)
	return r.archiveTo
}

// sendFrame sends a stanza that others made, behind what has waited for it.
func (s *Session) sendFrame(f *codec.Frame, out *stream.Output) {
	s.sendWaiting(out)
	s.sendNow(f, out)
}

func (s *Session) sendNow(f *codec.Frame, out *stream.Output) {
	switch {
	case s.refuse(f, out):
	case !s.write(f, out):
	case f.ID != 0:
		s.sent(f.ID, nil)
	default:
		s.sent(0, s.keep(f))
	}
}

// countOwn counts what this Step has sent of its own so far: the count has the order of sending. All of that is kept, to be sent again, or nothing: the end of the
// results of an archive (XEP-0313 §4.3.2) without some of them would hide that they are missing. An error comes again instead of an answer that is not kept.
func (s *Session) countOwn(out *stream.Output) {
	room := s.room(out.Own)
	for i := range out.Stanzas {
		var f *codec.Frame
		if i < len(out.Own) {
			if room {
				f = s.keep(out.Own[i])
			} else {
				f = s.keepInstead(out.Own[i])
			}
			out.Own[i].Release()
		}
		s.sent(0, f)
	}
	out.Stanzas, out.Own = 0, out.Own[:0]
}

// sent counts a stanza that was sent; seq is its archive entry, and kept what keep has returned. Without acks what is sent counts as taken.
func (s *Session) sent(seq uint64, kept *codec.Frame) {
	if seq != 0 {
		s.out.seen = seq
	}
	switch {
	case s.out.on:
		s.out.unacked = append(s.out.unacked, sent{seq, kept})
	case seq != 0:
		s.out.taken = seq
		s.taken(0)
	}
}
