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

// sasl2 is what a Machine knows of a login by SASL2.
type sasl2 struct {
	offer     sasl.ClientConfig
	inline    Offer
	token     *Token // that it logs in with, nil: the password
	request   string // the mechanism that a token was asked for
	pipelined bool   // it was begun before the offer came
	resume    bool   // it has asked for the stream before
	bound     bool   // the resource is bound: only the features are still to come
}

// pipeline begins a login by a token behind the header, before the server has offered anything (XEP-0509 §2.2). On the link there is no need: a device that is
// known there is logged in.
func (m *Machine) pipeline(out *stream.Output) {
	k := m.cfg.Known
	if k.token() == nil || k.Offer == nil || k.Offer.Version == "" || m.login.security == nil || m.link || m.login.done || m.cfg.Compression != "" || m.cfg.NoSASL2 {
		return
	}
	m.login.profile = atom.NSSASL2
	l := &m.login.sasl2
	l.offer, l.inline = m.offer(codec.Element{}, codec.Element{}), *k.Offer
	if m.takeToken(); l.token != nil {
		l.pipelined = true
		l.pipelined = m.sendAuthenticate(out) == nil
	}
}

// authenticate2 begins a login by SASL2 (XEP-0388 §2.3), a is the offer; or waits for the outcome of one that is under way.
func (m *Machine) authenticate2(features, a codec.Element, out *stream.Output) {
	m.login.profile = atom.NSSASL2
	l := &m.login.sasl2
	l.offer, l.inline = m.offer(features, a), readOffer(features, a)
	if l.pipelined {
		m.becomeAuthenticating()
		return
	}
	m.takeToken()
	m.begin2(out)
}

// takeToken takes the token, if it may be used by what is offered.
func (m *Machine) takeToken() {
	l := &m.login.sasl2
	if l.token = m.cfg.Known.token(); l.token != nil && !slices.Contains(m.tokenMechanisms(), l.token.Mechanism) {
		l.token = nil
	}
}

// tokenMechanisms returns the mechanisms for tokens that both sides have, the strongest first.
func (m *Machine) tokenMechanisms() []string {
	l := &m.login.sasl2
	if m.cfg.AgentID == "" {
		return nil
	}
	return slices.DeleteFunc(sasl.TokenMechanisms(sasl.ServerConfig{TLS: l.offer.TLS, ChannelBindings: l.offer.ChannelBindings}), func(name string) bool {
		return !slices.Contains(l.inline.Tokens, name) || m.cfg.NeedBinding && strings.HasSuffix(name, "-NONE")
	})
}

// begin2 begins the exchange, once the offer is there.
func (m *Machine) begin2(out *stream.Output) {
	if err := m.sendAuthenticate(out); err != nil {
		m.fail(out, localSASL(err))
		return
	}
	m.becomeAuthenticating()
}

// sendAuthenticate sends <authenticate/>.
func (m *Machine) sendAuthenticate(out *stream.Output) error {
	name, client, err := m.exchange2()
	initial, err := m.begin(client, err)
	if err != nil {
		return err
	}
	b := out.Build().Start(atom.NSSASL2, atom.Authenticate).Attr(atom.Mechanism, name)
	if initial != nil {
		b.Start(atom.NSSASL2, atom.InitialResponse).Text(base64.StdEncoding.EncodeToString(initial)).End()
	}
	m.addWishes(b)
	out.Send(b.Element())
	return nil
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
		m.login.mechanism = name
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
	} else if names := m.tokenMechanisms(); len(names) > 0 {
		l.request = names[0]
		b.StartNS(atom.NSFAST.String(), "request-token").Attr(atom.Mechanism, l.request).End() // §3.2
	}
	if l.pipelined {
		b.StartNS(nsPipelining, configVersion)
		if l.inline.Scheme != "" {
			b.Attr(scheme, l.inline.Scheme)
		}
		b.Attr(atom.Value, l.inline.Version).End()
	}
	if m.cfg.Compression != "" {
		return
	}
	r := m.cfg.Resumption
	if l.resume = r != nil && l.inline.Resume; l.resume {
		r.addResume(b)
	}
	if !m.cfg.Bind2 || !l.inline.Bind || r != nil && !l.resume {
		return
	}
	b.Start(atom.NSBind2, atom.Bind)
	if m.cfg.Resource != "" {
		b.Start(atom.NSBind2, atom.Tag).Text(m.cfg.Resource).End()
	}
	if m.cfg.SM && l.inline.Acks {
		m.addEnable(b)
	}
	if m.cfg.Archive != nil && l.inline.Carbons {
		m.archive.carbon = true
		b.Start(atom.NSCarbons, atom.Enable).End()
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
	l.token, l.pipelined = nil, false
	return true
}

// offerChanged reports whether a <failure/> says that the offer is not the one that we went by: the new one has come (XEP-0509 §2.2).
func (m *Machine) offerChanged(e codec.Element) bool {
	l := &m.login.sasl2
	if !l.pipelined || childNS(e, nsPipelining, versionMismatch).IsZero() {
		return false
	}
	l.pipelined = false
	m.takeToken()
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
	m.learn2(e.Child(atom.NSFAST, atom.Token))
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

// learn2 notes what is known of the server now; token is a new one, if there is one.
func (m *Machine) learn2(token codec.Element) {
	l := &m.login.sasl2
	k := &Known{SASL2: true, Mechanism: m.login.mechanism, Token: l.token}
	if l.token != nil { // the password was not used
		k.Mechanism = m.cfg.Known.Mechanism
	}
	if !token.IsZero() {
		k.Token = l.given(token)
	}
	if k.Token != nil && l.inline.Version != "" {
		offer := l.inline // the login is not kept for it
		k.Offer = &offer
	}
	m.known = k
}

// given reads a new token (XEP-0484 §3.3). One that comes unasked is for the mechanism of the one before (§3.5).
func (l *sasl2) given(e codec.Element) *Token {
	t := &Token{Mechanism: l.request, Secret: string(e.Attr(atom.Token))}
	if l.token != nil {
		t.Mechanism = l.token.Mechanism
	}
	t.Expires, _ = time.Parse(time.RFC3339, string(e.Attr(atom.Expiry))) // one that cannot be read is none: the server knows
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
	if metadata := bound.Child(atom.NSMAM, atom.Metadata); !metadata.IsZero() && m.cfg.Archive != nil && m.archive.carbon { // XEP-0313 §5: where the session begins
		m.archive.known, m.archive.end = true, string(metadata.Child(atom.NSMAM, atom.End).Attr(atom.ID))
	}
	if enabled := bound.Child(atom.NSSM, atom.Enabled); !enabled.IsZero() {
		m.acks.on = true
		m.acks.unacked.keep = m.cfg.Resume
		m.enabled(enabled)
	}
}
