package client

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/sasl"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// Token logs in without the password (XEP-0484), by one mechanism, and with the Config.AgentID that it was given to. It is as secret as the password.
type Token struct {
	Mechanism string
	Secret    string
	Expires   time.Time
}

// sasl2 is what a Machine knows of a login by SASL2.
type sasl2 struct {
	offer   sasl.ClientConfig
	inline  inline
	token   *Token // that it logs in with, nil: the password
	request string // the mechanism that a token was asked for
	resume  bool   // it has asked for the stream before
	bound   bool   // the resource is bound: only the features are still to come
}

// inline is what the server lets come with the login (XEP-0388 §2.1).
type inline struct {
	resume bool     // XEP-0198 §9.2
	bind   bool     // XEP-0386
	acks   bool     // with bind: XEP-0198 §9.1
	tokens []string // mechanisms of XEP-0484
}

func readInline(e codec.Element) (i inline) {
	i.resume = !e.Child(atom.NSSM, atom.SM).IsZero()
	bind := e.Child(atom.NSBind2, atom.Bind)
	i.bind = !bind.IsZero()
	for c := range bind.Child(atom.NSBind2, atom.Inline).Children() {
		i.acks = i.acks || c.Is(atom.NSBind2, atom.Feature) && string(c.Attr(atom.Var)) == atom.NSSM.String()
	}
	for c := range e.Child(atom.NSFAST, atom.Fast).Children() {
		if c.Is(atom.NSFAST, atom.Mechanism) {
			i.tokens = append(i.tokens, strings.TrimSpace(string(c.Text())))
		}
	}
	return i
}

// authenticate2 begins a login by SASL2 (XEP-0388 §2.3), a is the offer.
func (m *Machine) authenticate2(features, a codec.Element, out *stream.Output) {
	m.login.profile = atom.NSSASL2
	l := &m.login.sasl2
	l.offer = m.offer(features, a)
	l.inline = readInline(a.Child(atom.NSSASL2, atom.Inline))
	if r := m.cfg.Resumption; r != nil && r.Token != nil && slices.Contains(m.tokenMechanisms(), r.Token.Mechanism) {
		l.token = r.Token
	}
	m.begin2(out)
}

// tokenMechanisms returns the mechanisms for tokens that both sides have, the strongest first.
func (m *Machine) tokenMechanisms() []string {
	l := &m.login.sasl2
	if m.cfg.AgentID == "" {
		return nil
	}
	return slices.DeleteFunc(sasl.TokenMechanisms(sasl.ServerConfig{TLS: l.offer.TLS, ChannelBindings: l.offer.ChannelBindings}), func(name string) bool {
		return !slices.Contains(l.inline.tokens, name) || m.cfg.NeedBinding && strings.HasSuffix(name, "-NONE")
	})
}

// begin2 sends <authenticate/>.
func (m *Machine) begin2(out *stream.Output) {
	name, client, err := m.exchange2()
	initial, err := m.open(client, err)
	if err != nil {
		m.fail(out, localSASL(err))
		return
	}
	b := out.Build().Start(atom.NSSASL2, atom.Authenticate).Attr(atom.Mechanism, name)
	if initial != nil {
		b.Start(atom.NSSASL2, atom.InitialResponse).Text(base64.StdEncoding.EncodeToString(initial)).End()
	}
	m.addWishes(b)
	out.Send(b.Element())
	m.becomeAuthenticating()
}

// exchange2 begins the exchange: with the token, or with the password.
func (m *Machine) exchange2() (name string, client *sasl.Client, err error) {
	l := &m.login.sasl2
	if t := l.token; t != nil {
		client, err = sasl.NewTokenClient(t.Mechanism, m.cfg.JID.Local(), t.Secret, l.offer)
		return t.Mechanism, client, err
	}
	offer := l.offer
	if name, err = m.choose(&offer); err == nil {
		client, err = sasl.NewClient(name, m.cfg.JID.Local(), m.cfg.Password, offer)
	}
	return name, client, err
}

// addWishes adds what is to come with the login. What has to be compressed comes after it.
func (m *Machine) addWishes(b *codec.Builder) {
	l := &m.login.sasl2
	if m.cfg.AgentID != "" {
		b.Start(atom.NSSASL2, atom.UserAgent).Attr(atom.ID, m.cfg.AgentID)
		b.Start(atom.NSSASL2, atom.Software).Text(m.cfg.Name).End().End()
	}
	if l.token != nil {
		b.Start(atom.NSFAST, atom.Fast).End() // XEP-0484 §3.4
	} else if names := m.tokenMechanisms(); len(names) > 0 && m.cfg.Resume {
		l.request = names[0]
		b.StartNS(atom.NSFAST.String(), "request-token").Attr(atom.Mechanism, l.request).End() // §3.2
	}
	if m.cfg.Compression != "" {
		return
	}
	r := m.cfg.Resumption
	if l.resume = r != nil && l.inline.resume; l.resume {
		r.addResume(b)
	}
	if !l.inline.bind || r != nil && !l.resume {
		return
	}
	b.Start(atom.NSBind2, atom.Bind)
	if m.cfg.Resource != "" {
		b.Start(atom.NSBind2, atom.Tag).Text(m.cfg.Resource).End()
	}
	if m.cfg.SM && l.inline.acks {
		m.addEnable(b)
	}
	b.End()
}

// tokenRefused reports whether a <failure/> is the end of a token, and there is the password to go on with (XEP-0484 §4.2).
func (m *Machine) tokenRefused(e codec.Element) bool {
	l := &m.login.sasl2
	condition := saslError(e).Condition
	if l.token == nil || m.cfg.Password == "" || condition != string(sasl.NotAuthorized) && condition != string(sasl.CredentialsExpired) {
		return false
	}
	l.token = nil
	return true
}

// success2 ends a login by SASL2 (XEP-0388 §2.6.1), once the server has proved that it knows us too.
func (m *Machine) success2(in *stream.Input, out *stream.Output) {
	e, l := in.Element, &m.login.sasl2
	data, ok := decode(e.Child(atom.NSSASL2, atom.AdditionalData).Text())
	if !ok {
		m.fail(out, &SASLError{Condition: string(sasl.IncorrectEncoding), Text: "the success is not base64"})
		return
	}
	if err := m.login.sasl.Success(data); err != nil {
		m.fail(out, localSASL(err))
		return
	}
	m.login.sasl, m.login.done = nil, true
	m.resume.token = l.token
	if t := e.Child(atom.NSFAST, atom.Token); !t.IsZero() {
		m.resume.token = l.given(t)
	}
	if l.resume {
		m.load(m.cfg.Resumption)
		if resumed := e.Child(atom.NSSM, atom.Resumed); string(resumed.Attr(atom.PrevID)) == m.cfg.Resumption.ID {
			m.resumed(resumed, in.Now, out)
			return
		}
		m.notResumed(e.Child(atom.NSSM, atom.Failed))
	}
	if bound := e.Child(atom.NSBind2, atom.Bound); !bound.IsZero() {
		m.bound2(e, bound, out)
	}
	if m.err == nil {
		m.becomeNegotiating()
	}
}

// given reads a new token (XEP-0484 §3.3). One that comes unasked is for the mechanism of the one before (§3.5).
func (l *sasl2) given(e codec.Element) *Token {
	t := &Token{Mechanism: l.request, Secret: string(e.Attr(atom.Token))}
	if l.token != nil {
		t.Mechanism = l.token.Mechanism
	}
	t.Expires, _ = time.Parse(time.RFC3339, string(e.Attr(atom.Expiry)))
	return t
}

// bound2 takes the resource that came with the login, and acks (XEP-0386 §3.2, XEP-0198 §9.1).
func (m *Machine) bound2(success, bound codec.Element, out *stream.Output) {
	address, err := jid.ParseBytes(success.Child(atom.NSSASL2, atom.AuthorizationIdentifier).Text())
	if err != nil || address.Resource() == "" {
		m.fail(out, fmt.Errorf("%w: binding gave no full JID", ErrProtocol))
		return
	}
	m.address = address
	m.login.sasl2.bound = true
	if enabled := bound.Child(atom.NSSM, atom.Enabled); !enabled.IsZero() {
		m.acks.on = true
		m.acks.unacked.keep = m.cfg.Resume
		m.enabled(enabled)
	}
}
