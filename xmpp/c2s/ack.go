package c2s

import (
	"bytes"
	"slices"
	"strconv"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/stanza"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// inbound counts what the client has sent (XEP-0198 §4). A stanza is handled when its commit is done; those without a commit are
// handled at once, but for the count only after all before them.
type inbound struct {
	received uint32 // since the stream is bound
	durable  uint32 // all up to here are handled; equal to received when nothing is pending
	stored   uint32 // all up to here are in the record of a stream that can be resumed: it is acked no further (see count)
	base     uint32 // received when acks were turned on: the client counts from here
	wanted   uint32 // the client's last <r/> came after this many
	pending  int32  // commits on their way
	on       bool   // the client has sent <enable/>
	asked    bool   // <r/> waits for the stanzas up to wanted
	working  bool   // the last one is a request that the server is about to answer: it is handled with its answer
}

// next returns the number of the stanza that has just come.
func (c *inbound) next() uint32 {
	c.received++
	return c.received
}

// handled notes that the stanza is done, or that its commit is on its way.
func (c *inbound) handled(committing bool) {
	switch {
	case committing:
		c.pending++
	case c.pending == 0:
		c.durable = c.received
	}
}

// done takes the end of a commit: it answers the client when the stanza has failed, and acks when it was asked to.
func (s *Session) done(d host.Done, now time.Time, out *stream.Output) {
	s.in.pending--
	s.in.durable = d.Stanza()
	if s.in.pending == 0 {
		s.in.durable = s.in.received
	}
	if d.Counted() && int32(d.Stanza()-s.in.stored) > 0 {
		s.in.stored = d.Stanza()
	}
	if answer := d.Answer(out.Build()); !answer.IsZero() {
		s.sendWaiting(out)
		out.Send(answer)
	}
	d.Settle()
	s.ackWhenDue(now, out)
}

// ackWhenDue sends the ack that was asked for, when all that it says is durable.
func (s *Session) ackWhenDue(now time.Time, out *stream.Output) {
	switch {
	case !s.in.asked || int32(s.in.durable-s.in.wanted) < 0:
	case s.stream == nil || int32(s.in.stored-s.in.wanted) >= 0:
		s.sendAck(out)
	case s.in.pending == 0:
		s.count(now, out)
	}
}

// count writes what is handled of a stream that can be resumed, when stanzas that store nothing came last: after a crash the client must not hear of less than it
// was acked. What cannot be written now is not acked, but the <r/> is answered all the same (XEP-0198 §4).
func (s *Session) count(now time.Time, out *stream.Output) {
	h := s.handled()
	sender := host.Sender{Host: s.host, Session: &s.me, Out: out, Now: now, Number: s.in.base + h, Stream: &s.stream.Stream, H: h}
	if s.host.IM.Count(&sender) {
		s.in.pending++
	} else {
		s.sendAck(out)
	}
}

// handled returns the client's count of what it has sent, all of which is handled when no commit is pending.
func (s *Session) handled() uint32 {
	h := s.in.received - s.in.base
	if s.in.working {
		h--
	}
	return h
}

// answers reports whether the stanza is a request to the server itself.
func answers(e codec.Element) bool {
	return stanza.KindOf(e) == stanza.IQ && bytes.IndexByte(e.Attr(atom.To), '/') < 0
}

// ack takes an element of stream management (XEP-0198).
func (s *Session) ack(e codec.Element, now time.Time, out *stream.Output) {
	switch e.Name() {
	case atom.Enable:
		s.enable(e, out)
	case atom.R:
		if s.in.on {
			s.in.asked, s.in.wanted = true, s.in.received
			s.ackWhenDue(now, out)
		}
	case atom.A:
		s.acked(e, out)
	case atom.Resume:
		s.sendFailed(atom.UnexpectedRequest, out) // XEP-0198 §5: it has bound a resource
	default:
		s.fail(out, atom.UnsupportedStanzaType, "")
	}
}

// enable turns acks on, in both directions (XEP-0198 §3); when the stream is to be resumable, after a job.
func (s *Session) enable(e codec.Element, out *stream.Output) {
	if s.in.on {
		s.sendFailed(atom.UnexpectedRequest, out)
		return
	}
	r := s.srv.Streams.newStream(e)
	if r == nil {
		s.enabled(enableResult{}, out)
		return
	}
	rec, h := s.enabling(r), s.host
	out.Do(func() any { return r.enable(rec, h) })
}

// enabled ends what enable has begun.
func (s *Session) enabled(r enableResult, out *stream.Output) {
	b := out.Build()
	s.addEnabled(r, b)
	out.Send(b.Element())
}

func (s *Session) sendFailed(condition atom.Atom, out *stream.Output) {
	b := out.Build().Start(atom.NSSM, atom.Failed)
	out.Send(b.Start(atom.NSStanzas, condition).Element())
}

func (s *Session) sendAck(out *stream.Output) {
	s.in.asked = false
	h := s.in.durable
	if s.stream != nil {
		h = s.in.stored
	}
	h -= s.in.base // modulo 2³²
	out.Send(out.Build().Start(atom.NSSM, atom.A).AttrUint(atom.H, uint64(h)).Element())
}

// outbound is what was sent to the client and not yet acked by it (XEP-0198 §4).
type outbound struct {
	unacked []sent // empty while acks are off
	acked   uint32 // stanzas acked by the client
	on      bool
	asked   bool   // an <r/> of ours is not answered
	timed   bool   // and the timer runs, see timeAck
	paging  bool   // a page is being read, see deliver.go
	behind  bool   // there is something in the archive that was not sent
	begun   bool   // archived messages may be sent: the client has shown that it is available
	coming  bool   // and has got no page since
	started bool   // seen and taken count
	open    bool   // more was sent than is known here: the process that sent it has crashed
	kept    int32  // bytes of the frames in unacked
	seen    uint64 // the last archive entry sent
	taken   uint64 // the last archive entry that the client has
}

// sent is a stanza that was sent.
type sent struct {
	seq   uint64       // its archive entry, 0 for one that is not archived; one that was sent early is marked
	frame *codec.Frame // of one that is not archived, to be sent again when the stream is resumed, or to go back; nil: not worth it
}

// early reports whether it was sent early, see there.
func (u sent) early() bool { return u.seq&early != 0 }

// entry returns its archive entry, 0 for one that is not archived.
func (u sent) entry() uint64 { return u.seq &^ early }

// untaken returns the archive entries that were sent and not acked.
func (o *outbound) untaken() (seqs []uint64) {
	for _, u := range o.unacked {
		if u.seq != 0 {
			seqs = append(seqs, u.entry())
		}
	}
	return seqs
}

// pending returns the first archive entry that was sent, counts for the cursor, and is not acked; 0 when there is none.
func (o *outbound) pending() uint64 {
	for _, u := range o.unacked {
		if u.seq != 0 && !u.early() {
			return u.seq
		}
	}
	return 0
}

// archived reports whether an archived stanza was sent that is not acked.
func (o *outbound) archived() bool {
	return slices.ContainsFunc(o.unacked, func(u sent) bool { return u.seq != 0 })
}

// acked takes the client's count (XEP-0198 §4): an ack of more than was sent ends the stream.
func (s *Session) acked(e codec.Element, out *stream.Output) {
	h, err := strconv.ParseUint(string(e.Attr(atom.H)), 10, 32)
	if err != nil || !s.out.on {
		s.fail(out, atom.BadFormat, "an ack without a count, or without acks enabled")
		return
	}
	n := int(uint32(h) - s.out.acked) // modulo 2³²
	if n > len(s.out.unacked) {
		s.handledTooMany(uint32(h), s.out.acked+uint32(len(s.out.unacked)), out)
		return
	}
	s.out.asked, s.out.timed = false, false
	s.take(n)
	s.catchUp(out)
	if n > 0 && !s.out.paging {
		s.askAck(out) // one that brings nothing new is not asked for again at once
	}
}

// handledTooMany is the error of XEP-0198 §4 for an ack of more than was sent.
func (s *Session) handledTooMany(h, sendCount uint32, out *stream.Output) {
	b := out.Build().Start(atom.NSStreams, atom.Error)
	b.Start(atom.NSStreamErrors, atom.UndefinedCondition).End()
	b.Start(atom.NSSM, atom.HandledCountTooHigh).AttrUint(atom.H, uint64(h))
	b.AttrUint(atom.SendCount, uint64(sendCount)).End()
	out.Send(b.Element())
	s.becomeClosed(out)
}

// take notes that the client has the first n unacked stanzas, and moves its cursor.
func (s *Session) take(n int) {
	o := &s.out
	moved := false
	for _, u := range o.unacked[:n] {
		if u.seq > o.taken && !u.early() {
			o.taken, moved = u.seq, true
		}
		if u.frame != nil {
			o.kept -= int32(u.frame.Size())
			u.frame.Release()
		}
	}
	o.acked += uint32(n)
	left := copy(o.unacked, o.unacked[n:])
	clear(o.unacked[left:])
	o.unacked = o.unacked[:left]
	if len(o.unacked) == 0 && cap(o.unacked) > 32 {
		o.unacked = nil // an idle session holds nothing
	}
	if moved {
		s.taken(o.pending())
	}
}

// answered takes an answer of the client: it has the request, and who has asked need not hear of the end of the stream.
func (s *Session) answered(e codec.Element) {
	if kind, _ := stanza.Type(e); stanza.KindOf(e) != stanza.IQ || kind != atom.Result && kind != atom.Error {
		return
	}
	o, key := &s.out, stanza.AnswerKey(e.Attr(atom.To), e.Attr(atom.ID))
	for i, u := range o.unacked {
		if u.frame != nil && u.frame.Owed == key {
			o.kept -= int32(u.frame.Size())
			u.frame.Release()
			o.unacked[i].frame = nil
		}
	}
}

// taken moves the cursor of the client's device to what it has taken, and its stream's.
func (s *Session) taken(pending uint64) {
	if s.stream == nil {
		s.host.IM.Taken(&s.me, s.out.taken, pending)
		return
	}
	s.host.IM.Acked(&s.me, &s.stream.Stream, s.out.acked, s.out.taken, pending)
}

// askAck asks the client for its count, one question at a time (XEP-0198 §4), when there is an archived message that it has not acked, or much else.
func (s *Session) askAck(out *stream.Output) {
	o := &s.out
	much := len(o.unacked) >= s.srv.maxUnacked() || o.kept > keepAsk
	if o.on && !o.asked && (much || o.archived()) {
		o.asked = true
		out.Send(out.Build().Start(atom.NSSM, atom.R).Element())
	}
}

// timeAck starts or stops the clock of our <r/> at the end of a Step. Only streams that can be resumed have one: they lose nothing.
func (s *Session) timeAck(now time.Time, out *stream.Output) {
	o := &s.out
	switch {
	case s.stream == nil || o.timed == o.asked:
	case o.asked:
		out.SetTimer(now.Add(s.srv.Streams.AckTimeout))
		o.timed = true
	default:
		out.SetTimer(time.Time{})
		o.timed = false
	}
}

// tick ends the connection of a client that has not answered an <r/>: it may resume its stream. While the client may still be reading, or we have not read
// what it has sent, it has more time.
func (s *Session) tick(now time.Time, out *stream.Output) {
	s.out.timed = false
	if !s.out.asked || out.Congested || s.out.paging || s.pages != nil {
		return // timeAck starts anew
	}
	s.srv.Log.Info("no ack has come", "cid", s.peer.ID, "jid", s.me.JID.String())
	s.suspend(out)
}
