package client

import (
	"errors"
	"fmt"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// Close ends the stream in order: it says what was handled (XEP-0198 §4), closes our end, and lets the server close its own. Answers and
// stanzas that still come are delivered. It does nothing when the stream is ending.
func (m *Machine) Close(out *stream.Output) {
	if m.err != nil {
		return
	}
	m.err = ErrClosed
	m.resume.over = true
	if m.state == unopened || m.state == securing {
		m.becomeClosed()
		out.Close()
		return
	}
	if m.state == bound && m.acks.on {
		m.sendAck(out)
	}
	out.SendFooter()
	m.becomeClosing()
}

// abort ends the stream without a word.
func (m *Machine) abort() {
	if m.err == nil {
		m.err = ErrClosed
		m.becomeClosed()
	}
}

// footer is the server's end of the stream (RFC 6120 §4.4).
func (m *Machine) footer(out *stream.Output) {
	if m.state == closed {
		return
	}
	m.fail(out, ErrServerClosed)
}

// fail ends the stream because of err: our end is closed, then the connection.
func (m *Machine) fail(out *stream.Output, err error) {
	if m.err == nil {
		m.err = err
		out.SendFooter()
	}
	m.becomeClosed()
	out.Close()
}

// malformed is what a decoder could not read.
func (m *Machine) malformed(err error, out *stream.Output) {
	condition := atom.UndefinedCondition
	if e := (*codec.Error)(nil); errors.As(err, &e) && e.Condition != atom.Unknown {
		condition = e.Condition
	}
	m.complain(out, condition, fmt.Errorf("%w: %w", ErrProtocol, err))
}

// protocolError is an element that does not belong where it came.
func (m *Machine) protocolError(out *stream.Output, e codec.Element) {
	m.complain(out, atom.UndefinedCondition, fmt.Errorf("%w: unexpected <%s xmlns='%s'/>", ErrProtocol, e.LocalName(), e.Namespace()))
}

// complain says a stream error (RFC 6120 §4.9) and ends the stream.
func (m *Machine) complain(out *stream.Output, condition atom.Atom, err error) {
	if m.err == nil {
		b := out.Build().Start(atom.NSStreams, atom.Error)
		b.Start(atom.NSStreamErrors, condition).End()
		out.Send(b.Element())
	}
	m.resume.over = true // what broke it would come again
	m.fail(out, err)
}

// gone is the end of the connection.
func (m *Machine) gone(err error) {
	if m.err == nil {
		m.err = ErrLost
		if err != nil {
			m.err = fmt.Errorf("%w: %w", ErrLost, err)
		}
	}
	m.becomeClosed()
	m.requests, m.login = nil, nil
	m.app.Ended(m.err)
}

func (m *Machine) becomeClosing() { m.state = closing }

func (m *Machine) becomeClosed() { m.state = closed }
