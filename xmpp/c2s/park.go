package c2s

import (
	"sync"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/stanza"
	"github.com/godwit-im/godwit/xmpp/stream"
)

const (
	keepAsk = 8 << 10  // bytes of stanzas that are not archived and not acked: the client is asked for an ack
	keepMax = 64 << 10 // more of them are not sent again, but for those that are owed an answer
	maxHeld = 500      // stanzas that wait for a connection, or for the archive
	// maxQueue is how many bytes of stanzas may wait for the archive: all that was kept, and all that has come while there was no connection. As many may be kept with those
	// that are owed an answer, and the errors that are kept instead of answers.
	maxQueue = 2 * keepMax
)

// noMore is behind all entries of the archive.
const noMore = ^uint64(0)

// held is a stanza that waits for its place: behind that entry of the archive.
type held struct {
	after uint64
	frame *codec.Frame
}

// keep returns a reference to a stanza that is to be sent again, or, on a stream that cannot be resumed, to go back when it is not acked; nil when it is not worth
// it, or there is no room.
func (s *Session) keep(f *codec.Frame) *codec.Frame {
	r := s.stream
	switch {
	case !s.out.on, f.Passing, r == nil && f.Owed == 0:
		return nil
	case r != nil && r.torn(f):
		return s.keepInstead(f)
	case s.fits(f):
		s.out.kept += int32(f.Size())
		return f.Retain()
	case r != nil:
		r.lost = true
		r.tear(f)
		return s.keepInstead(f)
	}
	return nil
}

// fits reports whether there is room to keep a stanza.
func (s *Session) fits(f *codec.Frame) bool {
	most := keepMax
	if f.Owed != 0 {
		most = maxQueue
	}
	return int(s.out.kept)+f.Size() <= most
}

// keepInstead returns what is kept in the place of an answer that is not; nil: nothing.
func (s *Session) keepInstead(f *codec.Frame) *codec.Frame {
	if s.stream == nil {
		return nil
	}
	instead := s.stream.instead(f)
	switch {
	case instead == nil:
	case int(s.out.kept)+instead.Size() > maxQueue:
		instead.Release()
		return nil
	default:
		s.out.kept += int32(instead.Size())
	}
	return instead
}

// instead returns, with a reference, an error for the request that a stanza is the answer to, or the stanza itself when it is an error; nil when it is neither. The client is told with <resumed/> that
// what it has sent was handled, so it does not send it again by itself: it must get an answer (RFC 6120 §8.2.3).
func (r *resumable) instead(f *codec.Frame) *codec.Frame {
	if f.Name == atom.Presence {
		return nil
	}
	var scratch codec.Scratch
	e, err := r.last.host.Router.Open(f, &scratch)
	if err != nil {
		return nil
	}
	switch kind, _ := stanza.Type(e); {
	case kind == atom.Error:
		return f.Retain()
	case kind != atom.Result || f.Name != atom.IQ:
		return nil
	}
	var b codec.Builder
	e = stanza.BuildErrorFor(&b, atom.IQ, e.Attr(atom.ID), e.Attr(atom.From), e.Attr(atom.To), stanza.Error{Condition: atom.ResourceConstraint})
	instead := codec.NewFrame()
	for _, enc := range r.box.encoders {
		if f.Has(enc.Encoding()) {
			instead.Encode(enc, e)
		}
	}
	return instead
}

// refuse gives a request back that there is no room to keep, and reports whether it has: were it lost with the connection, nobody would answer it.
func (s *Session) refuse(f *codec.Frame, out *stream.Output) bool {
	if !s.out.on || f.Owed == 0 || f.Name != atom.IQ || s.fits(f) {
		return false
	}
	im := s.host.IM
	f.Retain()
	out.Do(func() any {
		im.Returned(f)
		return returned{}
	})
	return true
}

// returned says that a job has given a stanza back.
type returned struct{}

// room reports whether all of those can be kept.
func (s *Session) room(all []*codec.Frame) bool {
	r, bytes := s.stream, 0
	for _, f := range all {
		bytes += f.Size()
	}
	if r == nil || int(s.out.kept)+bytes <= keepMax {
		return true
	}
	r.lost = true
	return false
}

// enqueue adds to the queue a stanza, whose reference it takes, if there is room.
func (r *resumable) enqueue(h held) {
	size := h.frame.Size()
	if r.queued+size > maxQueue || r.torn(h.frame) {
		r.lost = true
		r.tear(h.frame)
		instead := r.instead(h.frame)
		r.last.host.IM.Returned(h.frame)
		if instead == nil {
			return
		}
		h.frame, size = instead, instead.Size()
	}
	r.queued += size
	r.queue = append(r.queue, h)
}

// suspend ends the connection and not the stream.
func (s *Session) suspend(out *stream.Output) {
	s.state = closed
	out.Close()
}

// forward keeps the mail of a session that is about to lose its connection, or gives it to the one that has its stream.
func (s *Session) forward(in *stream.Input) {
	m := in.Mail
	switch {
	case in.Kind != stream.Delivery:
		return
	case s.stream == nil:
		s.keepLate(m.Frame)
		return
	case s.stream.owner == s:
		s.stream.box.hold(s.away())
	}
	if m.Frame != nil {
		m.Frame.Retain()
	}
	if !s.stream.box.Post(m) && m.Frame != nil {
		s.host.IM.Returned(m.Frame.Retain())
	}
}

// keepLate keeps a stanza that has come after the end of a stream that cannot be resumed, to go back when the connection is gone too.
func (s *Session) keepLate(f *codec.Frame) {
	if f != nil && f.Owed != 0 && int(s.out.kept)+f.Size() <= keepMax {
		s.out.kept += int32(f.Size())
		s.out.unacked = append(s.out.unacked, sent{0, f.Retain()})
	}
}

// outlived is the Step of a session whose stream another one has resumed, or ended: nothing that its client says counts any more.
func (s *Session) outlived(in *stream.Input, out *stream.Output) {
	switch {
	case in.Kind == stream.Closed:
		s.state = closed
	case in.Kind == stream.Delivery && in.Mail.Note == takenOver{}:
		if s.state != closed && !sabotageNoFence {
			s.note(router.Replaced, out) // XEP-0198 §5: conflict
			s.finished = false           // its stream goes on
		}
	default:
		s.forward(in)
	}
}

// recordOf returns all that is to be known of the stream without the session.
func (s *Session) recordOf(r *resumable) host.StreamRecord {
	if r.stored != nil {
		rec := *r.stored
		rec.Out = s.outRecord()
		return rec
	}
	state := s.host.Router.State(&s.me)
	return host.StreamRecord{
		Account: r.Account, ID: r.ID, Resource: s.me.JID.Resource(), Max: r.max,
		Interested: state.Interested, Carbons: state.Carbons, Presence: state.Stanza, Priority: state.Priority,
		In: s.handled(), Out: s.outRecord(),
	}
}

// outRecord returns what the record says of what was sent.
func (s *Session) outRecord() host.StreamOut {
	o := &s.out
	out := host.StreamOut{Acked: o.acked, Started: o.started, Taken: o.taken}
	if s.stream != nil && !o.open && s.stream.parked {
		out.Complete, out.Life = true, s.host.Store.Life()
		for _, u := range o.unacked {
			seq := u.seq
			if u.frame != nil || u.early() { // the end of results, see caughtUp: without them it says nothing; an early one does not count
				seq = 0
			}
			out.Unacked = append(out.Unacked, seq)
		}
	}
	return out
}

// save writes what the session has said of itself, for after a crash.
func (s *Session) save() { s.host.SaveStream(s.recordOf(s.stream)) }

// saveCarbons is save when the client has turned its carbons on or off since.
func (s *Session) saveCarbons() {
	if s.stream == nil || s.state != bound {
		return
	}
	if on, _ := s.host.Router.Carbons(&s.me); on != s.stream.carbons {
		s.stream.carbons = on
		s.save()
	}
}

// finish ends the stream for good: it was closed in order.
func (s *Session) finish(out *stream.Output) {
	r, h, ss := s.stream, s.host, s.srv.Streams
	r.owner = nil
	rest := r.box.close()
	out.Do(func() any {
		turn := ss.turn(r.ID)
		turn.Lock()
		defer turn.Unlock()
		if err := h.ForgetStream(&r.Stream); err != nil {
			h.Log.Warn("a stream was not forgotten", "jid", r.Account.String(), "err", err)
		}
		ss.drop(r)
		return nil
	})
	s.unbind(out)
	s.giveBack(rest, out)
}

// letGo returns what was to be sent, or sent again, and has to go back (XEP-0198 §4), with the references, and releases the rest of it. rest is what the
// box has held.
func (s *Session) letGo(rest []held) (back []*codec.Frame) {
	put := func(f *codec.Frame) {
		switch {
		case f == nil:
		case f.Owed != 0:
			back = append(back, f)
		default:
			f.Release()
		}
	}
	for _, u := range s.out.unacked {
		put(u.frame)
	}
	if l := s.line(); l != nil {
		for _, h := range l.queue {
			put(h.frame)
		}
		l.queue, l.queued, s.waiting = nil, 0, nil
	}
	for _, h := range rest {
		put(h.frame)
	}
	s.dropWaiting()
	s.dropPages()
	s.out.unacked, s.out.kept = nil, 0
	return back
}

// giveBack lets go when the router does not know the session any more.
func (s *Session) giveBack(rest []held, out *stream.Output) {
	back, im := s.letGo(rest), s.host.IM
	if len(back) == 0 {
		return
	}
	out.Do(func() any {
		returnAll(im, back)
		return nil
	})
}

func returnAll(im host.IM, back []*codec.Frame) {
	for _, f := range back {
		im.Returned(f)
	}
}

// park keeps the session of a stream that has lost its connection: to everybody it is still there. What a job has to wait for is done by leave.
func (s *Session) park(now time.Time, out *stream.Output) {
	r, ss := s.stream, s.srv.Streams
	r.parked, r.recorded = true, false
	r.SetLeft(true)
	s.queueWaiting(r, s.out.seen)
	s.queueResultsAgain(r, s.out.seen)
	r.box.hold(s.away())
	s.login = nil
	out.Do(func() any {
		turn := ss.turn(r.ID)
		turn.Lock()
		ss.leave(r, now)
		turn.Unlock()
		ss.shrink()
		return nil
	})
	if !s.host.Router.Park(&s.me, &r.box) {
		r.box.Post(stream.Mail{Note: router.Replaced}) // it was, or there are too many: it does not stay in memory
	}
	ss.wait(r, now)
}

// leave writes the record of a parked stream. The turn is the caller's.
func (ss *Streams) leave(r *resumable, now time.Time) {
	r.mu.Lock()
	s := r.last
	if r.owner != s || !r.parked || r.recorded {
		r.mu.Unlock()
		return // somebody was faster
	}
	rec, dormant := s.recordOf(r), r.stored != nil
	r.recorded = true
	r.mu.Unlock()
	rec.Expires = now.Add(r.max)
	if err := s.host.ParkStream(rec); err != nil {
		s.host.Log.Warn("a stream was not kept", "jid", r.Account.String(), "err", err)
	}
	s.host.IM.Parked(&s.me, now)
	if ss.wait(r, now); dormant || r.box.ended() {
		ss.evict(r)
	}
}

// unclaim takes the stream back from a session that has claimed it and not fetched, and reports whether there was one.
func (r *resumable) unclaim() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.claimant == nil {
		return false
	}
	r.claimed.Store(false)
	r.last.state = closed // if its connection is still there, all that it will do is end
	r.claimant, r.owner, r.parked, r.recorded = nil, r.last, true, false
	r.SetLeft(true)
	if r.stored == nil && !r.last.host.Router.Park(&r.last.me, &r.box) {
		r.box.Post(stream.Mail{Note: router.Replaced})
	}
	return true
}

// abandon ends what is in memory of a stream that is no more, or cannot be resumed now. The turn is the caller's.
func (ss *Streams) abandon(r *resumable) {
	r.unclaim()
	ss.evict(r)
}

// evict takes a parked stream out of the memory: what is left is its record. Others hear now that the session is unavailable, and what its client has not got goes
// to the account's other sessions, see im.Gone. The turn is the caller's.
func (ss *Streams) evict(r *resumable) {
	r.mu.Lock()
	s := r.last
	if r.owner != s || !r.parked {
		r.mu.Unlock()
		return
	}
	r.owner = nil
	rest := r.box.close()
	end, ok := s.host.Router.Unbind(&s.me)
	untaken := s.untaken()
	back := s.letGo(rest)
	r.mu.Unlock()
	if ss.drop(r); ok {
		s.host.IM.Gone(&s.me, end, untaken)
	}
	returnAll(s.host.IM, back)
}

// relay is the mailbox of a stream that was claimed while its connection was thought alive: as long as that takes mail it all goes that way, in its order.
type relay struct {
	first stream.Mailbox // whose session gives everything to the box
	box   *box
}

// Post implements stream.Mailbox.
func (r relay) Post(m stream.Mail) bool {
	if m.Frame != nil {
		defer m.Frame.Release()
		m.Frame.Retain()
	}
	if r.first.Post(m) {
		return true
	}
	if m.Frame != nil {
		m.Frame.Retain()
	}
	return r.box.Post(m)
}

// box is the mailbox of a stream that has no session to take its mail. Archived messages stay in the archive; the rest is held as far as there is room. Which of the
// archived ones have come is noted for a client that is not available: it would not be given all that it finds there.
type box struct {
	encoders [2]codec.Encoder // of the router; fixed

	mu    sync.Mutex
	to    stream.Mailbox // a session has the stream: late mail goes there
	first uint64         // the first archived message that has come since it holds mail, 0: none
	after uint64         // the last
	away  bool           // its client is not available, and is to get
	came  []uint64       // these archive entries, see missed
	held  []held         // placed as in a line
	bytes int
	lost  bool        // something was not held
	end   router.Note // its resource, or its account, is not its own any more; 0: it is
	over  bool        // takes no more
}

// Post implements stream.Mailbox.
func (b *box) Post(m stream.Mail) bool {
	b.mu.Lock()
	to, over := b.to, b.over
	b.mu.Unlock()
	done, answer := m.Note.(host.Done)
	switch {
	case over:
		if m.Frame != nil {
			m.Frame.Release()
		}
		return false
	case answer:
		return b.answer(done, to)
	case to != nil:
		return to.Post(m)
	case m.Frame == nil:
		if note, ok := m.Note.(router.Note); ok {
			b.mu.Lock()
			b.end = note
			b.mu.Unlock()
		}
		return true
	}
	return b.put(m.Frame)
}

// answer makes a stanza of what becomes of one that the client has sent: the session that sent it is gone.
func (b *box) answer(d host.Done, to stream.Mailbox) bool {
	var builder codec.Builder
	if e := d.Answer(&builder); !e.IsZero() {
		f := codec.NewFrame()
		for _, enc := range b.encoders {
			f.Encode(enc, e)
		}
		if to == nil || !to.Post(stream.Mail{Frame: f.Retain()}) {
			b.put(f.Retain())
		}
		f.Release()
	}
	d.Settle()
	return true
}

// put holds a stanza, whose reference it takes. It is false when the stanza would be lost.
func (b *box) put(f *codec.Frame) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	full := false
	switch {
	case f.ID != 0:
		full = !b.archived(f.ID)
	case f.Passing:
	case b.over:
		full = true
	case len(b.held) == maxHeld || b.bytes+f.Size() > keepMax:
		b.lost, full = true, true
	default:
		b.bytes += f.Size()
		b.held = append(b.held, held{noMore, f})
		return true
	}
	f.Release()
	return !full
}

// archived takes an archived stanza, and reports whether its client will get it. The caller holds mu.
func (b *box) archived(seq uint64) (ok bool) {
	b.before(seq)
	switch {
	case !b.away:
	case len(b.came) == maxMissed:
		return false
	default:
		b.came = append(b.came, seq)
	}
	return true
}

// before notes that the archive's entry seq has come. The caller holds mu.
func (b *box) before(seq uint64) {
	if seq <= b.after {
		return // it has waited in another mailbox
	}
	if b.first == 0 {
		b.first = seq
	}
	b.after = seq
	place(b.held, seq)
}

// hold begins to hold mail, or goes on. Away says that the client is not available.
func (b *box) hold(away bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.to, b.away = nil, away
}

// early returns the archive entries that its client is to get although it is not available.
func (b *box) early() []uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.came
}

// forward hands all mail to a session from now on, and returns what was held, the first archived message that has come, what of these is to be sent early, and whether
// something was not held.
func (b *box) forward(to stream.Mailbox) (mail []held, first uint64, early []uint64, lost bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	mail, first, early, lost = b.held, b.first, b.came, b.lost
	b.first, b.after, b.came = 0, 0, nil
	if b.end != 0 {
		to.Post(stream.Mail{Note: b.end})
	}
	b.to, b.held, b.bytes, b.lost = to, nil, 0, false
	return mail, first, early, lost
}

// ended reports whether the stream has lost its place.
func (b *box) ended() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.end != 0
}

// close makes b refuse everything, and returns what was held.
func (b *box) close() (rest []held) {
	b.mu.Lock()
	defer b.mu.Unlock()
	rest, b.held, b.over = b.held, nil, true
	return rest
}
