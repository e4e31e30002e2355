package client

import (
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// Handler is the application behind a Machine. Its methods are called during Step (and the Machine's other methods), on the same
// goroutine: they must not block, must not call the Machine, and what they are given is valid until they return.
type Handler interface {
	// Bound says that the login is done: stanzas may be sent. Machine.Resumed tells whether the session is a new one.
	Bound(address jid.JID)
	// Stanza is a message, a presence, a roster push, an answer nobody waits for or, with Config.OwnIQ, a request.
	Stanza(e codec.Element)
	// Acked says that the server has accepted the oldest stanza that it had not, the one with this id (XEP-0198 §4). The id is empty for one without, and
	// for an answer of the Machine's own.
	Acked(id []byte)
	// Handled says for how many of the stanzas received (and counted) so far the application has taken the responsibility: the server
	// need not keep these any longer. An application that is done with a stanza when Stanza returns gives received back. The count goes round at 2³².
	Handled(received uint32) uint32
	// Ended is the last call: the stream is over. err is never nil; ErrClosed is the orderly end.
	Ended(err error)
}

// Machine is the client's end of a stream. It implements stream.Machine; the shell calls Step, and the application sends with Send, Request
// and Close, all of them on one goroutine at a time (or under one lock). It opens no socket, starts no goroutine and reads no clock.
type Machine struct {
	cfg      *Config
	app      Handler
	login    *login // of the negotiation, nil once bound
	requests map[string]request
	address  jid.JID
	ids      ids
	acks     acks
	resume   resumable
	archive  *archive // nil: it is not read
	known    *Known   // of the server, nil: nothing
	err      error    // why the stream ends, nil while it does not
	state    state
	link     bool
}

// state says where a Machine is.
type state uint8

const (
	unopened       state = iota // nothing has happened
	opening                     // our header is sent, the server's has not come
	negotiating                 // the server's features have not come
	startingTLS                 // <starttls/> is sent
	securing                    // TLS is being negotiated
	authenticating              // SASL is going on
	compressing                 // compression is asked for
	resuming                    // <resume/> is sent
	binding                     // the resource is asked for
	enabling                    // <enable/> is sent
	bound                       // stanzas flow
	closing                     // our end of the stream is closed
	closed                      // so is the connection
)

// NewMachine returns the Machine for one login of cfg, which it keeps.
func NewMachine(cfg *Config, app Handler) (*Machine, error) {
	cfg, err := cfg.ready()
	if err != nil {
		return nil, err
	}
	m := &Machine{cfg: cfg, app: app, login: new(login), ids: newIDs(), known: cfg.Known}
	if cfg.Archive != nil {
		m.archive = &archive{place: cfg.Archive.ID}
		m.askAgain()
	}
	return m, nil
}

// Address returns the full JID, the zero JID before the login is done.
func (m *Machine) Address() jid.JID { return m.address }

// Bound reports whether stanzas may be sent.
func (m *Machine) Bound() bool { return m.state == bound }

// Err returns why the stream ends, nil while it does not.
func (m *Machine) Err() error { return m.err }

// Known returns what the next login is to have as Config.Known, once the login is done. Until then it is that of this one.
func (m *Machine) Known() *Known { return m.known }

// Step implements stream.Machine.
func (m *Machine) Step(in *stream.Input, out *stream.Output) {
	switch in.Kind {
	case stream.Opened:
		m.link = in.Peer.Link
		m.login.security = in.Security
		m.openStream(out)
	case stream.Secured:
		m.login.security = in.Security
		m.openStream(out)
	case stream.Compressed:
		m.openStream(out)
	case stream.Header:
		m.header(in.Element, out)
	case stream.Element:
		m.element(in, out)
	case stream.Result:
		m.authResult(in.Result, out)
	case stream.Tick:
		m.askIdle(out)
	case stream.Delivery:
		m.deliver(in, out)
	case stream.Footer:
		m.footer(out)
	case stream.Malformed:
		m.malformed(in.Err, out)
	case stream.Shutdown:
		m.Close(out)
	case stream.Closed:
		m.gone(in.Err)
	}
}

// element is a first-level element.
func (m *Machine) element(in *stream.Input, out *stream.Output) {
	e := in.Element
	if e.Is(atom.NSStreams, atom.Error) {
		m.fail(out, streamError(e))
		return
	}
	if m.isIDs(e) {
		return
	}
	switch m.state {
	case negotiating:
		m.features(in, out)
	case startingTLS:
		m.tlsAnswer(e, out)
	case authenticating:
		m.authAnswer(in, out)
	case compressing:
		m.compressAnswer(e, out)
	case resuming:
		m.resumeAnswer(in, out)
	case binding:
		m.bindAnswer(in, out)
	case enabling:
		m.enableAnswer(in, out)
	case bound, closing:
		m.receive(in, out)
	case closed:
	default:
		m.protocolError(out, e)
	}
}

// deliver sends what another goroutine posted.
func (m *Machine) deliver(in *stream.Input, out *stream.Output) {
	if m.state == bound && in.Mail.Frame != nil {
		out.SendFrame(in.Mail.Frame)
		m.sentFrame(in.Now, out, in.Mail.Frame)
	}
}

// Send sends a stanza, or any other first-level element, of which it keeps nothing but the id and, with Config.Resume, a copy. Before the login and after the end it does nothing and returns an error.
func (m *Machine) Send(now time.Time, out *stream.Output, e codec.Element) error {
	if m.state != bound {
		return m.unsendable()
	}
	out.Send(e)
	if isStanza(e) {
		m.sent(now, out, e)
	}
	return nil
}

func (m *Machine) unsendable() error {
	switch {
	case m.err != nil:
		return m.err
	case m.state < bound:
		return errNotBound
	}
	return ErrClosed
}

func isStanza(e codec.Element) bool {
	switch e.Name() {
	case atom.Message, atom.Presence, atom.IQ:
		return e.NS() == atom.NSClient
	}
	return false
}
