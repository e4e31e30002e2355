package im

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
)

// pushes is what is known of pushes that are under way (XEP-0357). It is the committer's: all that changes it runs there. What it forgets costs at most a push
// too many; the messages are in the archive.
type pushes struct {
	backlogs map[jid.JID]*backlog // by account
	attempts map[pushKey]*attempt
}

// backlog is what has come for an account since a client has taken something.
type backlog struct {
	messages    int
	first, last uint64    // of them, in the archive: none between is counted again
	told        time.Time // when it was last pushed; zero: not yet
}

// count counts an entry of the archive, and reports whether it is a new one.
func (b *backlog) count(seq uint64) bool {
	switch {
	case b.messages == 0:
		b.first, b.last = seq, seq
	case b.first <= seq && seq <= b.last:
		return false
	}
	b.messages++
	b.first, b.last = min(b.first, seq), max(b.last, seq)
	return true
}

// pushKey is an address that an account has enabled: enabled anew it is another one.
type pushKey struct {
	account, service jid.JID
	node             string
	enabled          int64
}

// attempt is how it goes with an address.
type attempt struct {
	failures int       // in a row
	asked    time.Time // the last time
	open     bool      // that is not answered
	n        int       // how often it was tried
}

// maxFailures is after how many errors in a row an address is forgotten (XEP-0357 §7.1).
const maxFailures = 3

// urgent reports whether a message is worth waking a client for: more than receipts, markers and chat states.
func urgent(e codec.Element) bool {
	for c := e.First(); !c.IsZero(); c = c.Next() {
		switch c.NS() {
		case atom.NSChatStates, atom.NSReceipts, atom.NSMarkers, atom.NSHints, atom.NSStanzaID:
		default:
			if !c.Is(atom.NSClient, atom.Thread) {
				return true
			}
		}
	}
	return false
}

// wake pushes an archived message that no client has got, unless the last push is not long ago.
func (im *IM) wake(m *message) {
	if im.host.Push == nil || !m.storable || !m.urgent {
		return
	}
	l := late{im: im, account: m.to.Bare(), now: m.sent, entries: []uint64{m.seq}}
	if im.opts.PushSender {
		l.sender = m.from.String()
	}
	if im.opts.PushBody {
		l.body = im.bodyOf(m.frame)
	}
	l.wake()
}

// late is what is to be pushed of messages that no client has got.
type late struct {
	im           *IM
	account      jid.JID
	now          time.Time
	entries      []uint64 // of the archive
	sender, body string   // of the last one, as far as they are told
}

// wake notes the messages, and pushes them, unless the last push is not long ago. It runs on the committer.
func (l *late) wake() {
	im, ps := l.im, &l.im.pushes
	b := ps.backlogs[l.account]
	if b == nil {
		b = new(backlog)
		put(&ps.backlogs, l.account, b, im.opts.MaxPushed)
	}
	anew := false
	for _, seq := range l.entries {
		anew = b.count(seq) || anew
	}
	if since := l.now.Sub(b.told); !anew || !b.told.IsZero() && since.Abs() < im.opts.PushInterval {
		return
	}
	p := &push{im: im, now: l.now, what: host.Push{Account: l.account, Count: b.messages, Sender: l.sender, Body: l.body}}
	if im.store.Submit(p) == nil {
		b.told = l.now
	}
}

// lateScan is how many entries are looked at for messages that a client has not got when it has lost its connection.
const lateScan = 100

// Parked implements host.IM.
func (im *IM) Parked(s *router.Session, now time.Time) {
	taken, last := im.router.Untaken(s)
	account := s.JID.Bare()
	if im.host.Push == nil || last <= taken || connected(im.router.Targets(nil, account, router.Able)) {
		return
	}
	var err error
	if taken == 0 {
		taken, err = im.start(s, host.FromCursor)
	}
	l, b := late{im: im, account: account, now: now}, im.bench()
	defer b.putAway()
	if err == nil {
		err = im.store.Archive(account, taken, lateScan, func(seq uint64, e store.Entry) bool {
			if seq <= last && !e.Outgoing && e.Flags&Bounce == 0 && len(e.Stanza) > 0 {
				l.add(b, s, seq, &e)
			}
			return seq < last
		})
	}
	if err == nil && len(l.entries) > 0 {
		err = im.store.Do(context.Background(), func(*store.Tx) error {
			l.wake()
			return nil
		})
	}
	if err != nil {
		im.host.Log.Warn("what a client has not got was not pushed", "jid", s.JID.String(), "err", err)
	}
}

// add counts an entry, if it is a message for s that is worth a push.
func (l *late) add(b *bench, s *router.Session, seq uint64, e *store.Entry) {
	stored, err := b.open(e.Stanza)
	if err != nil || !urgent(stored) || !l.im.meant(e, stored.Attr(atom.To), s) {
		return
	}
	l.entries = append(l.entries, seq)
	if l.im.opts.PushSender {
		l.sender = e.From.String()
	}
	if l.im.opts.PushBody {
		l.body = string(stored.Child(atom.NSClient, atom.Body).Text())
	}
}

// connected reports whether one of the targets has a connection.
func connected(targets []router.Target) bool {
	return slices.ContainsFunc(targets, func(t router.Target) bool { return !t.Parked })
}

// put adds to a map that is emptied when it is full.
func put[K comparable, V any](m *map[K]V, k K, v V, limit int) {
	if *m == nil || len(*m) >= limit {
		*m = make(map[K]V)
	}
	(*m)[k] = v
}

func (im *IM) bodyOf(f *codec.Frame) (body string) {
	head, _, tail := f.Parts(codec.Compact)
	b := im.bench()
	defer b.putAway()
	b.buf = append(append(b.buf[:0], head...), tail...)
	if e, err := b.open(b.buf); err == nil {
		body = string(e.Child(atom.NSClient, atom.Body).Text())
	}
	return body
}

// woken notes that a client of the account has taken something: with the next message that nobody gets it is told anew.
func (ps *pushes) woken(account jid.JID) { delete(ps.backlogs, account) }

// push is an operation that finds the addresses of an account, and then publishes.
type push struct {
	im   *IM
	now  time.Time
	what host.Push
	to   []host.PushAddress
}

// Apply implements store.Op. Addresses that have failed too often it forgets; for the others' sake the account's streams can be resumed longer.
func (p *push) Apply(tx *store.Tx) (err error) {
	if p.to, err = host.PushAddresses(tx, p.what.Account); err != nil || len(p.to) == 0 {
		return err
	}
	if err := host.KeepStreams(tx, p.what.Account, p.now); err != nil {
		return err
	}
	return host.DisablePush(tx, p.what.Account, func(a host.PushAddress) bool { return p.failed(a) >= maxFailures })
}

// failed returns how often in a row the address has failed. No answer is a failure, when there was time for one.
func (p *push) failed(a host.PushAddress) (n int) {
	if t := p.im.pushes.attempts[p.key(a)]; t != nil {
		n = t.failures
		if t.open && p.now.Sub(t.asked) >= p.im.opts.PushInterval {
			n++
		}
	}
	return n
}

func (p *push) key(a host.PushAddress) pushKey {
	return pushKey{p.what.Account, a.Service, a.Node, a.Enabled.UnixMicro()}
}

// Committed implements store.Op.
func (p *push) Committed(err error) {
	if err != nil {
		p.im.host.Log.Error("reading push addresses failed", "jid", p.what.Account.String(), "err", err)
		return
	}
	for _, a := range p.to {
		key, n := p.key(a), p.failed(a)
		if n >= maxFailures {
			delete(p.im.pushes.attempts, key)
			p.im.host.Log.Info("a push service has failed too often", "jid", p.what.Account.String(), "service", a.Service.String())
			continue
		}
		p.publish(a, key, n)
	}
}

func (p *push) publish(a host.PushAddress, key pushKey, failures int) {
	im := p.im
	t := im.pushes.attempts[key]
	if t == nil {
		t = new(attempt)
		put(&im.pushes.attempts, key, t, im.opts.MaxPushed)
	}
	t.failures, t.asked, t.open, t.n = failures, p.now, true, t.n+1
	n, what := t.n, p.what
	what.PushAddress = a
	im.host.Push.Publish(what, func(err error) {
		if err := im.store.Submit(&pushed{im, key, n, err}); err != nil {
			im.host.Log.Warn("the outcome of a push was lost", "jid", key.account.String(), "err", err)
		}
	})
}

// pushed is the outcome of a push, on its way to the committer.
type pushed struct {
	im  *IM
	key pushKey
	n   int
	err error
}

// Apply implements store.Op.
func (p *pushed) Apply(*store.Tx) error { return nil }

// Committed implements store.Op.
func (p *pushed) Committed(error) {
	t := p.im.pushes.attempts[p.key]
	switch {
	case t == nil || !t.open || t.n != p.n:
	case p.err == nil:
		delete(p.im.pushes.attempts, p.key)
	default:
		t.open = false
		if !errors.Is(p.err, host.ErrNoPushService) {
			t.failures++
		}
	}
}
