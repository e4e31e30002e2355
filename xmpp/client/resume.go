package client

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// Resumption is what a client needs to go on with a stream over another connection (XEP-0198 §5), of this process or of a later one: it can be kept as JSON.
// Whoever holds it also needs the account's password, its key, or a Token. It is read-only here.
type Resumption struct {
	ID       string       // the server's name of the stream ("SM-ID")
	Address  string       // the full JID
	Location string       `json:",omitempty"` // host:port or host where the server would like to see us again, "" for no wish
	Received uint32       // how many of the server's stanzas are handled
	Accepted uint32       // how many of ours the server has accepted; Sent follow
	Sent     []SentStanza `json:",omitempty"` // not accepted, in the order sent
}

// SentStanza is a stanza of ours that the server may not have.
type SentStanza struct {
	ID   string    `json:",omitempty"` // "" for one without
	Time time.Time // when it was sent, to the millisecond
	XML  string    // under a stream header of jabber:client
}

// address checks r for use by the account.
func (r *Resumption) address(account jid.JID) (jid.JID, error) {
	a, err := jid.Parse(r.Address)
	if err == nil && (a.Bare() != account.Bare() || a.Resource() == "") {
		err = fmt.Errorf("%q is none of %s", r.Address, account.Bare())
	}
	if err == nil && r.ID == "" {
		err = errors.New("the stream has no name")
	}
	if err != nil {
		return a, fmt.Errorf("client: the resumption: %w", err)
	}
	return a, nil
}

// resumable is what is known of the stream's resumption.
type resumable struct {
	id       string // "" for a stream that cannot be resumed
	location string
	resumed  bool // it was begun on another connection
	known    bool // the server said how many of Config.Resumption.Sent it has
	settled  int  // that many
	over     bool // it was closed in order, or is broken for good
}

// Resumption returns what another Machine needs to go on with the stream, whatever became of the connection; nil when it cannot be resumed: the server does
// not allow it, it was closed with Close, or broke the protocol. When stanzas come or go after that, the Resumption is void. What the application has not handled
// by then (see Handler.Handled) comes again.
func (m *Machine) Resumption() *Resumption {
	if m.resume.id == "" || m.resume.over {
		return nil
	}
	r := &Resumption{
		ID: m.resume.id, Address: m.address.String(), Location: m.resume.location,
		Received: m.app.Handled(m.acks.received), Accepted: m.acks.accepted,
	}
	m.acks.unacked.each(func(s sentStanza) {
		r.Sent = append(r.Sent, SentStanza{string(s.id), s.at.UTC(), string(s.text)})
	})
	return r
}

// Resumed reports whether the login took up the stream of Config.Resumption: the address, presence and roster are what they were, and must
// not be sent or asked for again (XEP-0198 §5).
func (m *Machine) Resumed() bool { return m.resume.resumed }

// Settled returns how many of Config.Resumption.Sent the server said to have when it was asked to resume, in their order; with a stream that it does not
// know any more it may say nothing.
func (m *Machine) Settled() (n int, known bool) { return m.resume.settled, m.resume.known }

// takeUp asks for the stream that there was (XEP-0198 §5), or for a resource.
func (m *Machine) takeUp(out *stream.Output) {
	r := m.cfg.Resumption
	if r == nil || m.login.sasl2.resume { // it was asked for
		m.bind(out)
		return
	}
	m.load(r)
	if m.login.flight.said {
		m.becomeResuming()
		return
	}
	if !m.login.offersSM {
		m.beginAnew()
		m.bind(out)
		return
	}
	b := out.Build()
	r.addResume(b)
	out.Send(b.Element())
	m.becomeResuming()
}

func (r *Resumption) addResume(b *codec.Builder) {
	b.Start(atom.NSSM, atom.Resume).AttrUint(atom.H, uint64(r.Received)).Attr(atom.PrevID, r.ID).End()
}

// load takes what the stream before has left open.
func (m *Machine) load(r *Resumption) {
	q := &m.acks.unacked
	q.keep = true
	for _, s := range r.Sent {
		q.pushText(s.Time, []byte(s.ID), []byte(s.XML))
	}
	m.acks.accepted = r.Accepted
}

// beginAnew prepares a new session, in which what the old one left open is sent again.
func (m *Machine) beginAnew() {
	m.login.rest = m.acks.unacked
	m.acks = acks{}
}

// resumeAnswer is <resumed/>, or <failed/>, after which we bind (XEP-0198 §5).
func (m *Machine) resumeAnswer(in *stream.Input, out *stream.Output) {
	switch e := in.Element; {
	case e.Is(atom.NSSM, atom.Resumed) && string(e.Attr(atom.PrevID)) == m.cfg.Resumption.ID:
		m.resumed(e, in.Now, out)
	case e.Is(atom.NSSM, atom.Failed):
		m.notResumed(e)
		m.bind(out)
	default:
		m.protocolError(out, e)
	}
}

// notResumed takes a <failed/>.
func (m *Machine) notResumed(e codec.Element) {
	if h, err := count(e); err == nil {
		m.settled(h) // one that cannot be true says nothing
	}
	m.beginAnew()
}

// resumed goes on with the stream: the counts are carried over, what the server has not accepted is sent again in its old order.
func (m *Machine) resumed(e codec.Element, now time.Time, out *stream.Output) {
	h, err := count(e)
	if err != nil {
		m.complain(out, atom.BadFormat, fmt.Errorf("%w: a stream resumed without a number", ErrProtocol))
		return
	}
	r := m.cfg.Resumption
	m.address, _ = r.address(m.cfg.JID) // checked at the beginning
	m.acks.on = true
	m.acks.received, m.acks.said = r.Received, r.Received
	if !m.settled(h) {
		m.tooHigh(h, out)
		return
	}
	m.resume.id, m.resume.location, m.resume.resumed = r.ID, r.Location, true
	m.login.rest = m.acks.unacked
	m.acks.unacked = sentQueue{keep: true}
	m.keepInFlight(int(h - r.Accepted))
	m.becomeBound(now, out)
}

// settled is settle for the answer to <resume/>.
func (m *Machine) settled(h uint32) bool {
	n := h - m.acks.accepted
	if !m.settle(h) {
		return false
	}
	m.resume.settled, m.resume.known = int(n), true
	return true
}

// sendRest sends what the server has not accepted of the stream before. A new session gets only what is not of the old one: messages, with the time when they were first sent
// (XEP-0198 §4, XEP-0203), and subscriptions. It asks for an ack: of what was in the first flight too.
func (m *Machine) sendRest(now time.Time, out *stream.Output, rest *sentQueue) {
	var err error
	rest.each(func(s sentStanza) {
		if err != nil || len(s.text) == 0 {
			return
		}
		text := s.text
		if !m.resume.resumed {
			text = delayed(text, m.cfg.Resumption.Address, s.at)
		}
		err = eachElement(string(text), func(e codec.Element) error {
			if isStanza(e) && (m.resume.resumed || outlivesSession(e)) {
				out.Send(e)
				m.sentAt(now, s.at, out, s.id, e)
			}
			return nil
		})
	})
	if err != nil {
		m.fail(out, fmt.Errorf("client: the resumption: %w", err))
		return
	}
	m.Ask(out)
}

// outlivesSession reports whether a stanza of one session makes sense in the next: requests, answers and what says that we are there do not.
func outlivesSession(e codec.Element) bool {
	switch e.Name() {
	case atom.Message:
		return true
	case atom.Presence:
		switch string(e.Attr(atom.Type)) {
		case "subscribe", "subscribed", "unsubscribe", "unsubscribed":
			return true
		}
	}
	return false
}

// stampFormat is XEP-0082 §3.2 in UTC, to the millisecond.
const stampFormat = "2006-01-02T15:04:05.000Z"

const messageEnd = "</message>"

// delayed adds the time of sending to a message with content that has none, as our own encoder writes it.
func delayed(text []byte, from string, at time.Time) []byte {
	content, found := bytes.CutSuffix(text, []byte(messageEnd))
	if !found || bytes.Contains(text, []byte("xmlns='urn:xmpp:delay'")) {
		return text
	}
	var b codec.Builder
	e := b.Start(atom.NSDelay, atom.Delay).Attr(atom.From, from).Attr(atom.Stamp, at.UTC().Format(stampFormat)).Element()
	return append(xmltext.Encoder{}.AppendElement(slices.Clip(content), e), messageEnd...)
}
