package client

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/sasl"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// bindingTypes are the channel bindings used here, the strongest first. A connection has those of its own kind.
var bindingTypes = []string{sasl.TLSExporter, noiseHandshake, sasl.TLSServerEndPoint}

// noiseHandshake is the channel binding of the link: the hash of its handshake.
const noiseHandshake = "noise-handshake"

// authenticate begins the login, by SASL2 where it is offered, else by SASL, with the strongest mechanism that both sides have (RFC 6120 §6.4.2). What the server had
// before it must have now: nobody may take it away.
func (m *Machine) authenticate(features codec.Element, out *stream.Output) {
	switch a := features.Child(atom.NSSASL2, atom.Authentication); {
	case m.login.security == nil: // XEP-0388 §3
	case !a.IsZero() && !m.cfg.NoSASL2:
		m.authenticate2(features, a, out)
		return
	case m.cfg.Known != nil && m.cfg.Known.SASL2:
		m.fail(out, downgrade("SASL2", "none"))
		return
	}
	m.login.profile = atom.NSSASL
	offer := m.offer(features, features.Child(atom.NSSASL, atom.Mechanisms))
	name, err := m.choose(&offer)
	if err != nil {
		m.fail(out, err)
		return
	}
	client, err := sasl.NewClient(name, m.cfg.JID.Local(), m.cfg.Password, offer)
	initial, err := m.begin(client, err)
	if err != nil {
		m.fail(out, localSASL(err))
		return
	}
	m.login.mechanism = name
	m.sendAuth(name, initial, out)
	m.becomeAuthenticating()
}

// begin begins the exchange that was made, if it could be, and returns its initial message, nil when it has none.
func (m *Machine) begin(client *sasl.Client, err error) (initial []byte, _ error) {
	if err == nil {
		initial, _, err = client.Step(nil)
	}
	if err == nil {
		m.login.sasl = client
	}
	return initial, err
}

func (m *Machine) sendAuth(mechanism string, initial []byte, out *stream.Output) {
	out.Send(out.Build().Start(atom.NSSASL, atom.Auth).Attr(atom.Mechanism, mechanism).Text(encodeInitial(initial)).Element())
}

// choose returns the mechanism to use the password with.
func (m *Machine) choose(offer *sasl.ClientConfig) (name string, err error) {
	if m.cfg.Mechanisms == nil {
		if name, err = sasl.Choose(*offer); err != nil {
			return "", errors.Join(ErrNoMechanism, err)
		}
	} else {
		i := slices.IndexFunc(m.cfg.Mechanisms, func(name string) bool { return slices.Contains(offer.Offered, name) })
		if i < 0 {
			return "", ErrNoMechanism
		}
		name = m.cfg.Mechanisms[i]
		offer.TLS = true // it was named
	}
	switch {
	case m.cfg.NeedBinding && !strings.HasSuffix(name, "-PLUS"):
		return "", ErrNoBinding
	case !m.cfg.Known.holds(name):
		return "", downgrade(m.cfg.Known.Mechanism, name)
	}
	return name, nil
}

// offer gathers what the features and the connection offer; mechanisms are among the children of that element.
func (m *Machine) offer(features, mechanisms codec.Element) (o sasl.ClientConfig) {
	o.SASL2, o.Keys = m.login.profile == atom.NSSASL2, m.cfg.Keys
	for c := range mechanisms.Children() {
		if c.Is(m.login.profile, atom.Mechanism) {
			o.Offered = append(o.Offered, strings.TrimSpace(string(c.Text())))
		}
	}
	for c := range features.Child(atom.NSSASLCB, atom.SASLChannelBinding).Children() { // XEP-0440 §2
		o.OfferedBindings = append(o.OfferedBindings, string(c.Attr(atom.Type)))
	}
	security := m.login.security
	if security == nil {
		return o
	}
	o.TLS = true
	for _, name := range bindingTypes {
		if data := security.Bindings(name); data != nil {
			o.ChannelBindings = append(o.ChannelBindings, sasl.ChannelBinding{Type: name, Data: data})
		}
	}
	return o
}

// authAnswer is an element of the SASL exchange (RFC 6120 §6.4).
func (m *Machine) authAnswer(in *stream.Input, out *stream.Output) {
	switch e := in.Element; {
	case e.Is(m.login.profile, atom.Challenge):
		m.challenge(e, out)
	case e.Is(m.login.profile, atom.Success) && m.login.profile == atom.NSSASL2:
		m.success2(in, out)
	case e.Is(m.login.profile, atom.Success):
		m.success(e, out)
	case e.Is(m.login.profile, atom.Failure) && (m.offerChanged(e) || m.tokenRefused(e)):
		m.begin2(out)
	case e.Is(m.login.profile, atom.Failure):
		m.fail(out, saslError(e))
	default:
		m.protocolError(out, e)
	}
}

// authStep is the Result of the work on a challenge.
type authStep struct {
	response []byte
	err      error
}

// challenge has the response computed elsewhere: it may be PBKDF2.
func (m *Machine) challenge(e codec.Element, out *stream.Output) {
	data, ok := decode(e.Text())
	if !ok {
		m.abortAuth(out, &SASLError{Condition: string(sasl.IncorrectEncoding), Text: "the challenge is not base64"})
		return
	}
	client := m.login.sasl
	out.Do(func() any {
		response, _, err := client.Step(data)
		return authStep{response, err}
	})
}

// authResult sends the response.
func (m *Machine) authResult(result any, out *stream.Output) {
	step, ok := result.(authStep)
	switch {
	case !ok || m.state != authenticating:
	case step.err != nil:
		m.abortAuth(out, localSASL(step.err))
	default:
		out.Send(out.Build().Start(m.login.profile, atom.Response).Text(base64.StdEncoding.EncodeToString(step.response)).Element())
	}
}

// abortAuth gives the exchange up (RFC 6120 §6.4.4).
func (m *Machine) abortAuth(out *stream.Output, err error) {
	out.Send(out.Build().Start(m.login.profile, atom.Abort).Element())
	m.fail(out, err)
}

// success restarts the stream (RFC 6120 §6.4.6), once the server has proved that it knows us too.
func (m *Machine) success(e codec.Element, out *stream.Output) {
	var data []byte
	if text := e.Text(); len(text) > 0 {
		var ok bool
		if data, ok = decode(text); !ok {
			m.fail(out, &SASLError{Condition: string(sasl.IncorrectEncoding), Text: "the success is not base64"})
			return
		}
	}
	if err := m.login.sasl.Success(data); err != nil {
		m.fail(out, localSASL(err))
		return
	}
	m.login.sasl, m.login.done = nil, true
	m.known = &Known{Mechanism: m.login.mechanism}
	out.Restart()
	m.openStream(out)
}

// localSASL makes an error of ours look like one of the server's.
func localSASL(err error) error {
	if e := (*sasl.Error)(nil); errors.As(err, &e) {
		return &SASLError{Condition: string(e.Condition), Text: e.Reason}
	}
	return err
}

// encodeInitial writes an initial response (RFC 6120 §6.4.2): "=" is one of no length, and nothing is none.
func encodeInitial(data []byte) string {
	if data != nil && len(data) == 0 {
		return "="
	}
	return base64.StdEncoding.EncodeToString(data)
}

// decode reads SASL data, where "=" is data of no length (RFC 6120 §6.4.6).
func decode(text []byte) (data []byte, ok bool) {
	if len(text) == 1 && text[0] == '=' {
		return []byte{}, true
	}
	data, err := base64.StdEncoding.Strict().DecodeString(string(text))
	return data, err == nil
}
