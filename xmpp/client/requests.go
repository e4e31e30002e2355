package client

import (
	"errors"
	"fmt"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// request is an IQ of ours that has no answer yet.
type request struct {
	to     jid.JID // zero: our own account
	answer func(e codec.Element)
}

// Request sends an IQ of type get or set; answer is called, as the methods of Handler are, with the result or the error that comes from the address asked.
// It is not called when none comes before the end of the stream, or after Forget. An IQ without id gets one: e is void then. The
// id is returned. There is no time limit here.
func (m *Machine) Request(now time.Time, out *stream.Output, e codec.Element, answer func(e codec.Element)) (id string, err error) {
	if e.Name() != atom.IQ || e.NS() != atom.NSClient {
		return "", errors.New("client: a request must be an IQ")
	}
	r := request{answer: answer}
	if to := e.Attr(atom.To); to != nil {
		if r.to, err = jid.ParseBytes(to); err != nil {
			return "", fmt.Errorf("client: the address of a request: %w", err)
		}
	}
	if id = string(e.Attr(atom.ID)); id == "" {
		id = m.ids.next()
		e = codec.SetAttr(e, atom.ID, id)
	}
	if _, taken := m.requests[id]; taken {
		return "", fmt.Errorf("client: a request with the id %q waits already", id)
	}
	if err := m.Send(now, out, e); err != nil {
		return "", err
	}
	if m.requests == nil {
		m.requests = make(map[string]request)
	}
	m.requests[id] = r
	return id, nil
}

// Forget gives up waiting for the answer to the request with this id.
func (m *Machine) Forget(id string) { delete(m.requests, id) }

// NewID returns a new stanza id.
func (m *Machine) NewID() string { return m.ids.next() }

// answered gives an answer to its request and reports whether there is one.
func (m *Machine) answered(e codec.Element) bool {
	r, ok := m.requests[string(e.Attr(atom.ID))]
	if !ok || !m.mayAnswer(r.to, e.Attr(atom.From)) {
		return false
	}
	delete(m.requests, string(e.Attr(atom.ID)))
	r.answer(e)
	return true
}

// mayAnswer reports whether an answer from that address is one to a request sent to to. What was asked of our own account may be
// answered without an address or from any of our own (RFC 6120 §8.1.2.1, §10.3.3); nobody else may answer for another.
func (m *Machine) mayAnswer(to jid.JID, from []byte) bool {
	own := m.address.Bare()
	ours := to.IsZero() || to == own || to == own.DomainJID()
	switch {
	case from == nil:
		return ours
	case !ours || !to.IsZero() && to != own:
		return to.EqualBytes(from)
	}
	return own.EqualBytes(from) || m.address.EqualBytes(from) || own.DomainJID().EqualBytes(from)
}
