package xep

import (
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/archiveid"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/im"
	"github.com/godwit-im/godwit/xmpp/jid"
)

var _ = add(Extension{
	Number: 313, Name: "Message Archive Management", Version: "1.1.3",
	Notes: "accounts' archives",
	Register: func(h *host.Host, c Config) {
		a := newArchive(h, c)
		// §7. No room's messages are in an account's archive.
		h.Feature(host.Account, atom.NSMAM.String(), "urn:xmpp:mam:2#extended", "urn:xmpp:mam:2#groupchat-field", atom.NSRSM.String())
		h.HandleIQ(atom.Set, atom.NSMAM, atom.Query, a.query)
		h.HandleIQ(atom.Get, atom.NSMAM, atom.Query, a.form)
		h.HandleIQ(atom.Get, atom.NSMAM, atom.Metadata, a.metadata)
	},
})

// ArchiveLimits bound queries of archives (XEP-0313). Zero fields have good defaults.
type ArchiveLimits struct {
	Page        int // messages in a page whose size the client does not say, 50
	MaxPage     int // messages in a page at most, 250
	PageBytes   int // a page ends before the message that would exceed so many bytes in the archive's coding, 262,144
	Scan        int // messages looked at for one page, 20,000; ten times as many before one is found. An account may have so many looked at each second. One counts once more for each 8 KiB, and in a search (XEP-0431) for each KiB of its text, and for each 8 KiB that a further word is looked for in
	Words       int // different words in a search (XEP-0431), 16
	Preferences int // addresses in each list of an account's preferences (XEP-0441), 200
}

// archive answers queries of one host's archives.
type archive struct {
	host    *host.Host
	limits  ArchiveLimits
	readers *host.Budgets[jid.JID] // messages looked through beyond those that are found
}

func newArchive(h *host.Host, c Config) *archive {
	l := c.Archive
	for _, d := range []struct {
		v       *int
		instead int
	}{{&l.Page, 50}, {&l.MaxPage, 250}, {&l.PageBytes, 262_144}, {&l.Scan, 20_000}, {&l.Words, 16}, {&l.Preferences, 200}} {
		if *d.v == 0 {
			*d.v = d.instead
		}
	}
	// An account may have its fill of one page looked through each second, and of twenty at once.
	return &archive{host: h, limits: l, readers: host.NewBudgets[jid.JID](float64(l.Scan), 20*l.Scan)}
}

// may reports whether the request is for the asking account's own archive, and answers if it is not (§8.1): whether another account has one is
// not told.
func (a *archive) may(q *host.Request) bool {
	switch {
	case q.Scope == host.Server:
		q.Fail(atom.ServiceUnavailable, "")
	case !q.Own():
		q.Fail(atom.Forbidden, "")
	default:
		return true
	}
	return false
}

// tooMuch is told to who has to wait.
const tooMuch = "too much was looked through; wait a little"

// query answers a query of an archive (§4): with the messages that it finds, and then the result. A client that does not read what it gets
// is told to wait.
func (a *archive) query(q *host.Request) {
	if !a.may(q) {
		return
	}
	switch {
	case q.Out.Congested:
		q.Fail(atom.ResourceConstraint, "read what was sent before")
		return
	case !a.readers.May(q.Of, q.Now):
		q.Fail(atom.ResourceConstraint, tooMuch)
		return
	}
	query, condition, text := a.parse(q.Payload, q.Of)
	if condition != atom.Unknown {
		q.Fail(condition, text)
		return
	}
	s, now := q.Session, q.Now
	do := q.Do
	if query.words != nil || query.count && query.filtered {
		do = q.Search
	}
	do(func() func(r *host.Reply) { return a.run(s, query, now) })
}

// metadata answers where the archive begins and ends (§5).
func (a *archive) metadata(q *host.Request) {
	if !a.may(q) {
		return
	}
	if !a.readers.May(q.Of, q.Now) {
		q.Fail(atom.ResourceConstraint, tooMuch)
		return
	}
	of, now := q.Of, q.Now
	q.Do(func() func(r *host.Reply) {
		bounds, ok, err := a.bounds(of, now)
		switch {
		case err != nil:
			return a.failed(err)
		case !ok:
			return refuse(atom.ResourceConstraint)
		}
		return func(r *host.Reply) {
			key := a.host.ArchiveKey(of)
			b := r.Result().Start(atom.NSMAM, atom.Metadata)
			addBounds(b, &key, bounds)
			r.Send(b)
		}
	})
}

// bounds returns the ends of what queries tell of an archive. It is not ok when that is too much to look through. In Entries and Bytes is what is not told, too.
func (a *archive) bounds(of jid.JID, now time.Time) (b store.Bounds, ok bool, err error) {
	if b, err = a.host.Store.ArchiveBounds(of); err != nil || b.Entries == 0 {
		return b, true, err
	}
	shown := func(_ uint64, e *store.Entry) bool { return im.Archived(e) }
	for _, end := range []struct {
		seq      *uint64
		at       *time.Time
		backward bool
	}{{&b.First, &b.FirstTime, false}, {&b.Last, &b.LastTime, true}} {
		found := false
		q := store.ArchiveQuery{Backward: end.backward, Max: 1, MaxScan: a.limits.Scan, Match: shown}
		page, err := a.host.Store.QueryArchive(of, q, func(seq uint64, e store.Entry) bool {
			*end.seq, *end.at, found = seq, e.Time, true
			return true
		})
		a.charge(of, page.Scanned-1, now)
		switch {
		case err != nil:
			return b, false, err
		case !found:
			return store.Bounds{}, page.Complete, nil // nothing is told, or nothing found
		}
	}
	return b, true, nil
}

// charge notes what was looked through for nothing. One message is not: it shows that there is another page.
func (a *archive) charge(account jid.JID, messages int, now time.Time) {
	if messages > 1 {
		a.readers.Charge(account, messages, now)
	}
}

func addBounds(b *codec.Builder, key *archiveid.Key, bounds store.Bounds) {
	if bounds.Entries == 0 {
		return
	}
	b.Start(atom.NSMAM, atom.Start).AttrBytes(atom.ID, key.Append(nil, bounds.First)).Attr(timestamp, stamp(bounds.FirstTime)).End()
	b.Start(atom.NSMAM, atom.End).AttrBytes(atom.ID, key.Append(nil, bounds.Last)).Attr(timestamp, stamp(bounds.LastTime)).End()
}

// failed logs what went wrong in the store and says no more of it.
func (a *archive) failed(err error) func(r *host.Reply) {
	a.host.Log.Error("reading an archive failed", "err", err)
	return refuse(atom.InternalServerError)
}

var timestamp = atom.Lookup("timestamp")

// stamp is XEP-0082 §3.2 in UTC, to the millisecond.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
