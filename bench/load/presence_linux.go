package load

import (
	"bytes"
	"context"
	"strconv"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// Presence lets sessions change their presence, which their contacts get, and measures what arrives: the "messages" of the result are presences that have come to a contact.
// A session changes its presence again when all its contacts have got the last one. What comes back to the session itself is not counted.
func Presence(ctx context.Context, c PresenceConfig) (r ChatResult, err error) {
	if err := c.check(); err != nil {
		return r, err
	}
	f, err := newFleet(&c.Config)
	if err != nil {
		return r, err
	}
	defer f.stop()
	if _, _, err := f.login(ctx, everybody, c.Parallel); err != nil {
		return r, err
	}
	if err := f.sleepUntil(ctx, time.Since(f.begin)+calm); err != nil { // all have heard that all are there
		return r, err
	}
	p := f.pace(c.Warmup, c.Duration)
	if err := f.each(func(_ int, l *loop) { l.startPresence(&c, p) }); err != nil {
		return r, err
	}
	if err := f.measure(ctx, p, &r); err != nil {
		return r, err
	}
	return r, f.finish(ctx, &r)
}

// circle is sessions of which everybody is a contact of everybody else. It belongs to their loop.
type circle struct {
	loop   *loop
	first  int // the number of its first session
	size   int // of a status
	member []*herald
}

// herald is a session whose changes of presence are followed.
type herald struct {
	session *session
	sender  []byte // its address
	sent    uint64 // changes: they have the numbers 0 to sent-1
	at      time.Duration
	got     []bool // which members have got the last one
	left    int    // how many have not
}

// startPresence lets all sessions change their presence.
func (l *loop) startPresence(c *PresenceConfig, p pace) {
	l.pace = p
	l.chat = &ChatConfig{Config: c.Config} // for the waiting: much is about to come
	for i := 0; i < len(l.sessions); i += c.together {
		l.newCircle(l.sessions[i:i+c.together], c.Status)
	}
	for _, h := range l.heralds {
		h.session.circle.change(h)
	}
}

func (l *loop) newCircle(of []*session, size int) {
	c := &circle{loop: l, first: of[0].index, size: size}
	for _, s := range of {
		s.circle = c
		c.member = append(c.member, &herald{session: s, sender: []byte(s.machine.Address().String()), got: make([]bool, len(of))})
	}
	l.heralds = append(l.heralds, c.member...)
}

// change writes a new presence of h.
func (c *circle) change(h *herald) {
	l := c.loop
	l.expected = appendBody(l.expected[:0], uint64(h.session.index), h.sent, c.size)
	b := &l.builder
	b.Reset()
	b.Start(atom.NSClient, atom.Presence).Start(atom.NSClient, atom.Status).TextBytes(l.expected).End()
	h.session.out = l.encoder.AppendElement(h.session.out, b.Element())
	h.session.soil()
	clear(h.got)
	h.got[h.session.index-c.first] = true
	h.sent, h.left, h.at = h.sent+1, len(c.member)-1, l.now
}

// take checks a presence that s has got. One without a status is of a login.
func (c *circle) take(e codec.Element, s *session) {
	l := c.loop
	status := e.Child(atom.NSClient, atom.Status).Text()
	if len(status) == 0 && len(e.Attr(atom.Type)) == 0 {
		return
	}
	if kind := e.Attr(atom.Type); len(kind) > 0 {
		l.wrong.count(&l.wrong.Refused, "session %d: a presence of type %q came from %q", s.index, kind, e.Attr(atom.From))
		return
	}
	h, number := c.of(status)
	if h == nil || !bytes.Equal(e.Attr(atom.From), h.sender) {
		l.wrong.count(&l.wrong.Changed, "session %d: a presence %q came from %q", s.index, status, e.Attr(atom.From))
		return
	}
	if h.session == s {
		return // what comes back
	}
	if c.arrived(h, number, s) {
		c.count(h, status)
	}
}

// of returns whose change a status is, and its number; nil: nobody's.
func (c *circle) of(status []byte) (h *herald, number uint64) {
	head, rest, _ := bytes.Cut(status, []byte(" "))
	text, _, _ := bytes.Cut(rest, []byte(" "))
	index, err := strconv.Atoi(string(head))
	number, err2 := strconv.ParseUint(string(text), 10, 64)
	if err != nil || err2 != nil || index < c.first || index >= c.first+len(c.member) {
		return nil, 0
	}
	return c.member[index-c.first], number
}

// arrived notes that s has got a change of h, and reports whether it is the one that was due.
func (c *circle) arrived(h *herald, number uint64, s *session) bool {
	l, i := c.loop, s.index-c.first
	switch {
	case number >= h.sent:
		l.wrong.count(&l.wrong.Changed, "session %d: presence %d of session %d came, which was not sent", s.index, number, h.session.index)
		return false
	case number+1 < h.sent || h.got[i]:
		l.wrong.count(&l.wrong.Again, "session %d: presence %d of session %d came again", s.index, number, h.session.index)
		return false
	}
	h.got[i] = true
	h.left--
	return true
}

// count counts a change of h that has come, and lets the next one go when everybody has it.
func (c *circle) count(h *herald, status []byte) {
	l := c.loop
	l.expected = appendBody(l.expected[:0], uint64(h.session.index), h.sent-1, c.size)
	if !bytes.Equal(status, l.expected) {
		l.wrong.count(&l.wrong.Changed, "presence %d of session %d is not what was sent", h.sent-1, h.session.index)
	}
	l.delivered.Add(1)
	if h.at >= l.pace.from && h.at < l.pace.until {
		record(l.hist, l.now-h.at)
	}
	if h.left == 0 && l.now < l.pace.until {
		c.change(h)
	}
}
