package c2s

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strings"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/archiveid"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// bind2 is what a client wants with its resource (XEP-0386 §3.2).
type bind2 struct {
	tag      string     // begins the resource, "" for none
	acks     bool       // of XEP-0198,
	stream   *resumable // and a stream that can be resumed, nil: not that
	carbons  bool       // XEP-0280
	inactive bool       // XEP-0352

	replaced []string // the resources of the agent's other sessions
}

// addBind2 offers to bind within the login, and what can come with that (XEP-0386 §3.1).
func addBind2(b *codec.Builder) {
	b.Start(atom.NSBind2, atom.Bind).Start(atom.NSBind2, atom.Inline)
	for _, ns := range []atom.Atom{atom.NSCarbons, atom.NSCSI, atom.NSSM} {
		b.Start(atom.NSBind2, atom.Feature).Attr(atom.Var, ns.String()).End()
	}
	b.End().End()
}

// readBind reads <bind/> (XEP-0386 §3.2). What it does not know is ignored.
func readBind(e codec.Element, ss *Streams) *bind2 {
	q := new(bind2)
	for c := range e.Children() {
		switch {
		case c.Is(atom.NSBind2, atom.Tag):
			q.tag = string(c.Text())
		case c.Is(atom.NSSM, atom.Enable): // XEP-0198 §9.1
			q.acks, q.stream = true, ss.newStream(c)
		case c.Is(atom.NSCarbons, atom.Enable):
			q.carbons = true
		case c.Is(atom.NSCSI, atom.Active), c.Is(atom.NSCSI, atom.Inactive):
			q.inactive = c.Name() == atom.Inactive
		}
	}
	return q
}

// bindInline makes the session known to the router, before it is looked at whether the login holds: see bindResult. It reports whether that was possible.
func (s *Session) bindInline(q *request, out *stream.Output) bool {
	s.me.JID = stableResource(s.host.Secret(), s.me.JID, q)
	if err := s.host.Router.Bind(&s.me); err != nil {
		s.me.JID = s.me.JID.Bare()
		s.fail(out, atom.ResourceConstraint, "too many sessions")
		return false
	}
	q.bind.replaced = s.replaceOthers(q.agent)
	return true
}

// replaceOthers ends what other sessions the agent has: it has lost them (XEP-0386 §3.2). It returns their resources: their streams cannot be resumed any more.
func (s *Session) replaceOthers(a host.Agent) (replaced []string) {
	if a.ID == "" {
		return nil
	}
	var room [8]router.Target
	for _, t := range s.host.Router.Targets(room[:0], s.me.JID.Bare(), router.Bound) {
		if t.Session != &s.me && t.Session.Device == s.me.Device {
			t.Mailbox.Post(stream.Mail{Note: router.Replaced})
			replaced = append(replaced, t.Session.JID.Resource())
		}
	}
	return replaced
}

// takes reports whether the session at full takes the place of one with that resource: it is the same, or one that the agent has, or has got before with
// another tag.
func (q *request) takes(resource string, full jid.JID, secret []byte) bool {
	if resource == full.Resource() || slices.Contains(q.bind.replaced, resource) {
		return true
	}
	tag := resource[:max(0, strings.LastIndexByte(resource, '/'))]
	before := &request{agent: q.agent, bind: &bind2{tag: tag}}
	return q.agent.ID != "" && stableResource(secret, full.Bare(), before).Resource() == resource
}

// stableResource returns the full JID of an agent's session: its tag, and a part of ours that is the same at each of its logins and tells nobody its
// id (XEP-0386 §3.2.1). Without an id there is nothing to keep it by. A tag that may not be in a resource is left out.
func stableResource(secret []byte, account jid.JID, q *request) jid.JID {
	id := host.NewID()
	if q.agent.ID != "" {
		if tag, err := account.WithResource(q.bind.tag); err == nil {
			q.bind.tag = tag.Resource() // as it will be in the resource
		}
		m := hmac.New(sha256.New, secret)
		m.Write([]byte("resource\x00" + account.String() + "\x00" + q.agent.ID + "\x00" + q.bind.tag))
		id = strings.ToLower(base32.StdEncoding.EncodeToString(m.Sum(nil)))[:16]
	}
	if q.bind.tag != "" {
		if full, err := account.WithResource(q.bind.tag + "/" + id); err == nil {
			return full
		}
	}
	full, err := account.WithResource(id)
	if err != nil {
		panic(err) // letters and digits
	}
	return full
}

// beginning returns what is left to do when the login is stored, in its job: the session begins at these ends of the archive. The result is for addBound.
func (s *Session) beginning(q *request) func(ends host.ArchiveEnds) (enableResult, error) {
	want, h, me, full := q.bind, s.host, &s.me, s.me.JID
	taken := func(resource string) bool { return q.takes(resource, full, h.Secret()) }
	var rec host.StreamRecord
	if want.stream != nil {
		rec = s.enabling(want.stream)
	}
	return func(ends host.ArchiveEnds) (r enableResult, err error) {
		if err = h.EndStreams(full, taken, q.login.Now); err != nil { // two streams of one resource would be one too many
			return r, err
		}
		last := ends.Last.ID
		if want.carbons {
			h.Router.SetCarbons(me, true, last) // what is before is read by XEP-0313
		}
		if want.stream != nil {
			rec.Carbons = want.carbons
			if rec.Out.Started = last != 0 && !ends.Hides; rec.Out.Started { // see begin
				rec.Out.Taken = last
			}
			r = want.stream.enable(rec, h)
		}
		return r, nil
	}
}

// addBound says what the session begins with (XEP-0386 §3.2, XEP-0313 §5), and turns acks on when they are wanted.
func (s *Session) addBound(b *codec.Builder, want *bind2, r loginResult) {
	b.Start(atom.NSBind2, atom.Bound)
	b.Start(atom.NSMAM, atom.Metadata)
	if ends := r.Archive; ends.Last.ID != 0 {
		key := s.host.ArchiveKey(s.me.JID)
		addEnd(b, atom.Start, &key, ends.First)
		addEnd(b, atom.End, &key, ends.Last)
	}
	b.End()
	if want.acks {
		s.addEnabled(r.enabled, b)
	}
	b.End()
}

func addEnd(b *codec.Builder, name atom.Atom, key *archiveid.Key, end host.ArchiveEnd) {
	b.Start(atom.NSMAM, name).AttrBytes(atom.ID, key.Append(nil, end.ID))
	b.Attr(timestamp, end.Time.UTC().Format(stampFormat)).End()
}

var timestamp = atom.Lookup("timestamp")

// stampFormat is XEP-0082 §3.2 in UTC, to the millisecond.
const stampFormat = "2006-01-02T15:04:05.000Z"

// begin starts the session behind what the archive held when it was bound: the client reads that by XEP-0313, and it waits for nobody else any more
// (XEP-0386 §3.2). What that does not tell comes as mail.
func (s *Session) begin(want *bind2, ends host.ArchiveEnds) {
	if want.inactive {
		s.inactive = new(inactive)
	}
	switch last := ends.Last.ID; {
	case ends.Hides:
		s.me.Told = last
	case last != 0:
		s.out.started, s.out.seen, s.out.taken = true, last, last
		s.host.IM.Taken(&s.me, last, 0)
	}
}
