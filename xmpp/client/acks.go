package client

import (
	"fmt"
	"strconv"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// acks are the two counts of XEP-0198 §4, both round at 2³², and the stanzas that the server has not accepted yet.
type acks struct {
	on       bool
	armed    bool // a Tick is coming
	asked    bool // <r/> is sent and not answered
	unasked  int  // stanzas sent since the last <r/>
	unacked  sentQueue
	accepted uint32 // of our stanzas, as the server said last
	received uint32 // of the server's stanzas
	said     uint32 // how many of them we called handled
	owed     bool   // we answered <r/> with less than what had come, and owe an <a/> when owedAt is handled
	owedAt   uint32
}

// sent counts a stanza that was just written, and asks for an ack now or sets the time to.
func (m *Machine) sent(now time.Time, out *stream.Output, e codec.Element) {
	m.sentAt(now, now, out, e.Attr(atom.ID), e)
}

// sentAt is sent for a stanza that was first sent at another time.
func (m *Machine) sentAt(now, at time.Time, out *stream.Output, id []byte, e codec.Element) {
	if m.acks.on {
		m.acks.unacked.push(at, id, e)
		m.counted(now, out)
	}
}

// sentFrame is sent for a frame.
func (m *Machine) sentFrame(now time.Time, out *stream.Output, f *codec.Frame) {
	if !m.acks.on {
		return
	}
	if f.Has(codec.XML) {
		head, stamp, tail := f.Parts(codec.XML)
		m.acks.unacked.pushText(now, nil, head, stamp, tail)
	} else {
		m.acks.unacked.pushText(now, nil)
	}
	m.counted(now, out)
}

// counted asks for an ack now or sets the time to.
func (m *Machine) counted(now time.Time, out *stream.Output) {
	m.acks.unasked++
	if m.acks.unasked >= m.cfg.AckEvery {
		m.ask(out)
		return
	}
	m.arm(now, out)
}

// arm sets the time to ask for what is not accepted, if none is set.
func (m *Machine) arm(now time.Time, out *stream.Output) {
	if !m.acks.armed {
		m.acks.armed = true
		out.SetTimer(now.Add(m.cfg.AckIdle))
	}
}

// sentReply is sent for an answer of the Machine's own, which nobody waits for: it sets no time. It is not kept when too much is.
func (m *Machine) sentReply(out *stream.Output, e codec.Element) {
	if !m.acks.on {
		return
	}
	if m.acks.unacked.size() >= m.cfg.KeepBytes {
		e = codec.Element{}
	}
	m.acks.unacked.push(time.Time{}, nil, e)
	if m.acks.unasked++; m.acks.unasked >= m.cfg.AckEvery {
		m.ask(out)
	}
}

// ask sends <r/>.
func (m *Machine) ask(out *stream.Output) {
	out.Send(out.Build().Start(atom.NSSM, atom.R).Element())
	m.acks.unasked = 0
	m.acks.asked = true
}

// askIdle is the Tick: what is not accepted has waited long enough.
func (m *Machine) askIdle(out *stream.Output) {
	m.acks.armed = false
	m.Ask(out)
}

// Ask asks the server at once for an ack of what it has not accepted, unless that is asked already.
func (m *Machine) Ask(out *stream.Output) {
	if m.state == bound && m.acks.unacked.n > 0 && (m.acks.unasked > 0 || !m.acks.asked) {
		m.ask(out)
	}
}

// Acks reports whether acks are on: without them nothing is known of what the server accepted.
func (m *Machine) Acks() bool { return m.acks.on }

// Unacked returns the number of stanzas that the server has not accepted.
func (m *Machine) Unacked() int { return m.acks.unacked.n }

// Kept returns about how many bytes the stanzas take that are kept until the server has accepted them. They are with Config.Resume, and else it is only their ids.
func (m *Machine) Kept() int { return m.acks.unacked.size() }

// EachUnacked calls f with the id of every stanza that the server has not accepted, oldest first: after the end these are the ones whose fate is unknown.
// An id is valid until f returns.
func (m *Machine) EachUnacked(f func(id []byte)) {
	m.acks.unacked.each(func(s sentStanza) {
		if len(s.id) > 0 {
			f(s.id)
		}
	})
}

// position returns how many stanzas must be accepted until those with these ids are; without ids, until all are.
func (m *Machine) position(ids []string) (last int) {
	if len(ids) == 0 {
		return m.acks.unacked.n
	}
	wanted := make(map[string]bool, len(ids))
	for _, id := range ids {
		wanted[id] = true
	}
	n := 0
	m.acks.unacked.each(func(s sentStanza) {
		n++
		if wanted[string(s.id)] {
			last = n
		}
	})
	return last
}

// management handles an element of XEP-0198 on a bound stream.
func (m *Machine) management(now time.Time, e codec.Element, out *stream.Output) {
	switch {
	case !m.acks.on:
	case e.Name() == atom.R && m.state == bound:
		m.sendAck(out)
	case e.Name() == atom.A:
		m.accept(now, e, out)
	}
}

// accept takes an <a/>: all our stanzas up to h are the server's now. About the others it is asked again after a while.
func (m *Machine) accept(now time.Time, e codec.Element, out *stream.Output) {
	h, err := count(e)
	if err != nil {
		m.complain(out, atom.BadFormat, fmt.Errorf("%w: an ack without a number", ErrProtocol))
		return
	}
	if !m.settle(h) {
		m.tooHigh(h, out)
		return
	}
	m.acks.asked = false
	if m.acks.unacked.n > 0 {
		m.arm(now, out)
	}
}

// settle takes the server's count, and reports whether it can be true.
func (m *Machine) settle(h uint32) bool {
	n := h - m.acks.accepted
	if n > uint32(m.acks.unacked.n) {
		return false
	}
	m.acks.accepted = h
	for ; n > 0; n-- {
		m.app.Acked(m.acks.unacked.pop().id)
	}
	return true
}

// count reads the number of an element of XEP-0198.
func count(e codec.Element) (uint32, error) {
	h, err := strconv.ParseUint(string(e.Attr(atom.H)), 10, 32)
	return uint32(h), err
}

// tooHigh ends a stream whose server acks more than was sent (XEP-0198 §6).
func (m *Machine) tooHigh(h uint32, out *stream.Output) {
	count := m.acks.accepted + uint32(m.acks.unacked.n)
	if m.err == nil {
		b := out.Build().Start(atom.NSStreams, atom.Error)
		b.Start(atom.NSStreamErrors, atom.UndefinedCondition).End()
		b.Start(atom.NSSM, atom.HandledCountTooHigh).AttrUint(atom.H, uint64(h)).AttrUint(atom.SendCount, uint64(count)).End()
		out.Send(b.Element())
	}
	m.resume.over = true
	m.fail(out, fmt.Errorf("%w: the server acked %d stanzas of %d", ErrProtocol, h, count))
}

// sendAck says how many stanzas are handled.
func (m *Machine) sendAck(out *stream.Output) {
	a := &m.acks
	a.said = m.app.Handled(a.received)
	a.owed, a.owedAt = a.said != a.received, a.received
	out.Send(out.Build().Start(atom.NSSM, atom.A).AttrUint(atom.H, uint64(a.said)).Element())
}

// Acknowledge says that the application has handled more stanzas (see Handler.Handled): it sends the ack that an earlier answer
// could not give in full, once all that it left out is handled. Only applications that handle later need it.
func (m *Machine) Acknowledge(out *stream.Output) {
	if a := &m.acks; a.owed && m.state == bound && int32(m.app.Handled(a.received)-a.owedAt) >= 0 {
		m.sendAck(out)
	}
}

// before returns how many stanzas were counted before the one that the application is given.
func (m *Machine) before() uint32 {
	if m.state != bound {
		return 0 // nothing counts yet
	}
	return m.acks.received - 1
}
