package c2s

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// header takes the client's stream header and answers with ours and the features (RFC 6120 §4.3, §4.7).
func (s *Session) header(e codec.Element, out *stream.Output) {
	if s.state != connected && s.state != authenticated {
		s.fail(out, atom.BadFormat, "a second stream header")
		return
	}
	if condition := s.checkHeader(e); condition != atom.Unknown {
		s.fail(out, condition, "")
		return
	}
	h := s.srv.Hosts.Find(e.Attr(atom.To))
	switch {
	case h == nil || s.host != nil && h != s.host:
		s.fail(out, atom.HostUnknown, "") // §4.9.3.6; another host than before is no better known
	case !versionOne(e.Attr(atom.Version)):
		s.host = h
		s.fail(out, atom.UnsupportedVersion, "XMPP 1.0 is needed")
	default:
		s.host = h
		s.open(e, out)
	}
}

// open answers a good header.
func (s *Session) open(e codec.Element, out *stream.Output) {
	if s.state == connected && s.login.proven() {
		s.checkKey(e.Lang(), out)
		return
	}
	s.answer(string(e.Lang()), out)
}

// answer sends our header and the features of the state that follows.
func (s *Session) answer(lang string, out *stream.Output) {
	s.sendHeader(out, s.domain(), lang)
	if s.state == authenticated {
		s.state = binding
		s.bindFeatures(out)
		return
	}
	s.state = negotiating
	s.loginFeatures(out)
}

// sendHeader sends our stream header (RFC 6120 §4.7).
func (s *Session) sendHeader(out *stream.Output, from, lang string) {
	b := out.Build().Start(atom.NSStreams, atom.Stream).Attr(atom.ID, host.NewID())
	if from != "" {
		b.Attr(atom.From, from)
	}
	if lang == "" {
		lang = "en" // §4.7.4
	}
	out.SendHeader(b.Attr(atom.Version, "1.0").Lang(lang).Element())
}

func (s *Session) domain() string {
	if s.host == nil {
		return ""
	}
	return s.host.Domain.String()
}

// versionOne reports whether the version is 1.x or later (RFC 6120 §4.7.5): without one the peer speaks a protocol older than the RFC.
func versionOne(v []byte) bool {
	return len(v) >= 3 && v[0] >= '1' && v[0] <= '9'
}

// loginFeatures offers STARTTLS and SASL, as far as the connection allows (RFC 6120 §5.3.1, §6.3.3).
func (s *Session) loginFeatures(out *stream.Output) {
	b := out.Build().Start(atom.NSStreams, atom.Features)
	secure := s.login.security != nil
	if !secure && s.srv.StartTLS {
		b.Start(atom.NSTLS, atom.StartTLS)
		if !s.srv.Plaintext {
			b.Start(atom.NSTLS, atom.Required).End()
		}
		b.End()
	}
	if secure || s.srv.Plaintext {
		s.addMechanisms(b)
	}
	out.Send(b.Element())
}

// bindFeatures offers what follows the login (RFC 6120 §7.2).
func (s *Session) bindFeatures(out *stream.Output) {
	b := out.Build().Start(atom.NSStreams, atom.Features)
	b.Start(atom.NSBind, atom.Bind).Start(atom.NSBind, atom.Required).End().End()
	b.Start(atom.NSSession, atom.Session).Start(atom.NSSession, atom.Optional).End().End() // RFC 3921 §3, for clients of its time
	b.Start(atom.NSSM, atom.SM).End()
	b.Start(atom.NSRosterVer, atom.Ver).End()   // RFC 6121 §2.6
	b.Start(atom.NSPreApproval, atom.Sub).End() // RFC 6121 §3.4
	b.Start(atom.NSLimits, atom.Limits)         // XEP-0478 §3.1
	b.Start(atom.NSLimits, atom.MaxBytes).Text(decimal(limits(s.host).Bytes)).End()
	b.End()
	out.Send(b.Element())
}

// checkHeader returns the stream error that the header deserves. On the link the namespaces are implied.
func (s *Session) checkHeader(e codec.Element) atom.Atom {
	if s.peer.Link && e.Is(atom.NSStreams, atom.Stream) {
		return atom.Unknown
	}
	return stream.CheckHeader(e, atom.NSClient)
}
