package c2s

import (
	"bytes"
	"encoding/base64"
	"slices"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/sasl"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// nsSCRAMUpgrade is that of what the two sides say in a task (XEP-0480 §3).
const nsSCRAMUpgrade = "urn:xmpp:scram-upgrade:0"

// tasks are what is left to do when the exchange of a login by SASL2 has succeeded (XEP-0388 §2.6.3): the client brings keys that its account has not
// got (XEP-0480).
type tasks struct {
	names []string // that the client wants and the server has offered; the first one is under way
	auth  authResult
	begun *sasl.Upgrade   // the first one, after its <next/>
	done  []*sasl.Upgrade // in front of it
}

// offerResult is what is known of the account that a client says it is.
type offerResult struct {
	hashes sasl.Hashes
	err    error
}

// checkOffer looks up what the client's account has keys for, in a job: nothing else is offered to it (XEP-0388 §2.1).
func (s *Session) checkOffer(out *stream.Output) {
	secure := s.login.security != nil || s.srv.Plaintext
	if s.state != connected || !secure || s.login.claimed.Local() == "" {
		s.answer(out)
		return
	}
	h, claimed := s.host, s.login.claimed
	out.Do(func() any {
		var r offerResult
		r.hashes, r.err = h.Hashes(claimed)
		return r
	})
}

// offerChecked goes on after checkOffer. An account that could log in by nothing that the host allows is offered what others are.
func (s *Session) offerChecked(r offerResult, out *stream.Output) {
	if r.err != nil {
		s.srv.Log.Error("looking up an account failed", "cid", s.peer.ID, "err", r.err)
	}
	s.login.hashes = r.hashes
	if len(sasl.Mechanisms(s.saslConfig())) == 0 {
		s.login.hashes = 0
	}
	s.answer(out)
}

// addUpgrades offers the tasks (XEP-0480 §2.1).
func addUpgrades(b *codec.Builder, names []string) {
	for _, name := range names {
		b.StartNS(atom.NSUpgrade.String(), "upgrade").Text(name).End()
	}
}

// keep drops all tasks that are not among names, and those that come twice. A client may know of them from an earlier stream, and their keys are there by now.
func (t *tasks) keep(names []string) {
	var kept []string
	for _, name := range t.names {
		if slices.Contains(names, name) && !slices.Contains(kept, name) {
			kept = append(kept, name)
		}
	}
	t.names = kept
}

// task takes what the client says after <continue/> (XEP-0388 §2.6.3, XEP-0480 §2.3).
func (s *Session) task(e codec.Element, now time.Time, out *stream.Output) {
	var err error
	t := &s.login.request.tasks
	switch name := string(e.LocalName()); {
	case name == "next" && t.begun == nil:
		err = s.beginTask(t, e, out)
	case name == "task-data" && t.begun != nil:
		err = s.finishTask(t, e, now, out)
	default:
		err = &sasl.Error{Condition: sasl.MalformedRequest, Reason: "not what the task has to go on with"}
	}
	if err != nil {
		s.login.failures++
		s.saslError(err, out)
	}
}

// sendContinue asks for the first task, with what the exchange has to say at its end.
func (s *Session) sendContinue(q *request, out *stream.Output) {
	b := out.Build().Start(atom.NSSASL2, atom.Continue)
	q.addData(b)
	q.data = nil // it is said once
	b.StartNS(atom.NSSASL2.String(), "tasks").Start(atom.NSSASL2, atom.Task).Text(q.tasks.names[0]).End().End()
	out.Send(b.Element())
}

// beginTask answers <next/> with the salt for the new keys (XEP-0480 §3).
func (s *Session) beginTask(t *tasks, e codec.Element, out *stream.Output) (err error) {
	if string(attr(e, "task")) != t.names[0] {
		return &sasl.Error{Condition: sasl.InvalidMechanism, Reason: "the task is not the one that was asked for"}
	}
	if t.begun, err = sasl.NewUpgrade(t.names[0], s.upgradeConfig(t)); err != nil {
		return err
	}
	salt, iterations := t.begun.Salt()
	b := out.Build().StartNS(atom.NSSASL2.String(), "task-data").StartNS(nsSCRAMUpgrade, "salt")
	out.Send(b.AttrNamed("iterations", decimal(iterations)).TextBytes(base64.StdEncoding.AppendEncode(nil, salt)).End().Element())
	return nil
}

// upgradeConfig is the configuration for what the account itself has keys for, whatever was known of it when the stream began.
func (s *Session) upgradeConfig(t *tasks) sasl.ServerConfig {
	cfg := s.saslConfig()
	var c sasl.Credentials
	if c.UnmarshalBinary(t.auth.credentials) == nil {
		cfg.Hashes = c.Hashes()
	}
	return cfg
}

// finishTask takes the SaltedPassword, and goes on with the next task or the login.
func (s *Session) finishTask(t *tasks, e codec.Element, now time.Time, out *stream.Output) error {
	salted, err := readHash(e)
	if err == nil {
		err = t.begun.Finish(salted)
	}
	if err != nil {
		return err
	}
	t.names, t.begun, t.done = t.names[1:], nil, append(t.done, t.begun)
	if len(t.names) > 0 {
		s.sendContinue(s.login.request, out)
		return nil
	}
	s.accepted(t.auth, now, out)
	return nil
}

// readHash reads the SaltedPassword in <task-data/>. White space around it is none of it, as in the XEP's examples.
func readHash(e codec.Element) ([]byte, error) {
	for c := range e.Children() {
		if string(c.LocalName()) != "hash" || string(c.Namespace()) != nsSCRAMUpgrade {
			continue
		}
		text := bytes.Trim(c.Text(), " \t\r\n")
		salted, err := base64.StdEncoding.Strict().AppendDecode(nil, text)
		if err != nil || bytes.ContainsAny(text, "\r\n") {
			return nil, &sasl.Error{Condition: sasl.IncorrectEncoding, Reason: "the hash of a task is not base64"}
		}
		return salted, nil
	}
	return nil, &sasl.Error{Condition: sasl.MalformedRequest, Reason: "a task without its hash"}
}
