package c2s

import (
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/sasl"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// login is what a session needs until it is bound.
type login struct {
	security *stream.Security // nil: the transport is not secure
	exchange *sasl.Server     // the SASL exchange in progress
	profile  atom.Atom        // NSSASL or NSSASL2: what the client has used last
	// mechanism is that of the exchange, until its end: one of ours.
	mechanism string
	request   *request // in a login by SASL2: what the client wants with it
	failures  int
	version   string // of the features that were offered, see pipeline.go
	// credentials are those that the exchange goes by, from the look-up on.
	credentials []byte
	// holds reports whether what the client has logged in by is still good: the account's credentials, or its device's key. It is slow.
	holds      func() (bool, error)
	compressed bool
	flight     flight      // what the client has sent behind its <resume/>
	hashes     sasl.Hashes // that the offer was made for, see upgrade.go
	claimed    jid.JID     // bare: who the client has said it is in its header
}

// claim notes the 'from' of the client's header: ours has it in 'to' (RFC 6120 §4.7.2). It proves nothing.
func (l *login) claim(from []byte) {
	j, _ := jid.ParseBytes(from)
	l.claimed = j.Bare()
}

// proven reports whether the handshake of the link has shown that the client holds a key that may be registered.
func (l *login) proven() bool { return l.security != nil && l.security.Proven }

// negotiate takes what a client may say before it has logged in.
func (s *Session) negotiate(e codec.Element, now time.Time, out *stream.Output) {
	switch {
	case s.login.request != nil && e.NS() != atom.NSSASL2:
		s.fail(out, atom.PolicyViolation, "nothing else may be sent during a login") // XEP-0388 §2.4
	case e.Is(atom.NSTLS, atom.StartTLS):
		s.startTLS(out)
	case e.NS() == atom.NSSASL, e.NS() == atom.NSSASL2:
		s.sasl(e, now, out)
	case e.Is(atom.NSSM, atom.Enable), e.Is(atom.NSSM, atom.Resume):
		s.sendFailed(atom.UnexpectedRequest, out) // XEP-0198 §3
	case e.Is(atom.NSCompress, atom.Compress):
		s.compressFailed(atom.SetupFailed, out) // before authentication it costs too much (XEP-0170 §2.2)
	default:
		condition := stream.CheckFirstLevel(e, atom.NSClient)
		if condition == atom.Unknown {
			condition = atom.NotAuthorized // RFC 6120 §4.9.3.12
		}
		s.fail(out, condition, "")
	}
}

// startTLS secures the stream (RFC 6120 §5.4.2).
func (s *Session) startTLS(out *stream.Output) {
	if s.login.security != nil || !s.srv.StartTLS {
		out.Send(out.Build().Start(atom.NSTLS, atom.Failure).Element()) // §5.4.2.2
		s.becomeClosed(out)
		return
	}
	out.Send(out.Build().Start(atom.NSTLS, atom.Proceed).Element())
	s.state = connected // §5.4.3.3: the client begins anew, and nothing of before is known
	s.host, s.login.exchange, s.login.credentials, s.login.claimed, s.login.hashes = nil, nil, nil, jid.JID{}, 0
	out.Restart()
	out.StartTLS()
}

// keyResult is what is known of a key of the link.
type keyResult struct {
	account jid.JID
	device  string
	ok      bool
	err     error
}

// checkKey looks up the account of the client's key, in a job.
func (s *Session) checkKey(now time.Time, out *stream.Output) {
	h, key := s.host, s.login.security.PeerKey
	out.Do(func() any {
		var r keyResult
		r.account, r.device, r.ok, r.err = h.KeyLogin(key, now)
		return r
	})
}

// keyChecked goes on after checkKey: a known key is the login; with an unknown one the client has to log in by SASL.
func (s *Session) keyChecked(r keyResult, out *stream.Output) {
	if r.err != nil {
		s.srv.Log.Error("looking up a device failed", "cid", s.peer.ID, "err", r.err)
	}
	if claimed := s.login.claimed; r.ok && (claimed.Local() == "" || claimed == r.account) { // the header may want another account than the key is for
		h, key := s.host, s.login.security.PeerKey
		s.login.holds = func() (bool, error) {
			account, _, ok, err := h.DeviceByKey(key)
			return ok && account == r.account, err
		}
		out.CountLogin("key", "ok")
		s.becomeAuthenticated(r.account, r.device, out)
	}
	s.checkOffer(out)
}
