package c2s

import (
	"errors"
	"sync"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/stanza"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// state is where a session is, see the package comment.
type state uint8

const (
	connected state = iota
	negotiating
	authenticated
	binding
	bound
	closed
)

// Session is the server's end of one client's stream. It is used by one goroutine at a time.
type Session struct {
	srv   *Server
	host  *host.Host // since the first header, anew after STARTTLS
	login *login     // until bound
	me    router.Session
	in    inbound
	out   outbound
	state state
	// finished says that the stream was ended, by either side and not for want of a connection: it cannot be resumed.
	finished bool
	skip     uint32 // so many stanzas of the first flight are passed over, see flight.go
	peer     stream.Peer
	// stream is set when it can be resumed, see resume.go. Who sets it in a Step has locked it until the Step's end.
	stream   *resumable
	inactive *inactive // nil: the client is active
	waiting  *line     // until the stream can be resumed: then it has it; nil: nothing waits
	pages    *pages    // nil: nothing is to be sent later
}

// Step implements stream.Machine.
func (s *Session) Step(in *stream.Input, out *stream.Output) {
	if s.stream != nil {
		s.stream.mu.Lock()
	}
	defer s.leave()
	switch {
	case s.stream != nil && s.stream.owner != s && !(sabotageNoFence && in.Kind == stream.Element):
		s.outlived(in, out)
		return
	case s.state == closed && in.Kind != stream.Closed:
		if in.Mail.Note == (takenOver{}) {
			out.Close()
			return
		}
		s.forward(in)
		return
	}
	out.Keep = s.stream != nil
	before := len(s.out.unacked)
	tap := s.tap(in, out)
	paging := s.pages != nil
	s.step(in, out)
	if len(out.Page) > 0 {
		s.queueResults(out)
	}
	if in.Kind == stream.Room || s.pages != nil && !paging {
		s.sendPages(out)
	}
	switch {
	case s.state == bound:
		s.settle(before, in.Now, out)
	case s.stream != nil:
		s.countOwn(out) // the client may have it
	}
	tap.end(out)
}

// leave ends a Step.
func (s *Session) leave() {
	if s.stream != nil {
		s.stream.mu.Unlock()
	}
}

// settle counts what was sent in the step, and asks for acks. before is what was not acked when it began.
func (s *Session) settle(before int, now time.Time, out *stream.Output) {
	s.countOwn(out)
	if len(s.out.unacked) > before {
		s.askAck(out)
	}
	s.timeAck(now, out)
	if len(s.out.unacked) > 4*s.srv.maxUnacked() {
		s.fail(out, atom.PolicyViolation, "too many stanzas are not acked")
		s.finished = false
	}
}

func (s *Session) step(in *stream.Input, out *stream.Output) {
	switch in.Kind {
	case stream.Opened:
		s.peer, s.me.Mailbox = in.Peer, in.Mailbox
		s.me.Encoding = out.Encoder.Encoding()
		s.login = &login{security: in.Security}
	case stream.Secured:
		s.login.security = in.Security
	case stream.Header:
		s.header(in.Element, in.Now, out)
	case stream.Element:
		out.CountReceived(in.Element)
		s.element(in, out)
	case stream.Footer:
		s.sendResults(out) // it has asked for them before
		s.becomeClosed(out)
	case stream.Malformed:
		s.malformed(in.Err, out)
	case stream.Result:
		s.result(in, out)
	case stream.Delivery:
		s.mail(in.Mail, in.Now, out)
	case stream.Drained:
		s.out.behind = true // mail may have been refused meanwhile
		s.catchUp(out)
	case stream.Shutdown:
		s.fail(out, atom.SystemShutdown, "")
		s.finished = false
	case stream.Tick:
		s.tick(in.Now, out)
	case stream.Closed:
		s.gone(in.Now, out)
	}
}

// result takes what a job gave back.
func (s *Session) result(in *stream.Input, out *stream.Output) {
	switch r := in.Result.(type) {
	case nil:
		s.in.working = false
	case host.Continuation:
		s.in.working = false
		s.sendWaiting(out)
		r(out, in.Now)
		s.saveCarbons()
	case authResult:
		s.authenticated(r, in.Now, out)
	case loginResult:
		s.succeeded(r, out)
	case keyResult:
		s.keyChecked(r, out)
	case offerResult:
		s.offerChecked(r, out)
	case bindResult:
		s.bindChecked(r, out)
	case pageResult:
		s.paged(r, out)
	case enableResult:
		s.enabled(r, out)
	case resumeResult:
		s.resumed(r, out)
	case heldResult:
		s.resumptionChecked(r, out)
	case inlineResult:
		s.resumedInline(r, out)
	}
}

// element sorts a first-level element by the state.
func (s *Session) element(in *stream.Input, out *stream.Output) {
	e := in.Element
	if s.pages != nil && s.pages.bytes > maxPages {
		out.Congested = true // who asks for yet another page is told to wait
	}
	if e.Is(atom.NSStreams, atom.Error) {
		s.becomeClosed(out) // RFC 6120 §4.9.1.1
		return
	}
	if s.skips(e) {
		return
	}
	switch s.state {
	case negotiating:
		s.negotiate(e, in.Now, out)
	case binding:
		s.bind(e, in.Now, out)
	case bound:
		s.stanza(e, in.Now, out)
	default:
		s.fail(out, atom.NotAuthorized, "")
	}
}

// stanza takes what a bound client sends.
func (s *Session) stanza(e codec.Element, now time.Time, out *stream.Output) {
	if e.NS() == atom.NSSM {
		s.ack(e, now, out)
		return
	}
	if e.NS() == atom.NSCSI {
		s.indicate(e, out)
		return
	}
	if e.Is(atom.NSCompress, atom.Compress) {
		s.compressFailed(atom.SetupFailed, out) // too late
		return
	}
	if c := stream.CheckFirstLevel(e, atom.NSClient); c != atom.Unknown {
		s.fail(out, c, "")
		return
	}
	e, ok := s.stamp(e)
	if !ok {
		s.fail(out, atom.InvalidFrom, "the 'from' of a stanza is not this session's address")
		return
	}
	s.sendWaiting(out) // the client is awake
	if len(s.out.unacked) > 0 {
		s.answered(e)
	}
	presence, about, answers, jobs := e.Name() == atom.Presence, e.First().NS(), answers(e), len(out.Jobs)
	sender := senders.Get().(*host.Sender)
	*sender = host.Sender{
		Host: s.host, Session: &s.me, Out: out, Now: now,
		Pending: s.in.pending > 0, Number: s.in.next(),
	}
	if s.stream != nil {
		sender.Stream, sender.H = &s.stream.Stream, s.handled()
	}
	s.in.handled(s.host.Stanza(sender, e))
	s.in.working = answers && len(out.Jobs) > jobs
	*sender = host.Sender{}
	senders.Put(sender)
	if presence {
		s.available(out)
	}
	switch {
	case s.stream != nil && (presence || about == atom.NSRoster):
		s.save()
	case about == atom.NSCarbons:
		s.saveCarbons()
	}
}

// senders are reused: a Sender lives for one call.
var senders = sync.Pool{New: func() any { return new(host.Sender) }}

// TODO RFC 6120 §8.1.5: the language of the stream is not put on stanzas that name none.

// stamp checks the stanza's 'from' and sets it to the full JID (RFC 6120 §8.1.2.1); subscription stanzas get the bare JID (RFC 6121 §3.1.2).
func (s *Session) stamp(e codec.Element) (codec.Element, bool) {
	if from := e.Attr(atom.From); from != nil && !s.me.JID.EqualBytes(from) && !s.me.JID.Bare().EqualBytes(from) {
		return e, false
	}
	from := s.me.JID
	if e.Name() == atom.Presence {
		switch t, _ := stanza.Type(e); t {
		case atom.Subscribe, atom.Subscribed, atom.Unsubscribe, atom.Unsubscribed:
			from = from.Bare()
		}
	}
	return codec.SetAttr(e, atom.From, from.String()), true
}

// malformed answers bytes that are no stream (RFC 6120 §4.9).
func (s *Session) malformed(err error, out *stream.Output) {
	var syntax *codec.Error
	if errors.As(err, &syntax) {
		if syntax.Condition == atom.ProcessingFailed {
			s.processingFailed(out)
			return
		}
		s.fail(out, syntax.Condition, syntax.Reason)
		return
	}
	s.fail(out, atom.UndefinedCondition, err.Error())
}

// fail ends the stream with an error (RFC 6120 §4.9); text is for people.
func (s *Session) fail(out *stream.Output, condition atom.Atom, text string) {
	if s.state == connected || s.state == authenticated {
		s.sendHeader(out) // §4.9.1.2: an error needs an open stream
	}
	b := out.Build().Start(atom.NSStreams, atom.Error)
	b.Start(atom.NSStreamErrors, condition).End()
	if text != "" {
		b.Start(atom.NSStreamErrors, atom.Text).Lang("en").Text(text).End()
	}
	out.Send(b.Element())
	s.becomeClosed(out)
}

// becomeClosed ends the stream (RFC 6120 §4.4). What is left to do is done when the connection is gone.
func (s *Session) becomeClosed(out *stream.Output) {
	s.state, s.finished = closed, true
	out.SendFooter()
	out.Close()
}

// gone cleans up when the connection is gone.
func (s *Session) gone(now time.Time, out *stream.Output) {
	s.state = closed
	switch {
	case s.me.JID.Resource() == "":
		// Never bound.
	case s.stream == nil:
		s.unbind(out)
		s.giveBack(nil, out)
	case s.finished:
		s.finish(out)
	default:
		s.park(now, out)
	}
}

// unbind ends the session for good.
func (s *Session) unbind(out *stream.Output) {
	end, ok := s.host.Router.Unbind(&s.me)
	if !ok {
		return // another session has taken its place
	}
	im, me, untaken := s.host.IM, &s.me, s.untaken()
	out.Do(func() any {
		im.Gone(me, end, untaken)
		return nil
	})
}
