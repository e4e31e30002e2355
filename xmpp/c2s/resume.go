package c2s

import (
	"container/list"
	"crypto/rand"
	"encoding/base64"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// resumable is a stream that can be resumed (XEP-0198 §5), from its <enable/> to its end or until it leaves the memory. See the package comment for its states.
type resumable struct {
	host.Stream
	max time.Duration // how long it may be without a connection
	box box           // takes the mail while there is no session that could

	mu       sync.Mutex // held by the Steps of its sessions
	owner    *Session   // the session that it belongs to, whether or not it has a connection; nil: a session has claimed it, or it is over
	last     *Session   // has the counts, and is the one that the router knows; the owner, if there is one
	claimant *Session   // has claimed it, and gets it with its next Step
	parked   bool       // the owner has no connection
	recorded bool       // and the record says so
	stored   *host.StreamRecord
	line                          // of the owner
	missed   missed               // by its client
	carbons  bool                 // the record says that they are on
	lost     bool                 // something that was worth it was not kept
	pages    uint32               // of results, that were kept
	tears    []uint32             // those of them of which something was not kept since, see tear
	holds    func() (bool, error) // of the login that has resumed it, until resend; nil: none

	claimed atomic.Bool // there is a claimant, for who does not hold mu

	since time.Time     // it has no session since then,
	place *list.Element // and this is its place among those; nil: it has. Both are guarded by the lock of Streams
}

// enableResult is a stream that was made durable; the zero one cannot be resumed.
type enableResult struct{ stream *resumable }

// newStream returns the stream that a client wants with its <enable/> (XEP-0198 §3): nil when it does not want to be able to resume it.
func (ss *Streams) newStream(e codec.Element) *resumable {
	if ss == nil || !boolean(e.Attr(atom.Resume)) {
		return nil
	}
	r := &resumable{max: ss.Max}
	if wanted, err := strconv.ParseUint(string(e.Attr(atom.Max)), 10, 31); err == nil {
		r.max = min(r.max, time.Duration(wanted)*time.Second)
	}
	rand.Read(r.ID[:])
	return r
}

// enabling makes r the stream of the session, which the router knows, and returns the record for enable.
func (s *Session) enabling(r *resumable) host.StreamRecord {
	r.init(s.me.JID.Bare(), s.host)
	r.owner, r.last = s, s
	rec := s.recordOf(r)
	rec.Out.Complete, rec.Out.Life, rec.Out.Unacked = false, 0, nil
	return rec
}

// enable makes the stream durable, in a job of the session. The result is for addEnabled.
func (r *resumable) enable(rec host.StreamRecord, h *host.Host) enableResult {
	r.carbons = rec.Carbons
	if err := h.EnableStream(rec); err != nil {
		h.Log.Warn("a stream cannot be resumed, for it was not kept", "jid", rec.Account.String(), "err", err)
		return enableResult{}
	}
	return enableResult{r}
}

// init makes r ready to take mail.
func (r *resumable) init(account jid.JID, h *host.Host) {
	r.Account, r.Lost = account, &r.box
	r.box.encoders = h.Router.Encoders
}

// boolean reads an xs:boolean.
func boolean(v []byte) bool { return string(v) == "true" || string(v) == "1" }

// addEnabled turns acks on, in both directions, and adds <enabled/> to b. The counts begin at 0 here. With r, the session's Steps hold the lock of its stream from
// now on.
func (s *Session) addEnabled(r enableResult, b *codec.Builder) {
	s.in.on, s.in.base, s.in.stored = true, s.in.received, s.in.received
	s.out.on = true
	b.Start(atom.NSSM, atom.Enabled)
	defer b.End()
	if r.stream == nil {
		return
	}
	r.stream.mu.Lock() // until the Step ends
	s.moveLine(r.stream)
	s.stream = r.stream
	s.srv.Streams.add(r.stream)
	b.Attr(atom.ID, r.stream.name()).Attr(atom.Resume, "true").AttrUint(atom.Max, uint64(r.stream.max/time.Second))
	if l := s.srv.Streams.Location; l != "" {
		b.Attr(atom.Location, l)
	}
}

// name is the stream's id on the wire (the SM-ID).
func (r *resumable) name() string { return base64.RawURLEncoding.EncodeToString(r.ID[:]) }

// streamID reads an SM-ID of ours.
func streamID(name []byte) (id host.StreamID, ok bool) {
	if base64.RawURLEncoding.DecodedLen(len(name)) != len(id) {
		return id, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(string(name))
	if err != nil || len(raw) != len(id) {
		return id, false
	}
	return host.StreamID(raw), true
}

// resumeResult is what became of a <resume/>.
type resumeResult struct {
	stream    *resumable // claimed; nil: it has failed
	failed    atom.Atom  // why
	known     bool       // h is known: of the client's stanzas so many are handled
	h         uint32
	tooHigh   bool // the client has counted more than was sent: claims it, and sendCount were
	claims    uint32
	sendCount uint32
	holds     func() (bool, error) // of the login
}

// resumption is what a <resume/> says (XEP-0198 §5).
type resumption struct {
	id     host.StreamID
	h      uint32
	failed atom.Atom // what is wrong with it at first sight, Unknown: nothing
}

func readResume(e codec.Element) resumption {
	id, ok := streamID(e.Attr(atom.PrevID))
	h, err := strconv.ParseUint(string(e.Attr(atom.H)), 10, 32)
	q := resumption{id: id, h: uint32(h)}
	switch {
	case err != nil:
		q.failed = atom.BadRequest
	case !ok:
		q.failed = atom.ItemNotFound
	}
	return q
}

// resume takes a <resume/> (XEP-0198 §5).
func (s *Session) resume(e codec.Element, now time.Time, out *stream.Output) {
	job := s.resuming(readResume(e), now)
	out.Do(func() any { return job() })
}

// resuming returns the work to do for a client that has logged in and bound nothing, in a job of the session. Its result is for takeOver. When the session ends
// before, the stream is as if it had lost its connection.
func (s *Session) resuming(q resumption, now time.Time) (job func() resumeResult) {
	ss, account, holds, on := s.srv.Streams, s.me.JID.Bare(), s.login.holds, s.host
	return func() resumeResult {
		switch {
		case ss == nil:
			return resumeResult{failed: atom.FeatureNotImplemented}
		case q.failed != atom.Unknown:
			return resumeResult{failed: q.failed}
		}
		if ok, err := holds(); err != nil || !ok {
			return resumeResult{failed: atom.NotAuthorized}
		}
		turn := ss.turn(q.id)
		turn.Lock()
		defer turn.Unlock()
		r := ss.claim(s, on, account, q.id, q.h, now)
		r.holds = holds
		return r
	}
}

// found returns the account's stream of that id if it is in memory; one whose time is over leaves it. The turn is the caller's.
func (ss *Streams) found(account jid.JID, id host.StreamID, now time.Time) *resumable {
	r := ss.find(account, id)
	if r == nil {
		return nil
	}
	since, over := ss.expired(r, now)
	if over {
		ss.leave(r, since) // its own job may not have come to that
	}
	if over || r.box.ended() {
		ss.evict(r)
		return nil
	}
	return r
}

// claim takes the stream from its session, or from the disk, for the session by. The turn is the caller's. by is only named: its Step may be running.
func (ss *Streams) claim(by *Session, on *host.Host, account jid.JID, id host.StreamID, h uint32, now time.Time) resumeResult {
	r := ss.found(account, id, now)
	if r == nil {
		rec, ok, err := on.StreamRecord(account, id)
		switch {
		case err != nil:
			on.Log.Error("reading a stream failed", "jid", account.String(), "err", err)
			return resumeResult{failed: atom.InternalServerError}
		case !ok:
			return resumeResult{failed: atom.ItemNotFound}
		case rec.Ended, !rec.Expires.IsZero() && !rec.Expires.After(now), !rec.Out.Started && on.Store.Life() != 0 && outdated(rec.Out, on):
			return resumeResult{failed: atom.ItemNotFound, known: true, h: rec.In}
		}
		r = by.srv.load(rec, on)
	}
	r.mu.Lock()
	last, known := r.last, r.stored == nil
	if r.owner == nil && r.claimant == nil && known || last.finished {
		r.mu.Unlock()
		return resumeResult{failed: atom.ItemNotFound} // it ends at this moment
	}
	if res := last.heard(h); res.tooHigh {
		r.mu.Unlock()
		return res
	}
	in, sofar := last.handled(), last.outRecord()
	sofar.Complete, sofar.Life, sofar.Unacked = false, 0, nil
	var replaced stream.Mailbox
	if r.owner != nil && !r.parked {
		replaced = last.me.Mailbox
		r.box.hold(last.away())
		on.Router.Redirect(&last.me, relay{replaced, &r.box}) // its connection may end before it has a new one
	}
	r.owner, r.claimant = nil, by
	r.claimed.Store(true)
	r.mu.Unlock()
	ss.wait(r, time.Time{}) // the time that it has begins when Sweep sees it: now may be long ago

	rec, ok, err := on.ResumeStream(account, id, in, known, sofar)
	if replaced != nil {
		replaced.Post(stream.Mail{Note: takenOver{}})
	}
	if err != nil || !ok {
		ss.abandon(r)
		if err == nil {
			return resumeResult{failed: atom.ItemNotFound, known: rec.Ended, h: rec.In}
		}
		on.Log.Warn("a stream was not resumed", "jid", account.String(), "err", err)
		return resumeResult{failed: atom.ResourceConstraint}
	}
	r.mu.Lock()
	last.in = inbound{on: true, received: rec.In} // nothing that it has in hand comes to the client any more
	r.mu.Unlock()
	return resumeResult{stream: r, h: rec.In}
}

// takenOver is the note to a session whose stream another connection has claimed: conflict (XEP-0198 §5).
type takenOver struct{}

// heard takes the count of a client that comes back, like an ack. One that is too high changes nothing. After a crash the list of what was sent is not complete: then
// only the archive counts, and what the client has and has not acked before comes again, with the same stanza-id.
func (s *Session) heard(h uint32) resumeResult {
	o := &s.out
	n := h - o.acked // modulo 2³²
	switch {
	case o.open && int32(n) >= 0:
		o.acked = h
	case o.open, n > uint32(len(o.unacked)):
		return resumeResult{tooHigh: true, claims: h, sendCount: o.acked + uint32(len(o.unacked))}
	default:
		s.take(int(n))
	}
	return resumeResult{}
}

// outdated reports whether the client may have had more of its stream than its record says: it was killed with its connection, or a crash may have taken back that it was resumed since
// (store.Store.Life). Then the list of what was sent does not count: the client would be taken to mean stanzas of the old list. And where a crash can take back anything, a
// stream that was not started by such a record may have been: its place is lost, and the account's cursor, where it would begin anew, may have passed what the client has not had.
func outdated(o host.StreamOut, on *host.Host) bool { return !o.Complete || o.Life != on.Store.Life() }

// load makes a stream, and a session that never had a connection, of a record.
func (srv *Server) load(rec host.StreamRecord, on *host.Host) *resumable {
	r := &resumable{max: rec.Max, stored: &rec}
	r.ID = rec.ID
	r.init(rec.Account, on)
	r.SetLeft(true)
	s := &Session{srv: srv, host: on, state: closed, stream: r}
	s.me.JID, _ = rec.Account.WithResource(rec.Resource)
	s.in = inbound{on: true, received: rec.In}
	o := rec.Out
	s.out = outbound{on: true, acked: o.Acked, open: outdated(o, on), started: o.Started, taken: o.Taken, seen: o.Taken}
	if s.out.open {
		o.Unacked = nil
	}
	for _, seq := range o.Unacked {
		s.out.unacked = append(s.out.unacked, sent{seq: seq})
		s.out.seen = max(s.out.seen, seq)
	}
	r.last = s
	return r
}

// takeOver takes over the stream that was claimed, and reports whether it could. Then the session is bound, its Steps hold the lock of its stream from now on, and resend
// is to follow when the client has heard of it (see add). A result that is tooHigh is not for it, but for handledTooMany.
func (s *Session) takeOver(r *resumeResult) bool {
	if r.stream != nil {
		if r.failed = s.adopt(r.stream); r.failed == atom.Unknown {
			r.stream.holds = r.holds
		}
	}
	return r.failed == atom.Unknown
}

// add adds <resumed/> to b, or <failed/>.
func (r *resumeResult) add(b *codec.Builder) {
	if r.failed == atom.Unknown {
		b.Start(atom.NSSM, atom.Resumed).AttrUint(atom.H, uint64(r.h)).Attr(atom.PrevID, r.stream.name()).End()
		return
	}
	b.Start(atom.NSSM, atom.Failed)
	if r.known {
		b.AttrUint(atom.H, uint64(r.h))
	}
	b.Start(atom.NSStanzas, r.failed).End().End()
}

// resumed ends what resume has begun.
func (s *Session) resumed(r resumeResult, out *stream.Output) {
	if r.tooHigh {
		s.handledTooMany(r.claims, r.sendCount, out)
		return
	}
	ok := s.takeOver(&r)
	s.skipKnown(s.login.flight, ok, r.h)
	s.login.flight = flight{}
	b := out.Build()
	r.add(b)
	out.Send(b.Element())
	if ok {
		s.becomeBound(out)
		s.resend(out)
		return
	}
	s.login.failures++
	if s.login.failures >= s.maxFailures() {
		s.fail(out, atom.PolicyViolation, "too many failed resumptions")
	}
}

// adopt puts s in the place of the stream's last session, with its address and its counts. It returns why not, when another session has claimed the stream
// since, or it has ended, or the account has too many sessions.
func (s *Session) adopt(r *resumable) (failed atom.Atom) {
	r.mu.Lock() // until the Step ends
	old := r.last
	switch {
	case r.claimant != s:
		r.mu.Unlock()
		return atom.Conflict
	case r.box.ended():
		r.mu.Unlock()
		return atom.ItemNotFound // its account was changed meanwhile, or its resource bound anew
	}
	account := s.me.JID
	s.me.JID = old.me.JID
	if !s.host.Router.Adopt(&s.me, &old.me) {
		failed = atom.ItemNotFound // its resource was bound anew
		if r.stored != nil && s.host.Router.Bind(&s.me) != nil {
			failed = atom.ResourceConstraint
		} else if r.stored != nil {
			failed = atom.Unknown
		}
	}
	if failed != atom.Unknown {
		s.me.JID = account
		r.mu.Unlock()
		return failed
	}
	if st := r.stored; st != nil {
		s.host.Router.Restore(&s.me, router.State{Presence: router.Presence{Stanza: st.Presence, Priority: st.Priority}, Interested: st.Interested, Carbons: st.Carbons})
		r.carbons = st.Carbons
	}
	s.me.Told = old.me.Told
	s.stream, s.in, s.out = r, old.in, old.out
	old.out = outbound{}
	s.in.durable, s.in.stored, s.in.pending, s.in.asked = s.in.received, s.in.received, 0, false
	s.out.asked, s.out.timed, s.out.paging, s.out.open, s.out.behind = false, false, false, false, true
	s.out.begun = s.out.begun || r.stored != nil && s.host.Router.Able(&s.me)
	old.queueWaiting(r, s.out.seen) // it may not have been parked
	old.queueResultsAgain(r, s.out.seen)
	r.requeue(&s.out, s.me.Mailbox)
	r.owner, r.last, r.claimant, r.parked = s, s, nil, false
	r.claimed.Store(false)
	r.SetLeft(false)
	s.srv.Streams.add(r)
	return atom.Unknown
}

// requeue puts what the last session has sent, and was not acked, before the mail of the time since: what is archived is read again, the rest waits for its place
// in between. to gets the mail from
// now on.
func (r *resumable) requeue(o *outbound, to stream.Mailbox) {
	mail, first, came, lost := r.box.forward(to)
	if first != 0 {
		r.before(first)
	}
	again, before := r.queue, r.unacked(o)
	r.missed.add(came...)
	r.queue, r.queued = nil, 0
	for _, list := range [][]held{before, again, mail} {
		for _, h := range list {
			r.enqueue(h)
		}
	}
	r.dropTorn()
	r.lost = r.lost || lost
	o.kept, o.unacked = 0, nil
}

// unacked returns what was sent, is kept and was not acked, in its places; and notes which archived messages are to be read again: all from the first one on that counts for the
// cursor, or, when the client is not available, or some were sent early, these only, and the others when it has them.
func (r *resumable) unacked(o *outbound) (kept []held) {
	o.begun = o.begun && !slices.ContainsFunc(o.unacked, sent.early)
	after, first := uint64(0), true
	for _, u := range o.unacked {
		switch {
		case u.seq != 0 && u.frame != nil: // the end of results, see caughtUp: it says nothing until the client has it
			if kept = append(kept, held{after, u.frame}); first {
				o.seen = o.taken
			}
		case u.early():
			r.missed.entries = append(r.missed.entries, u.entry())
			after = max(after, u.entry())
		case u.seq != 0:
			if first && !sabotageGapOnResume {
				o.seen = u.seq - 1
			}
			if after, first = max(after, u.seq), false; !o.begun {
				r.missed.entries, r.missed.counted = append(r.missed.entries, u.seq), u.seq
			}
		case u.frame != nil:
			kept = append(kept, held{after, u.frame})
		}
	}
	return kept
}

// resend sends what the client has not got of its stream (XEP-0198 §5). It gets what is archived and the rest in the order in which it was sent, or would have been.
func (s *Session) resend(out *stream.Output) {
	out.Keep = true
	r := s.stream
	if holds := r.holds; holds != nil {
		r.holds = nil
		out.Do(func() any { // as after bind: who changes the account from here on finds the session
			ok, err := holds()
			return heldResult{ok, err}
		})
	}
	if s.out.begun || s.missing() {
		s.catchUp(out)
	} else {
		s.endMissed(out)
	}
	if st := r.stored; st != nil || r.lost {
		var version uint64
		if st != nil {
			version = st.RosterVersion
		}
		im, me := s.host.IM, &s.me
		out.Do(func() any {
			im.Back(me, st != nil, version)
			return nil
		})
	}
	r.stored, r.lost = nil, false
}

// heldResult says whether the login that has resumed a stream still holds, now that the router knows the session.
type heldResult struct {
	ok  bool
	err error
}

// resumptionChecked ends a session whose account was changed while it resumed its stream.
func (s *Session) resumptionChecked(r heldResult, out *stream.Output) {
	if r.err != nil {
		s.srv.Log.Error("looking up an account failed", "cid", s.peer.ID, "err", r.err)
	}
	if !r.ok {
		s.note(router.Removed, out)
		s.finished = r.err == nil
	}
}
