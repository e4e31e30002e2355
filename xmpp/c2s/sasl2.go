package c2s

import (
	"cmp"
	"encoding/base64"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/sasl"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// request is what a client wants with its login by SASL2 (XEP-0388 §2.3). It holds nothing of the element that it was read from.
type request struct {
	agent  host.Agent
	resume *resumption // nil: no stream
	bind   *bind2      // nil: not now
	data   []byte      // what the mechanism has to say with success, nil: nothing
	tasks  tasks       // before success

	token     *host.TokenUse // the client logs in with a token
	mechanism string         // that the token is for
	wantToken string         // the mechanism that it wants a token for, "" for none

	login   host.Login   // what is still to be stored, once the exchange has succeeded
	resumed resumeResult // what became of resume
	given   host.Token   // with that
}

// addSASL2 offers SASL2 and what can come with it (XEP-0388 §2.1), over a secure transport (§3).
func addSASL2(b *codec.Builder, cfg sasl.ServerConfig, names []string, resume bool) {
	b.Start(atom.NSSASL2, atom.Authentication)
	for _, name := range names {
		b.Start(atom.NSSASL2, atom.Mechanism).Text(name).End()
	}
	b.Start(atom.NSSASL2, atom.Inline)
	if resume {
		b.Start(atom.NSSM, atom.SM).End() // XEP-0198 §9.2
	}
	addBind2(b)
	addFAST(b, sasl.TokenMechanisms(cfg))
	b.End()
	addUpgrades(b, sasl.UpgradeTasks(cfg))
	b.End()
}

// authenticate begins a login by SASL2 (XEP-0388 §2.3).
func (s *Session) authenticate(e codec.Element, now time.Time, out *stream.Output) {
	if s.login.exchange != nil || s.login.request != nil {
		s.fail(out, atom.PolicyViolation, "a login is under way") // §2.4, §4.8
		return
	}
	if v := readVersion(e); v != nil && string(v) != s.login.version {
		s.versionMismatch(out)
		return
	}
	q, err := readRequest(e, s.srv.Streams)
	if err != nil {
		s.saslError(err, out)
		return
	}
	cfg := s.saslConfig()
	server, err := q.newExchange(string(e.Attr(atom.Mechanism)), cfg)
	if err != nil {
		s.saslError(err, out)
		return
	}
	if !slices.Contains(sasl.TokenMechanisms(cfg), q.wantToken) {
		q.wantToken = "" // a token that could not be used
	}
	if q.tasks.keep(sasl.UpgradeTasks(cfg)); q.token != nil {
		q.tasks.names = nil // who has only a token brings no keys: they would outlive it
	}
	s.login.exchange, s.login.request, s.login.mechanism = server, q, string(e.Attr(atom.Mechanism))
	s.exchange(e, now, out)
}

// readRequest reads <authenticate/>. What it does not know is ignored.
func readRequest(e codec.Element, ss *Streams) (*request, error) {
	q := new(request)
	for c := range e.Children() {
		switch {
		case c.Is(atom.NSSASL2, atom.UserAgent):
			if err := q.readAgent(c); err != nil {
				return nil, err
			}
		case c.Is(atom.NSSM, atom.Resume):
			resume := readResume(c)
			q.resume = &resume
		case c.Is(atom.NSBind2, atom.Bind):
			q.bind = readBind(c, ss)
		case c.NS() == atom.NSUpgrade && string(c.LocalName()) == "upgrade": // XEP-0480 §2.2
			q.tasks.names = append(q.tasks.names, string(c.Text()))
		case c.NS() == atom.NSFAST:
			if err := q.readFAST(c); err != nil {
				return nil, err
			}
		}
	}
	return q, nil
}

// uuid is the form that a user-agent's id has (XEP-0388 §8).
var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// readAgent reads <user-agent/> (XEP-0388 §2.3).
func (q *request) readAgent(e codec.Element) error {
	q.agent = host.Agent{
		ID:       strings.ToLower(string(e.Attr(atom.ID))),
		Software: short(e.Child(atom.NSSASL2, atom.Software).Text()),
		Device:   short(e.Child(atom.NSSASL2, atom.Device).Text()),
	}
	if q.agent.ID != "" && !uuid.MatchString(q.agent.ID) {
		return &sasl.Error{Condition: sasl.MalformedRequest, Reason: "the id of the user-agent is no UUID"}
	}
	return nil
}

// maxAgentText is how many bytes are kept of what a client says that it is.
const maxAgentText = 128

func short(text []byte) string {
	return strings.ToValidUTF8(string(text[:min(len(text), maxAgentText)]), "")
}

// admitted follows an exchange that has succeeded. The tasks come first, and until they are done nobody has logged in (XEP-0388 §2.6.3).
func (s *Session) admitted(r authResult, now time.Time, out *stream.Output) {
	q := s.login.request
	q.data, q.tasks.auth = r.challenge, r
	s.login.exchange, s.login.credentials = nil, nil
	if q.tasks.keep(sasl.UpgradeTasks(s.upgradeConfig(&q.tasks))); len(q.tasks.names) > 0 {
		s.sendContinue(q, out)
		return
	}
	s.accepted(r, now, out)
}

// accepted does what the client wants with its login: before <success/> (XEP-0388 §2.6.1).
func (s *Session) accepted(r authResult, now time.Time, out *stream.Output) {
	q := s.login.request
	s.loggedIn(r, out)
	s.becomeKnown(r.account, cmp.Or(r.device, q.agent.Cursor()))
	q.login = host.Login{
		Account: r.account, Credentials: r.credentials, Upgrades: q.tasks.done, Now: now,
		Agent: q.agent, Device: s.me.Device,
		Token: r.token, WantToken: q.wantToken,
	}
	if q.resume != nil {
		s.resumeInline(q, now, out)
		return
	}
	s.conclude(q, out)
}

// inlineResult is what became of a <resume/> within a login that is stored.
type inlineResult struct {
	resumeResult
	token host.Token
}

// resumeInline resumes a stream before anything else (XEP-0198 §9.2). The login is stored before: one that does not hold takes no stream away.
func (s *Session) resumeInline(q *request, now time.Time, out *stream.Output) {
	h, l, resume := s.host, q.login, s.resuming(*q.resume, now)
	out.Do(func() any {
		done, err := h.Login(l)
		if err != nil {
			return loginResult{err: err}
		}
		return inlineResult{resume(), done.Token}
	})
}

// resumedInline goes on with the login: a stream that is resumed has its resource, without one the client gets that now if it wants it (XEP-0198 §9.2, §9.2.1).
func (s *Session) resumedInline(r inlineResult, out *stream.Output) {
	if r.tooHigh {
		s.handledTooMany(r.claims, r.sendCount, out)
		return
	}
	q := s.login.request
	q.given, q.login.Token, q.login.WantToken, q.login.Upgrades = r.token, nil, "", nil
	ok := s.takeOver(&r.resumeResult)
	q.resumed = r.resumeResult
	switch {
	case ok:
		q.bind = nil // it is ignored entirely
		s.succeeded(loginResult{}, out)
	case q.bind == nil:
		s.login.failures++
		s.succeeded(loginResult{}, out)
		if s.login.failures >= s.maxFailures() { // as in resumed
			s.fail(out, atom.PolicyViolation, "too many failed resumptions")
		}
	default:
		s.conclude(q, out)
	}
}

// conclude does all that the client wants beside a stream of before.
func (s *Session) conclude(q *request, out *stream.Output) {
	if q.bind != nil && !s.bindInline(q, out) {
		return
	}
	var begin func(host.ArchiveEnds) (enableResult, error)
	if q.bind != nil {
		begin = s.beginning(q)
	}
	h, l := s.host, q.login
	l.Bind = q.bind != nil
	out.Do(func() any {
		var r loginResult
		if r.LoggedIn, r.err = h.Login(l); r.err == nil && begin != nil {
			r.enabled, r.err = begin(r.Archive)
		}
		return r
	})
}

// loginResult is what came of the request.
type loginResult struct {
	host.LoggedIn
	enabled enableResult
	err     error
}

// succeeded ends the login: success and features, and no new header (XEP-0388 §2.6.1).
func (s *Session) succeeded(r loginResult, out *stream.Output) {
	if r.err != nil {
		s.loginLost(r.err, out)
		return
	}
	q := s.login.request
	b := out.Build().Start(atom.NSSASL2, atom.Success)
	q.addData(b)
	b.Start(atom.NSSASL2, atom.AuthorizationIdentifier).Text(s.me.JID.String()).End()
	if q.resume != nil {
		q.resumed.add(b)
	}
	if q.bind != nil {
		s.addBound(b, q.bind, r)
	}
	addToken(b, cmp.Or(r.Token, q.given))
	out.Send(b.Element())
	out.SetLimits(limits(s.host))
	switch {
	case q.resume != nil && q.resumed.failed == atom.Unknown:
		s.becomeBound(out) // without features (XEP-0198 §9.2)
		s.resend(out)
	case q.bind == nil:
		s.becomeBinding(out)
	default:
		s.becomeBound(out)
		s.begin(q.bind, r.Archive)
		s.boundFeatures(out)
	}
}

// addData adds what the mechanism has to say at its end (XEP-0388 §2.6).
func (q *request) addData(b *codec.Builder) {
	if q.data != nil {
		b.Start(atom.NSSASL2, atom.AdditionalData).TextBytes(base64.StdEncoding.AppendEncode(nil, q.data)).End()
	}
}

// loginLost ends the stream of a login that was right and could not be completed.
func (s *Session) loginLost(err error, out *stream.Output) {
	if errors.Is(err, host.ErrChanged) || errors.Is(err, host.ErrTokenExpired) || errors.Is(err, host.ErrTokenReplay) {
		s.fail(out, atom.NotAuthorized, "the account was removed, or its password or the token changed")
		return
	}
	s.srv.Log.Error("a login could not be stored", "cid", s.peer.ID, "jid", s.me.JID.String(), "err", err)
	s.fail(out, atom.InternalServerError, "")
}
