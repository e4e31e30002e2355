package c2s

import (
	"strconv"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// inbound counts what the client has sent (XEP-0198 §4). A stanza is handled when its commit is done; those without a commit are
// handled at once, but for the count only after all before them.
type inbound struct {
	received uint32 // since the stream is bound
	durable  uint32 // all up to here are handled; equal to received when nothing is pending
	base     uint32 // received when acks were turned on: the client counts from here
	wanted   uint32 // the client's last <r/> came after this many
	pending  int32  // commits on their way
	on       bool   // the client has sent <enable/>
	asked    bool   // <r/> waits for the stanzas up to wanted
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
func (s *Session) done(d host.Done, out *stream.Output) {
	s.in.pending--
	s.in.durable = d.Stanza()
	if s.in.pending == 0 {
		s.in.durable = s.in.received
	}
	if answer := d.Answer(out.Build()); !answer.IsZero() {
		s.sendWaiting(out)
		out.Send(answer)
	}
	d.Settle()
	if s.in.asked && int32(s.in.durable-s.in.wanted) >= 0 {
		s.sendAck(out)
	}
}

// ack takes an element of stream management (XEP-0198).
func (s *Session) ack(e codec.Element, out *stream.Output) {
	switch e.Name() {
	case atom.Enable:
		s.enable(out)
	case atom.R:
		if s.in.on {
			s.in.asked, s.in.wanted = true, s.in.received
			if s.in.pending == 0 {
				s.sendAck(out)
			}
		}
	case atom.A:
		s.acked(e, out)
	case atom.Resume:
		// TODO XEP-0198 §5: resumption.
		s.sendFailed(atom.FeatureNotImplemented, out)
	default:
		s.fail(out, atom.UnsupportedStanzaType, "")
	}
}

// enable turns acks on, in both directions (XEP-0198 §3). The counts begin at 0 here.
func (s *Session) enable(out *stream.Output) {
	if s.in.on {
		s.sendFailed(atom.UnexpectedRequest, out)
		return
	}
	s.in.on, s.in.base = true, s.in.received
	s.out.on = true
	out.Send(out.Build().Start(atom.NSSM, atom.Enabled).Element())
}

func (s *Session) sendFailed(condition atom.Atom, out *stream.Output) {
	b := out.Build().Start(atom.NSSM, atom.Failed)
	out.Send(b.Start(atom.NSStanzas, condition).Element())
}

func (s *Session) sendAck(out *stream.Output) {
	s.in.asked = false
	h := s.in.durable - s.in.base // modulo 2³²
	out.Send(out.Build().Start(atom.NSSM, atom.A).AttrUint(atom.H, uint64(h)).Element())
}

// outbound is what was sent to the client and not yet acked by it (XEP-0198 §4).
type outbound struct {
	unacked []uint64 // per stanza its archive entry, 0 for one that is not archived; empty while acks are off
	acked   uint32   // stanzas acked by the client
	on      bool
	asked   bool   // an <r/> of ours is not answered
	paging  bool   // a page is being read, see deliver.go
	behind  bool   // there is something in the archive that was not sent
	begun   bool   // archived messages may be sent: the client has shown that it is available
	seen    uint64 // the last archive entry sent
	taken   uint64 // the last archive entry that the client has
}

// untaken returns the archive entries that were sent and not acked.
func (o *outbound) untaken() (seqs []uint64) {
	for _, seq := range o.unacked {
		if seq != 0 {
			seqs = append(seqs, seq)
		}
	}
	return seqs
}

// pending returns the first archive entry that was sent and not acked, 0 when there is none.
func (o *outbound) pending() uint64 {
	for _, seq := range o.unacked {
		if seq != 0 {
			return seq
		}
	}
	return 0
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
		s.handledTooMany(uint32(h), out)
		return
	}
	s.out.asked = false
	s.take(n)
	s.catchUp(out)
	if n > 0 && !s.out.paging {
		s.askAck(out) // one that brings nothing new is not asked for again at once
	}
}

// handledTooMany is the error of XEP-0198 §4 for an ack of more than was sent.
func (s *Session) handledTooMany(h uint32, out *stream.Output) {
	b := out.Build().Start(atom.NSStreams, atom.Error)
	b.Start(atom.NSStreamErrors, atom.UndefinedCondition).End()
	b.Start(atom.NSSM, atom.HandledCountTooHigh).AttrUint(atom.H, uint64(h))
	b.AttrUint(atom.SendCount, uint64(s.out.acked+uint32(len(s.out.unacked)))).End()
	out.Send(b.Element())
	s.becomeClosed(out)
}

// take notes that the client has the first n unacked stanzas, and moves its cursor.
func (s *Session) take(n int) {
	o := &s.out
	moved := false
	for _, seq := range o.unacked[:n] {
		if seq > o.taken {
			o.taken, moved = seq, true
		}
	}
	o.acked += uint32(n)
	o.unacked = append(o.unacked[:0], o.unacked[n:]...)
	if len(o.unacked) == 0 && cap(o.unacked) > 32 {
		o.unacked = nil // an idle session holds nothing
	}
	if moved {
		s.host.IM.Taken(&s.me, o.taken, o.pending())
	}
}

// askAck asks the client for its count, one question at a time (XEP-0198 §4), when there is an archived message that it has not acked, or much else.
func (s *Session) askAck(out *stream.Output) {
	o := &s.out
	if o.on && !o.asked && (len(o.unacked) >= s.srv.maxUnacked() || o.pending() != 0) {
		o.asked = true
		out.Send(out.Build().Start(atom.NSSM, atom.R).Element())
	}
}
