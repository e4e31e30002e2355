package host

import (
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/stanza"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// Sender is the session that sends a stanza, for the time of one Step.
type Sender struct {
	Host    *Host
	Session *router.Session
	Out     *stream.Output
	Now     time.Time
	Pending bool   // commits of this session are on their way: see Order in the package comment
	Number  uint32 // of the stanza in its stream, for Done
	// Stream is the stream when it can be resumed, nil otherwise; H is then the count up to this stanza, which is written with what the stanza writes.
	Stream *Stream
	H      uint32
}

// Done is posted to the sender's mailbox for every stanza that IM took for commit (it returned true), in their order, when it is durable or has
// failed. The session owns it from then on, and calls Settle when it has read it.
type Done interface {
	Stanza() uint32 // the Number it had
	// Answer builds the stanza error that the sender gets, the zero Element when all went well.
	Answer(b *codec.Builder) codec.Element
	// Counted reports whether the Sender's H is durable.
	Counted() bool
	Settle()
}

// FromCursor begins a Page at the cursor of the session's device.
const FromCursor = ^uint64(0)

// IM takes the stanzas that are no requests to the server. Its methods are called in the sender's Step; e is stamped with its 'from'.
type IM interface {
	// Message takes a message to an account of the host (to is full or bare, the sender's own bare JID when the stanza has no 'to'). It
	// reports whether a Done will follow.
	Message(s *Sender, e codec.Element, to jid.JID) (committed bool)
	// Presence takes any presence; to is zero when the stanza has no 'to' (broadcast).
	Presence(s *Sender, e codec.Element, to jid.JID)
	// IQ takes a request or answer to another session.
	IQ(s *Sender, e codec.Element, to jid.JID)
	// Page reads on in the archive for a session, see Page. When entries behind after were deleted, it fails. It is slow: it runs in a job.
	Page(s *router.Session, after uint64) (Page, error)
	// Taken notes, in the session's Step or its last, that its client has taken the archive up to done; pending is the first entry sent
	// and not taken, 0 when there is none.
	Taken(s *router.Session, done, pending uint64)
	// Acked is Taken of a session whose stream can be resumed, and whose client has acknowledged so many stanzas: the stream's record says it too.
	Acked(s *router.Session, st *Stream, acked uint32, done, pending uint64)
	// Count writes the Sender's H, for an ack that covers stanzas that were not stored. It reports whether a Done will follow.
	Count(s *Sender) (committed bool)
	// Back follows a session that has resumed its stream after it was not bound: others hear that it is available, if it was not to them (away), and it
	// hears of their presence, and of what has changed in its roster since that version. It is slow: it runs in a job.
	Back(s *router.Session, away bool, rosterVersion uint64)
	// Parked follows a session that has lost its connection and may resume its stream: when nobody else of its account is there, what its client was sent
	// and has not taken is pushed (XEP-0357 §7). It is slow: it runs in a job.
	Parked(s *router.Session, now time.Time)
	// Gone follows a session that was bound and is unbound now: it ends its presence, and hands on the archive entries that it was sent and has not
	// taken. It is slow: it runs in a job.
	Gone(s *router.Session, end router.End, untaken []uint64)
	// Returned takes back a stanza that is in no archive, whose receiver has ended, or refuses it, before its client had it: others of its account get it,
	// or its sender hears of that, if it is Owed. It takes the reference on f. Any goroutine may call it, once the router does not know the receiver any more.
	Returned(f *codec.Frame)
}

// Page is a stretch of an account's archive, ready for one session. The receiver owns a reference on each frame.
type Page struct {
	Frames []*codec.Frame // each has its ID and stamps
	Start  uint64         // the entry that it begins behind
	Last   uint64         // the entry to go on after
	More   bool           // the archive goes on behind Last
}

// Release gives the page's frames back.
func (p *Page) Release() {
	for _, f := range p.Frames {
		f.Release()
	}
	p.Frames = nil
}

// Stanza takes a stanza that a bound session sends: the door of the host. It reports whether a Done will follow.
func (h *Host) Stanza(s *Sender, e codec.Element) (committed bool) {
	to, ok := h.address(s, e)
	if !ok {
		return false
	}
	switch stanza.KindOf(e) {
	case stanza.Message:
		return h.message(s, e, to)
	case stanza.Presence:
		h.presence(s, e, to)
	case stanza.IQ:
		h.iq(s, e, to)
	}
	return false
}

// address returns the stanza's 'to', zero when it has none; one that is no JID is answered (RFC 6120 §8.3.3.8).
func (h *Host) address(s *Sender, e codec.Element) (to jid.JID, ok bool) {
	written := e.Attr(atom.To)
	if written == nil {
		return jid.JID{}, true
	}
	to, err := h.Router.Resolve(written)
	if err != nil {
		s.Fail(e, stanza.Error{Condition: atom.JIDMalformed})
		return jid.JID{}, false
	}
	return to, true
}

// message sorts a message by its 'to' (RFC 6120 §10.3.1, §10.4, §10.5).
func (h *Host) message(s *Sender, e codec.Element, to jid.JID) (committed bool) {
	switch {
	case to.IsZero():
		return h.IM.Message(s, e, s.Session.JID.Bare())
	case !h.Serves(to):
		s.Fail(e, stanza.Error{Condition: atom.RemoteServerNotFound})
	case to.Local() == "":
		s.Fail(e, stanza.Error{Condition: atom.ServiceUnavailable})
	default:
		return h.IM.Message(s, e, to)
	}
	return false
}

// presence sorts a presence; one of an undefined type is answered (RFC 6121 §4.7.1).
func (h *Host) presence(s *Sender, e codec.Element, to jid.JID) {
	switch _, ok := stanza.Type(e); {
	case !ok:
		s.Fail(e, stanza.Error{Condition: atom.BadRequest})
	case !to.IsZero() && !h.Serves(to):
		s.Fail(e, stanza.Error{Condition: atom.RemoteServerNotFound})
	case !to.IsZero() && to.Local() == "":
		// A server has no presence (RFC 6120 §10.5.1): nothing to do.
	default:
		h.IM.Presence(s, e, to)
	}
}

// Fail answers e with a stanza error, unless it is one that may not be answered (RFC 6120 §8.3.1), or a presence of no consequence.
func (s *Sender) Fail(e codec.Element, err stanza.Error) {
	if stanza.MayAnswer(e) {
		s.Out.Send(stanza.BuildError(s.Out.Build(), e, err))
	}
}
