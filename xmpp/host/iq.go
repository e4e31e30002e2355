package host

import (
	"bytes"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/stanza"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// Handler answers one kind of request, in the Step of the session that asks. It must call Result and Send, Fail or Do exactly once.
type Handler func(q *Request)

// HandleIQ registers the handler of requests of that type (atom.Get, atom.Set) whose payload has this namespace and name.
func (h *Host) HandleIQ(kind, ns, name atom.Atom, f Handler) {
	k := request{ns, name, kind}
	if h.handlers[k] != nil {
		panic("host: two handlers for " + ns.String() + " " + name.String())
	}
	h.handlers[k] = f
}

// Request is an IQ of type get or set that the server answers. It is valid during the Handler's call.
type Request struct {
	Reply
	Host    *Host
	Session *router.Session // who asks
	Scope   Scope           // Server: the domain is asked; Account: the account Of
	Of      jid.JID         // the bare JID of the account that is asked, zero with Server
	Payload codec.Element
}

// Own reports whether the account that is asked is the asking session's own.
func (q *Request) Own() bool { return q.Scope == Account && q.Of == q.Session.JID.Bare() }

// Reply answers a request. In a Handler it is part of the Request; a job's Continuation gets one of its own.
type Reply struct {
	Out          *stream.Output
	Now          time.Time
	id, to, from []byte // as the request had them
}

// Result starts an IQ result: add the payload, if any, and give the builder to Send.
func (r *Reply) Result() *codec.Builder {
	return r.Out.Build().Start(atom.NSClient, atom.IQ).AttrBytes(atom.ID, r.id).
		AttrBytes(atom.From, r.to).AttrBytes(atom.To, r.from).Attr(atom.Type, "result")
}

// Send sends what the builder holds.
func (r *Reply) Send(b *codec.Builder) { r.Out.Send(b.Element()) }

// Fail answers with a stanza error.
func (r *Reply) Fail(condition atom.Atom, text string) {
	r.Out.Send(stanza.BuildErrorFor(r.Out.Build(), atom.IQ, r.id, r.to, r.from, stanza.Error{Condition: condition, Text: text}))
}

// Continuation is what a job gives back: the session runs it in a Step of its own.
type Continuation func(out *stream.Output, now time.Time)

// Do runs job elsewhere, where it may wait, and what it returns in a later Step of the session. The job must not use the Request, nor
// anything of its Payload that was not copied.
func (q *Request) Do(job func() func(r *Reply)) { q.Out.Do(q.answering(job)) }

// Search is Do for a job that may compute for long, see stream.Output.
func (q *Request) Search(job func() func(r *Reply)) { q.Out.Search(q.answering(job)) }

// answering returns what runs job, and has the session run what that returns.
func (q *Request) answering(job func() func(r *Reply)) func() any {
	id, to, from := bytes.Clone(q.id), bytes.Clone(q.to), bytes.Clone(q.from)
	return func() any {
		answer := job()
		return Continuation(func(out *stream.Output, now time.Time) {
			answer(&Reply{Out: out, Now: now, id: id, to: to, from: from})
		})
	}
}

// establish answers clients of RFC 3921 §3, which ask for a session once they have bound a resource. They have it already.
func establish(q *Request) {
	if q.Scope == Account && !q.Own() {
		q.Fail(atom.ServiceUnavailable, "")
		return
	}
	q.Send(q.Result())
}

// iq sorts an IQ by its 'to' (RFC 6120 §10.3.3, RFC 6121 §8.5): the server answers for itself and for bare JIDs, the rest goes
// to another session.
func (h *Host) iq(s *Sender, e codec.Element, to jid.JID) {
	kind, ok := stanza.Type(e)
	request := kind == atom.Get || kind == atom.Set
	switch payload := e.First(); {
	case !ok, e.Attr(atom.ID) == nil, request && (payload.IsZero() || !payload.Next().IsZero()):
		s.Fail(e, stanza.Error{Condition: atom.BadRequest}) // RFC 6120 §8.2.3
	case !to.IsZero() && !h.Serves(to):
		if request {
			s.Fail(e, stanza.Error{Condition: atom.RemoteServerNotFound})
		}
	case to.Local() != "" && to.Resource() != "":
		h.IM.IQ(s, e, to)
	case request && to.IsZero():
		h.answer(s, e, to, kind)
	case request:
		h.of(to).answer(s, e, to, kind)
	case to.IsZero():
		h.answered(s, e)
	default:
		h.of(to).answered(s, e)
	}
}

// answer calls the handler of a request that the server answers.
func (h *Host) answer(s *Sender, e codec.Element, to jid.JID, kind atom.Atom) {
	payload := e.First()
	f := h.handlers[request{payload.NS(), payload.Name(), kind}]
	if f == nil {
		s.Fail(e, stanza.Error{Condition: atom.ServiceUnavailable})
		return
	}
	q := Request{
		Reply:   Reply{Out: s.Out, Now: s.Now, id: e.Attr(atom.ID), to: e.Attr(atom.To), from: e.Attr(atom.From)},
		Host:    h,
		Session: s.Session,
		Scope:   Account,
		Of:      to.Bare(),
		Payload: payload,
	}
	switch {
	case to.IsZero():
		q.Of = s.Session.JID.Bare()
	case to.Local() == "":
		q.Scope, q.Of = Server, jid.JID{}
	}
	f(&q)
}
