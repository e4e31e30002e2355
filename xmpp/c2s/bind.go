package c2s

import (
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stanza"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// bind takes what a client says between login and bind: only the request for a resource (RFC 6120 §7).
func (s *Session) bind(e codec.Element, now time.Time, out *stream.Output) {
	request := e.Child(atom.NSBind, atom.Bind)
	if kind, _ := stanza.Type(e); stanza.KindOf(e) != stanza.IQ || kind != atom.Set || request.IsZero() {
		s.unbound(e, now, out)
		return
	}
	full, err := s.resource(request.Child(atom.NSBind, atom.Resource))
	if err != nil || e.Attr(atom.ID) == nil {
		out.Send(stanza.BuildError(out.Build(), e, stanza.Error{Condition: atom.BadRequest})) // §7.7.2.1
		return
	}
	account := s.me.JID
	s.me.JID = full
	if err := s.host.Router.Bind(&s.me); err != nil {
		s.me.JID = account
		out.Send(stanza.BuildError(out.Build(), e, stanza.Error{Condition: atom.ResourceConstraint, Text: "too many sessions"})) // §7.6.2.1
		return
	}
	id, to, holds, h := string(e.Attr(atom.ID)), string(e.Attr(atom.To)), s.login.holds, s.host
	out.Do(func() any {
		ok, err := holds()
		if ok {
			taken := func(resource string) bool { return resource == full.Resource() }
			err = h.EndStreams(full, taken, now) // two streams of one resource would be one too many
		}
		return bindResult{id, to, ok && err == nil, err}
	})
}

// bindResult says whether the login still holds, now that the router knows the session: who changes the account from here on finds it there.
type bindResult struct {
	id, to string // of the request
	ok     bool
	err    error
}

// bindChecked ends the binding (RFC 6120 §7.6.1).
func (s *Session) bindChecked(r bindResult, out *stream.Output) {
	if r.err != nil {
		s.srv.Log.Error("looking up an account failed", "cid", s.peer.ID, "err", r.err)
	}
	if !r.ok {
		s.fail(out, atom.NotAuthorized, "the account was removed or its password changed")
		return
	}
	s.becomeBound(out)
	b := out.Build().Start(atom.NSClient, atom.IQ).Attr(atom.ID, r.id).Attr(atom.Type, "result")
	if r.to != "" {
		b.Attr(atom.From, r.to)
	}
	b.Start(atom.NSBind, atom.Bind)
	out.Send(b.Start(atom.NSBind, atom.JID).Text(s.me.JID.String()).Element())
}

// resource returns the full JID to bind: with the wanted resource, or one of ours when the client wants none (RFC 6120 §7.6, §7.7).
func (s *Session) resource(wanted codec.Element) (jid.JID, error) {
	name := string(wanted.Text())
	if name == "" {
		name = host.NewID()
	}
	return s.me.JID.WithResource(name)
}

// unbound answers what comes before a resource is bound (RFC 6120 §7.1): stanzas are not processed. Acks are too early too, but that is no
// fault of the stream (XEP-0198 §3, §5).
func (s *Session) unbound(e codec.Element, now time.Time, out *stream.Output) {
	switch {
	case e.Is(atom.NSCompress, atom.Compress):
		s.compress(e, out)
		return
	case e.Is(atom.NSSM, atom.Enable):
		s.sendFailed(atom.UnexpectedRequest, out)
		return
	case e.Is(atom.NSSM, atom.Resume):
		s.resume(e, now, out)
		return
	case s.peer.Link && isLink(e, "early"):
		s.announce(e, out)
		return
	}
	condition := stream.CheckFirstLevel(e, atom.NSClient)
	if condition == atom.Unknown {
		condition = atom.NotAuthorized
	}
	s.fail(out, condition, "no resource is bound")
}

// becomeBound forgets what the login needed.
func (s *Session) becomeBound(out *stream.Output) {
	s.state = bound
	s.login = nil
	out.LoggedIn()
	s.tellIDs(out)
	s.srv.Log.Info("bound", "cid", s.peer.ID, "jid", s.me.JID.String(), "peer", s.peer.Address)
}
