package c2s

import (
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// header takes the client's stream header and answers with ours and the features (RFC 6120 §4.3, §4.7).
func (s *Session) header(e codec.Element, now time.Time, out *stream.Output) {
	if s.state != connected && s.state != authenticated {
		s.fail(out, atom.BadFormat, "a second stream header")
		return
	}
	h := s.srv.Hosts.Find(s.wanted(e))
	if s.host == nil {
		s.host = h // an error is said in its name, too
	}
	s.login.claim(e.Attr(atom.From))
	claimed := s.login.claimed
	condition := s.checkHeader(e)
	switch {
	case condition != atom.Unknown:
		s.fail(out, condition, "")
	case h == nil || h != s.host:
		s.fail(out, atom.HostUnknown, "") // §4.9.3.6; another host than before is no better known
	case !claimed.IsZero() && claimed.Domain() != h.Domain.Domain():
		s.fail(out, atom.InvalidFrom, "the 'from' of the stream is of another domain") // XEP-0388 §2.1
	case s.state == authenticated && claimed.Local() != "" && claimed != s.me.JID.Bare():
		s.fail(out, atom.InvalidFrom, "the 'from' of the stream is not who has logged in") // RFC 6120 §4.9.3.9
	case !versionOne(e.Attr(atom.Version)):
		s.fail(out, atom.UnsupportedVersion, "XMPP 1.0 is needed")
	default:
		s.open(now, out)
	}
}

// wanted returns the domain that the client wants. Clients of RFC 3920 may leave it out (RFC 6120 §4.7.2): then TLS may have told it.
func (s *Session) wanted(e codec.Element) []byte {
	if to := e.Attr(atom.To); to != nil || s.login.security == nil {
		return to
	}
	return []byte(s.login.security.ServerName)
}

// open answers a good header.
func (s *Session) open(now time.Time, out *stream.Output) {
	if s.state == connected && s.login.proven() {
		s.checkKey(now, out)
		return
	}
	s.checkOffer(out)
}

// newStreamID returns the id of a stream (RFC 6120 §4.7.3). On the link, where nothing is derived from it and bytes count, it has 48 bits, which pack well.
func (s *Session) newStreamID() string {
	if !s.peer.Link {
		return host.NewID()
	}
	var b [6]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// answer sends our header and the features of the state that follows.
func (s *Session) answer(out *stream.Output) {
	s.sendHeader(out)
	if s.state == authenticated {
		s.becomeBinding(out)
		return
	}
	s.state = negotiating
	s.loginFeatures(out)
}

// becomeBinding offers what follows the login.
func (s *Session) becomeBinding(out *stream.Output) {
	s.state = binding
	s.login.request = nil
	s.bindFeatures(out)
}

// sendHeader sends our stream header (RFC 6120 §4.7). Its 'from' is empty when the client's host is unknown (§4.9.1.3), its language
// ours, which is all that we speak (§4.7.4).
func (s *Session) sendHeader(out *stream.Output) {
	b := out.Build().Start(atom.NSStreams, atom.Stream).Attr(atom.ID, s.newStreamID()).Attr(atom.From, s.domain())
	if claimed := s.login.claimed; !claimed.IsZero() {
		b.Attr(atom.To, claimed.String())
	}
	out.SendHeader(b.Attr(atom.Version, "1.0").Lang("en").Element())
}

func (s *Session) domain() string {
	if s.host == nil {
		return ""
	}
	return s.host.Domain.String()
}

// versionOne reports whether the version is 1.0 or later (RFC 6120 §4.7.5): without one the peer speaks a protocol older than the RFC.
func versionOne(v []byte) bool {
	major, minor, _ := strings.Cut(string(v), ".")
	m, err := strconv.ParseUint(major, 10, 16)
	if err != nil || m < 1 {
		return false
	}
	_, err = strconv.ParseUint(minor, 10, 16)
	return err == nil
}

// loginFeatures offers STARTTLS and SASL, as far as the connection allows (RFC 6120 §5.3.1, §6.3.3).
func (s *Session) loginFeatures(out *stream.Output) {
	b := out.Build().Start(atom.NSStreams, atom.Features)
	s.addLoginFeatures(b)
	e := b.Element()
	if s.login.security != nil {
		s.login.version = configVersion(out.Encoder, e)
		b = out.Build().Start(atom.NSStreams, atom.Features)
		s.addLoginFeatures(b)
		addConfigVersion(b, s.login.version)
		e = b.Element()
	}
	out.Send(e)
}

func (s *Session) addLoginFeatures(b *codec.Builder) {
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
	addLimits(b, s.srv.strangerLimits().Bytes)
}

// bindFeatures offers what follows the login (RFC 6120 §7.2).
func (s *Session) bindFeatures(out *stream.Output) {
	b := out.Build().Start(atom.NSStreams, atom.Features)
	b.Start(atom.NSBind, atom.Bind).Start(atom.NSBind, atom.Required).End().End()
	b.Start(atom.NSSession, atom.Session).Start(atom.NSSession, atom.Optional).End().End() // RFC 3921 §3, for clients of its time
	s.addCompression(b)
	s.addSessionFeatures(b)
	out.Send(b.Element())
}

// boundFeatures offers what is left when the login has bound a resource (XEP-0388 §2.6.1).
func (s *Session) boundFeatures(out *stream.Output) {
	b := out.Build().Start(atom.NSStreams, atom.Features)
	s.addSessionFeatures(b)
	out.Send(b.Element())
}

// addSessionFeatures adds what a session with a resource may use.
func (s *Session) addSessionFeatures(b *codec.Builder) {
	b.Start(atom.NSSM, atom.SM).End()
	b.StartNS(atom.NSCSI.String(), "csi").End() // XEP-0352 §4.1
	b.Start(atom.NSRosterVer, atom.Ver).End()   // RFC 6121 §2.6
	b.Start(atom.NSPreApproval, atom.Sub).End() // RFC 6121 §3.4
	addLimits(b, limits(s.host).Bytes)
}

// addLimits announces how many bytes an element may have (XEP-0478 §3.1).
func addLimits(b *codec.Builder, bytes int) {
	b.Start(atom.NSLimits, atom.Limits).Start(atom.NSLimits, atom.MaxBytes).Text(decimal(bytes)).End().End()
}

// checkHeader returns the stream error that the header deserves. On the link the namespaces are implied.
func (s *Session) checkHeader(e codec.Element) atom.Atom {
	if s.peer.Link && e.Is(atom.NSStreams, atom.Stream) {
		return atom.Unknown
	}
	return stream.CheckHeader(e, atom.NSClient)
}
