package c2s

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strconv"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/sasl"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// bindingTypes are the channel bindings that we know (XEP-0440 §3), the better first.
var bindingTypes = []string{"noise-handshake", "tls-exporter", "tls-server-end-point"}

// config returns what SASL has to know of the connection.
func (s *Session) saslConfig() sasl.ServerConfig {
	cfg := sasl.ServerConfig{Host: s.host.Domain, Allowed: s.host.Mechanisms, Hashes: s.login.hashes, TLS: s.login.security != nil, Secret: s.host.Secret()}
	if cfg.TLS && s.login.security.Bindings != nil {
		for _, t := range bindingTypes {
			if data := s.login.security.Bindings(t); data != nil {
				cfg.ChannelBindings = append(cfg.ChannelBindings, sasl.ChannelBinding{Type: t, Data: data})
			}
		}
	}
	return cfg
}

// addMechanisms adds the features of SASL, SASL2 and their channel bindings (RFC 6120 §6.3.3, XEP-0388 §2.1, XEP-0440 §2).
func (s *Session) addMechanisms(b *codec.Builder) {
	cfg := s.saslConfig()
	names := sasl.Mechanisms(cfg)
	if len(names) == 0 {
		return // the schemas of both forms want one at least
	}
	b.Start(atom.NSSASL, atom.Mechanisms)
	for _, name := range names {
		b.Start(atom.NSSASL, atom.Mechanism).Text(name).End()
	}
	b.End()
	if cfg.TLS {
		addSASL2(b, cfg, names, s.srv.Streams != nil)
	}
	if types := sasl.AnnouncedBindings(cfg); len(types) > 0 {
		b.Start(atom.NSSASLCB, atom.SASLChannelBinding)
		for _, t := range types {
			b.Start(atom.NSSASLCB, atom.ChannelBinding).Attr(atom.Type, t).End()
		}
		b.End()
	}
}

// sasl takes an element of a login: by SASL as in RFC 6120 §6, or by SASL2 (XEP-0388). A stream may try both, but one exchange is in one of them.
func (s *Session) sasl(e codec.Element, now time.Time, out *stream.Output) {
	if s.login.exchange != nil && e.NS() != s.login.profile {
		s.fail(out, atom.PolicyViolation, "a login begun in one form of SASL goes on in the other")
		return
	}
	s.login.profile = e.NS()
	sasl2 := e.NS() == atom.NSSASL2
	switch {
	case e.Name() == atom.Abort:
		s.saslFailure(sasl.Aborted, out)
	case s.login.security == nil && (sasl2 || !s.srv.Plaintext): // XEP-0388 §3: never without TLS
		s.login.failures++ // whatever it was, it should not have been sent in the clear
		s.saslFailure(sasl.EncryptionRequired, out)
	case e.Name() == atom.Auth && !sasl2:
		s.auth(e, now, out)
	case e.Name() == atom.Authenticate && sasl2:
		s.authenticate(e, now, out)
	case e.Name() == atom.Response && s.login.exchange != nil:
		s.exchange(e, now, out)
	case s.login.exchange == nil && s.login.request != nil:
		s.task(e, now, out)
	default:
		s.saslFailure(sasl.MalformedRequest, out)
	}
}

// auth begins a SASL exchange (RFC 6120 §6.4.2).
func (s *Session) auth(e codec.Element, now time.Time, out *stream.Output) {
	server, err := sasl.NewServer(string(e.Attr(atom.Mechanism)), s.saslConfig())
	if err != nil {
		s.saslError(err, out)
		return
	}
	s.login.exchange, s.login.mechanism = server, string(e.Attr(atom.Mechanism))
	s.exchange(e, now, out)
}

// authResult is the outcome of one step of a SASL exchange.
type authResult struct {
	challenge   []byte
	state       sasl.State
	account     jid.JID
	credentials []byte // that the exchange goes by, once it has looked them up; nil before
	device      string
	token       *host.TokenUse // that the client has logged in with
	err         error
}

// exchange takes one step of the SASL exchange: in a job, for it looks up the account and may compute keys.
func (s *Session) exchange(e codec.Element, now time.Time, out *stream.Output) {
	message, err := decodeMessage(e)
	if err != nil {
		s.saslFailure(sasl.IncorrectEncoding, out)
		return
	}
	x := exchange{s.host, s.login.exchange, s.login.security, s.login.credentials, s.login.request, jid.JID{}}
	if s.login.request != nil || s.login.hashes.Partial() {
		x.claimed = s.login.claimed
	}
	out.Do(func() any { return x.step(message, now) })
}

// exchange is a SASL exchange, for a job.
type exchange struct {
	host        *host.Host
	server      *sasl.Server
	security    *stream.Security
	credentials []byte
	request     *request // of SASL2, nil for SASL; it is not changed while the job runs
	claimed     jid.JID  // who the client has to be, in SASL2 or when he was offered less than others; without a localpart: anybody
}

// step takes the client's next message. It looks up the account when that is named; and when all is done, whether it is still the same.
func (x exchange) step(message []byte, now time.Time) (r authResult) {
	r.credentials = x.credentials
	r.challenge, r.state, r.err = x.server.Step(message)
	if r.state == sasl.NeedCredentials {
		if r.err = x.check(x.server.Account()); r.err == nil {
			r.credentials, r.err = x.lookUp()
		}
		if r.err == nil {
			r.challenge, r.state, r.err = x.server.Step(nil)
		}
	}
	if r.err == nil && r.state == sasl.Done {
		r.account = x.server.Account()
		if x.byToken() {
			r.token, r.err = x.checkToken(now)
		}
		if r.err == nil {
			r.device, r.err = x.admit(r.account, r.credentials, now)
		}
	}
	return r
}

// check reports whether the account is who the stream's header has named (XEP-0388 §2.3, §4.4). It comes before the client proves anything: who has put another
// name into the header on the way may have got the client an offer that is made for that one, with weaker mechanisms, which XEP-0474 does not notice.
func (x exchange) check(account jid.JID) error {
	if x.claimed.Local() != "" && x.claimed != account {
		return errOther
	}
	return nil
}

var errOther = &sasl.Error{Condition: sasl.InvalidAuthzID, Reason: "the stream's 'from' is another account"}

// lookUp gives the exchange the credentials of the account that it names.
func (x exchange) lookUp() (stored []byte, err error) {
	a, ok, err := x.host.Account(x.server.Account())
	if err != nil {
		return nil, err
	}
	if x.byToken() {
		tokens, err := x.host.Tokens(x.server.Account(), a.Credentials, x.request.agent.ID, x.request.mechanism)
		if err != nil {
			return nil, err
		}
		x.server.SetTokens(tokens)
		return append([]byte{}, a.Credentials...), nil
	}
	var c sasl.Credentials
	if ok {
		if err := c.UnmarshalBinary(a.Credentials); err != nil {
			return nil, err
		}
	}
	x.server.SetCredentials(c, ok)
	return append([]byte{}, a.Credentials...), nil // not nil
}

// admit lets the client in whose exchange has succeeded, unless the account was changed meanwhile or is disabled, and registers its device. Who has only
// a token registers none, for the key would outlive it; one that is registered names the device all the same.
func (x exchange) admit(account jid.JID, credentials []byte, now time.Time) (device string, err error) {
	hasKey := x.security != nil && x.security.PeerKey != nil
	if hasKey && !x.byToken() {
		device, err = x.host.AddDevice(account, credentials, x.security.PeerKey, now)
		if errors.Is(err, host.ErrChanged) {
			err = errDisabled
		}
		return device, err
	}
	ok, err := x.host.Holds(account, credentials)
	if err == nil && !ok {
		err = errDisabled
	}
	if err == nil && hasKey {
		var owner jid.JID
		if owner, device, _, err = x.host.DeviceByKey(x.security.PeerKey); owner != account {
			device = ""
		}
	}
	return device, err
}

// byToken reports whether the client logs in with a token.
func (x exchange) byToken() bool { return x.request != nil && x.request.token != nil }

var errDisabled = &sasl.Error{Condition: sasl.AccountDisabled, Reason: "the account is disabled, or was changed during the login"}

// authenticated takes the outcome of a step.
func (s *Session) authenticated(r authResult, now time.Time, out *stream.Output) {
	switch {
	case r.err != nil:
		if r.credentials != nil {
			s.login.failures++ // before that, nothing was tried that could succeed by guessing
		}
		s.saslError(r.err, out)
	case r.state == sasl.Done && s.login.request != nil:
		s.admitted(r, now, out)
	case r.state == sasl.Done:
		out.Send(out.Build().Start(atom.NSSASL, atom.Success).TextBytes(encodeMessage(r.challenge)).Element())
		out.Restart()
		s.loggedIn(r, out)
		s.becomeAuthenticated(r.account, r.device, out)
	default:
		s.login.credentials = r.credentials
		s.challenge(r.challenge, out)
	}
}

// challenge sends the server's next message. SASL2 has no special form for an empty one (XEP-0388 §2.2).
func (s *Session) challenge(data []byte, out *stream.Output) {
	text := encodeMessage(data)
	if s.login.request != nil && len(data) == 0 {
		text = nil
	}
	out.Send(out.Build().Start(s.login.profile, atom.Challenge).TextBytes(text).Element())
}

// loggedIn notes what the login rests on.
func (s *Session) loggedIn(r authResult, out *stream.Output) {
	h := s.host
	out.CountLogin(s.login.mechanism, "ok")
	s.login.holds = func() (bool, error) { return h.Holds(r.account, r.credentials) }
	if r.token != nil {
		agent := s.login.request.agent.ID
		s.login.holds = func() (bool, error) { return h.HoldsAgent(r.account, r.credentials, agent) }
	}
	s.login.exchange, s.login.credentials = nil, nil
}

// becomeAuthenticated notes who the client is: a new header is next (RFC 6120 §6.4.6).
func (s *Session) becomeAuthenticated(account jid.JID, device string, out *stream.Output) {
	s.state = authenticated
	out.SetLimits(limits(s.host))
	s.becomeKnown(account, device)
}

// becomeKnown notes who the client is, in any way of logging in.
func (s *Session) becomeKnown(account jid.JID, device string) {
	s.me.JID, s.me.Device = account, device
	s.srv.Log.Debug("authenticated", "cid", s.peer.ID, "jid", account.String(), "device", device)
}

// saslError answers a failed exchange; what is no fault of the client is logged.
func (s *Session) saslError(err error, out *stream.Output) {
	var failure *sasl.Error
	if !errors.As(err, &failure) {
		s.srv.Log.Error("login failed", "cid", s.peer.ID, "err", err)
		failure = &sasl.Error{Condition: sasl.TemporaryAuthFailure}
	}
	s.srv.Log.Debug("login refused", "cid", s.peer.ID, "peer", s.peer.Address, "reason", failure.Reason)
	s.saslFailure(failure.Condition, out)
}

// saslFailure answers a failed exchange (RFC 6120 §6.4.5). After some of them the stream ends.
func (s *Session) saslFailure(c sasl.Condition, out *stream.Output) {
	out.CountLogin(s.login.mechanism, string(c))
	s.login.mechanism = ""
	s.login.exchange, s.login.credentials, s.login.request = nil, nil, nil // and nothing of what was asked for is done (XEP-0388 §2.6.2)
	b := out.Build().Start(s.login.profile, atom.Failure)
	out.Send(b.Start(atom.NSSASL, atom.Lookup(string(c))).Element())
	s.countFailures(out)
}

// countFailures ends a stream with too many failed logins, in whatever form of SASL.
func (s *Session) countFailures(out *stream.Output) {
	if s.login.failures >= s.maxFailures() {
		s.fail(out, atom.PolicyViolation, "too many failed logins")
	}
}

// maxFailures is how many failed logins, or resumptions, end the stream.
func (s *Session) maxFailures() int {
	if limit := s.host.MaxAuthFailures; limit != 0 {
		return limit
	}
	return 3
}

// decodeMessage returns the SASL message of <auth/> or <response/>: nil when there is none, empty for "=" (RFC 6120 §6.4.2). In SASL2 an element without
// text is an empty message, and <authenticate/> has its message in a child, or none (XEP-0388 §2.2, §2.3).
func decodeMessage(e codec.Element) ([]byte, error) {
	sasl2 := e.NS() == atom.NSSASL2
	if sasl2 && e.Name() == atom.Authenticate {
		if e = e.Child(atom.NSSASL2, atom.InitialResponse); e.IsZero() {
			return nil, nil
		}
	}
	text := e.Text()
	switch {
	case len(text) == 0 && e.Is(atom.NSSASL, atom.Auth):
		return nil, nil
	case string(text) == "=" && !sasl2, len(text) == 0:
		return []byte{}, nil
	case bytes.ContainsAny(text, "\r\n"):
		return nil, base64.CorruptInputError(0) // which encoding/base64 would skip (RFC 4648 §3.1)
	}
	return base64.StdEncoding.Strict().AppendDecode(nil, text)
}

// encodeMessage is the inverse: empty data is "=" , none is nothing (RFC 6120 §6.4.6).
func encodeMessage(data []byte) []byte {
	switch {
	case data == nil:
		return nil
	case len(data) == 0:
		return []byte("=")
	}
	return base64.StdEncoding.AppendEncode(nil, data)
}

func decimal(n int) string { return strconv.Itoa(n) }
