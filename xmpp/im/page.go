package im

import (
	"errors"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
)

// Page implements host.IM: what waited in the archive for the session (XEP-0160), in its encoding. With after host.FromCursor it begins at the
// cursor of the session's device, or where the archive does. Else it is an error when the archive does not go on there.
func (im *IM) Page(s *router.Session, after uint64) (host.Page, error) {
	start, err := im.start(s, after)
	if err != nil {
		return host.Page{}, err
	}
	r := pageReader{im: im, session: s, bench: im.bench(), page: host.Page{Start: start, Last: start}}
	r.carbons, r.after = im.router.Carbons(s)
	defer r.bench.putAway()
	archive, err := im.store.QueryArchive(s.JID.Bare(), store.ArchiveQuery{After: start}, r.entry)
	if start+1 < archive.First && err == nil { // those before it were deleted
		if after != host.FromCursor {
			err = errDeleted
		}
		r.page.Start = archive.First - 1
		r.page.Last = max(r.page.Last, r.page.Start)
	}
	if err != nil {
		r.page.Release()
		return host.Page{}, err
	}
	return r.page, nil
}

// errDeleted says that a page cannot go on after an entry, for some behind it were deleted: the session would have a gap, and never know.
var errDeleted = errors.New("im: messages that the client has not had were deleted")

// start returns the entry that the page begins behind. Only the first page begins at the cursor: later, another session may have moved it past
// what this one has not got.
func (im *IM) start(s *router.Session, after uint64) (uint64, error) {
	if after != host.FromCursor {
		return after, nil
	}
	ahead := im.moves.ahead(s.JID.Bare(), s.Device) // first: what is on its way now may have arrived then
	seq, err := im.store.Cursor(s.JID, s.Device)
	return max(seq, ahead), err
}

// pageReader makes a page of archive entries.
type pageReader struct {
	im      *IM
	session *router.Session
	bench   *bench
	page    host.Page
	carbons bool   // the session gets carbons,
	after   uint64 // behind this entry
	seen    int    // entries, as MaxScanEntries counts them
	bytes   int    // of the stanzas in the page
}

// entry takes the next entry; it returns false when the page is full.
func (r *pageReader) entry(seq uint64, e store.Entry) bool {
	if len(r.page.Frames) == r.im.opts.PageSize || r.bytes >= r.im.opts.PageBytes || r.seen >= r.im.opts.MaxScanEntries {
		r.page.More = true
		return false
	}
	r.seen += 1 + len(e.Stanza)/store.ScanUnit
	r.page.Last = seq
	copied := r.carbons && seq > r.after
	if e.Outgoing && !copied || len(e.Stanza) == 0 || seq <= r.session.Told && Archived(&e) { // see bare
		return true
	}
	stored, err := r.bench.open(e.Stanza)
	if err != nil {
		r.im.host.Log.Error("an archived message cannot be read", "jid", e.Account.String(), "seq", seq, "err", err)
		return true
	}
	if f := r.frame(stored, e, seq, copied); f != nil {
		r.page.Frames = append(r.page.Frames, f)
		r.bytes += len(e.Stanza)
	}
	return true
}

// frame makes of an entry what the session gets of it: the message, a carbon, or nothing.
func (r *pageReader) frame(stored codec.Element, e store.Entry, seq uint64, copied bool) *codec.Frame {
	if !e.Outgoing && r.im.meant(&e, stored.Attr(atom.To), r.session) {
		return r.im.recall(r.bench, stored, e, seq, r.session.Encoding)
	}
	if name := copyFor(r.session, stored, e); copied && e.Flags&Bounce == 0 && name != atom.Unknown {
		return r.bench.carbon(stored, name, r.session, seq, e.Time)
	}
	return nil
}

// concerns reports whether a message to a full JID is for s: to its own, or to one that is not bound any more.
func (im *IM) concerns(to []byte, s *router.Session) bool {
	j, err := im.router.Resolve(to)
	if err != nil || j == s.JID {
		return err == nil
	}
	_, bound := im.router.Target(j)
	return !bound
}

// stampFormat is XEP-0082 §3.2 in UTC, to the millisecond.
const stampFormat = "2006-01-02T15:04:05.000Z"

// recall makes the frame of an archived message: with its stanza-id, and the time when it was sent (XEP-0203).
func (im *IM) recall(b *bench, stored codec.Element, e store.Entry, seq uint64, encoding codec.Encoding) *codec.Frame {
	f := codec.NewFrame()
	f.Encode(im.router.Encoders[encoding], stored)
	f.ID = seq
	im.stampID(f, b.build(), e.Account, seq)
	im.stamp(f, addDelay(b.build(), im.host.Domain, e.Time).Element())
	return f
}

// addDelay starts the mark of a stanza that comes late (XEP-0203 §2).
func addDelay(b *codec.Builder, from jid.JID, at time.Time) *codec.Builder {
	b.Start(atom.NSDelay, atom.Delay).Attr(atom.From, from.String())
	return b.Attr(atom.Stamp, at.UTC().Format(stampFormat))
}
