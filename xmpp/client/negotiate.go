package client

import (
	"fmt"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/sasl"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// login is what a Machine needs until it is bound.
type login struct {
	security  *stream.Security // nil while the stream is insecure
	sasl      *sasl.Client     // while authenticating
	profile   atom.Atom        // the namespace of that
	mechanism string           // that the password is used with
	sasl2     sasl2            // of a login by SASL2
	bindID    string
	asksAcks  bool // behind the request for a resource
	done      bool // the server knows who we are
	offersSM  bool
	rest      sentQueue // of the stream before, to be sent again
	asked     bool      // for compression
	flight    flight
}

// openStream opens the stream, and begins to log in if it can.
func (m *Machine) openStream(out *stream.Output) {
	if !m.login.flight.said {
		m.sendHeader(out)
		m.pipeline(out)
	}
	m.becomeOpening()
}

// sendHeader opens the stream (RFC 6120 §4.2, §4.7). Nothing is said of who we are before the stream is secure (§4.7.1).
func (m *Machine) sendHeader(out *stream.Output) {
	b := out.Build().Start(atom.NSStreams, atom.Stream)
	if m.login.security != nil {
		b.Attr(atom.From, m.cfg.JID.String())
	}
	b.Attr(atom.To, m.cfg.JID.Domain()).Attr(atom.Version, "1.0").Lang(m.cfg.Lang)
	out.SendHeader(b.Element())
}

// header is the server's stream header.
func (m *Machine) header(e codec.Element, out *stream.Output) {
	condition := atom.Unknown
	if !m.link { // there the namespaces are implied
		condition = stream.CheckHeader(e, atom.NSClient)
	}
	switch version := e.Attr(atom.Version); {
	case m.state == closing || m.state == closed:
	case m.state != opening:
		m.protocolError(out, e)
	case condition != atom.Unknown:
		m.complain(out, condition, fmt.Errorf("%w: its header is none of ours", ErrProtocol))
	case len(version) < 2 || version[0] == '0' && version[1] == '.': // RFC 6120 §4.7.5: below 1.0 there are no features
		m.complain(out, atom.UnsupportedVersion, fmt.Errorf("%w: the stream has version %q", ErrProtocol, version))
	default:
		m.becomeNegotiating()
	}
}

// features are the stream features (RFC 6120 §4.3.2): the next step of the negotiation follows from them.
func (m *Machine) features(in *stream.Input, out *stream.Output) {
	e := in.Element
	if !e.Is(atom.NSStreams, atom.Features) {
		m.protocolError(out, e)
		return
	}
	startTLS := e.Child(atom.NSTLS, atom.StartTLS)
	switch {
	case m.login.security == nil && m.cfg.Mode == StartTLS:
		m.startTLS(startTLS, out)
	case m.login.security == nil && !startTLS.Child(atom.NSTLS, atom.Required).IsZero():
		m.fail(out, ErrNeedsTLS)
	case !m.login.done && !m.provenTo(e):
		m.authenticate(e, out)
	case m.login.sasl2.bound:
		m.afterBind(!e.Child(atom.NSSM, atom.SM).IsZero(), in.Now, out)
	case e.Child(atom.NSBind, atom.Bind).IsZero():
		m.fail(out, ErrNoBind)
	default:
		m.login.offersSM = !e.Child(atom.NSSM, atom.SM).IsZero()
		if m.offersCompression(e) {
			m.compress(out)
		} else {
			m.takeUp(out)
		}
	}
}

// provenTo reports whether the server knows us by the key of our link: it then offers binding at once, and no SASL.
func (m *Machine) provenTo(features codec.Element) bool {
	s := m.login.security
	return m.link && s != nil && s.Proven &&
		features.Child(atom.NSSASL, atom.Mechanisms).IsZero() && !features.Child(atom.NSBind, atom.Bind).IsZero()
}

// startTLS asks for TLS (RFC 6120 §5.4.2.1). A server that offers none may be one whose offer was taken away: it is not talked to.
func (m *Machine) startTLS(offer codec.Element, out *stream.Output) {
	if offer.IsZero() {
		m.fail(out, ErrNoTLS)
		return
	}
	out.Send(out.Build().Start(atom.NSTLS, atom.StartTLS).Element())
	m.becomeStartingTLS()
}

// tlsAnswer is <proceed/> or <failure/> (RFC 6120 §5.4.2).
func (m *Machine) tlsAnswer(e codec.Element, out *stream.Output) {
	switch {
	case e.Is(atom.NSTLS, atom.Proceed):
		out.Restart()
		out.StartTLS()
		m.becomeSecuring()
	case e.Is(atom.NSTLS, atom.Failure):
		m.fail(out, ErrTLSFailed)
	default:
		m.protocolError(out, e)
	}
}

// bind asks for a resource (RFC 6120 §7), if that has not been done.
func (m *Machine) bind(out *stream.Output) {
	if m.login.bindID == "" {
		m.askBind(m.login.offersSM, out)
	}
	m.becomeBinding()
}

// askBind writes the request for a resource. On the link the one for acks follows at once: there the server takes what is sent to it in turn.
func (m *Machine) askBind(offersSM bool, out *stream.Output) {
	m.login.bindID = m.ids.next()
	b := out.Build().Start(atom.NSClient, atom.IQ).Attr(atom.ID, m.login.bindID).Attr(atom.Type, "set")
	b.Start(atom.NSBind, atom.Bind)
	if m.cfg.Resource != "" {
		b.Start(atom.NSBind, atom.Resource).Text(m.cfg.Resource).End()
	}
	out.Send(b.Element())
	if m.login.asksAcks = m.link && m.cfg.SM && offersSM; m.login.asksAcks {
		m.sendEnable(out)
	}
}

// bindAnswer is the server's word on the resource.
func (m *Machine) bindAnswer(in *stream.Input, out *stream.Output) {
	e := in.Element
	if e.Name() != atom.IQ || string(e.Attr(atom.ID)) != m.login.bindID {
		m.protocolError(out, e)
		return
	}
	if string(e.Attr(atom.Type)) == "error" {
		m.fail(out, fmt.Errorf("binding the resource: %w", stanzaError(e)))
		return
	}
	address, err := jid.ParseBytes(e.Child(atom.NSBind, atom.Bind).Child(atom.NSBind, atom.JID).Text())
	if err != nil || address.Resource() == "" {
		m.fail(out, fmt.Errorf("%w: binding gave no full JID", ErrProtocol))
		return
	}
	m.address = address
	m.afterBind(m.login.offersSM || m.login.asksAcks, in.Now, out)
}

// afterBind turns acks on, if they are wanted, offered and not on, which ends the login.
func (m *Machine) afterBind(offersSM bool, now time.Time, out *stream.Output) {
	if m.cfg.SM && offersSM && !m.acks.on {
		m.enable(out)
		return
	}
	m.becomeBound(now, out)
}

// enable turns acks on (XEP-0198 §3): our stanzas count from here on, the server's from its answer.
func (m *Machine) enable(out *stream.Output) {
	if !m.login.asksAcks {
		m.sendEnable(out)
	}
	m.acks.on = true
	m.acks.unacked.keep = m.cfg.Resume
	m.becomeEnabling()
}

func (m *Machine) sendEnable(out *stream.Output) {
	b := out.Build()
	m.addEnable(b)
	out.Send(b.Element())
}

func (m *Machine) addEnable(b *codec.Builder) {
	b.Start(atom.NSSM, atom.Enable)
	if m.cfg.Resume {
		b.Attr(atom.Resume, "true")
		if seconds := m.cfg.ResumeFor / time.Second; seconds > 0 {
			b.AttrUint(atom.Max, uint64(seconds))
		}
	}
	b.End()
}

// enableAnswer is <enabled/> or <failed/>. Without acks we go on (XEP-0198 §6: recoverable).
func (m *Machine) enableAnswer(in *stream.Input, out *stream.Output) {
	switch e := in.Element; {
	case e.Is(atom.NSSM, atom.Enabled):
		m.acks.received = 0
		m.enabled(e)
		m.becomeBound(in.Now, out)
	case e.Is(atom.NSSM, atom.Failed):
		m.acks = acks{}
		m.becomeBound(in.Now, out)
	case isStanza(e): // sent before the server read our request
		m.receive(in, out)
	default:
		m.protocolError(out, e)
	}
}

// enabled notes how the stream can be resumed, if the server allows it (XEP-0198 §5).
func (m *Machine) enabled(e codec.Element) {
	if isTrue(e.Attr(atom.Resume)) {
		m.resume.id, m.resume.location = string(e.Attr(atom.ID)), string(e.Attr(atom.Location))
	}
}

func (m *Machine) becomeOpening()        { m.state = opening }
func (m *Machine) becomeNegotiating()    { m.state = negotiating }
func (m *Machine) becomeStartingTLS()    { m.state = startingTLS }
func (m *Machine) becomeSecuring()       { m.state = securing }
func (m *Machine) becomeAuthenticating() { m.state = authenticating }
func (m *Machine) becomeResuming()       { m.state = resuming }
func (m *Machine) becomeBinding()        { m.state = binding }
func (m *Machine) becomeEnabling()       { m.state = enabling }

// becomeBound ends the login.
func (m *Machine) becomeBound(now time.Time, out *stream.Output) {
	rest, flight := m.login.rest, m.login.flight
	m.state = bound
	m.login = nil
	m.app.Bound(m.address)
	if rest.n > 0 || m.resume.resumed {
		m.sendRest(now, out, &rest)
	}
	mark := len(out.Buf)
	if m.beginArchive(now, out); flight.anew {
		out.Buf = out.Buf[:mark] // it was said with the first flight, in the same words
	}
}
