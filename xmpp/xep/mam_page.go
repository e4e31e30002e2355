package xep

import (
	"slices"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/im"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
)

// archivePage makes the results of one query, in a job.
type archivePage struct {
	*archive
	query   archiveQuery
	me      jid.JID
	encoder codec.Encoder
	tree    codec.Tree
	builder codec.Builder

	frames []*codec.Frame // in the archive's order
	bytes  int            // of the stanzas in it, in the archive's coding
	result pageResult
	found  int  // those that match and were taken, or counted
	more   bool // one of them is part of the page
	hidden bool // there was one that is no part of the archive
	err    error

	text     []byte // of the bodies of one message, in lower case
	searched int    // bytes of text that were gone through, for each time
	spent    bool   // enough was
}

// run answers a query: first it reads the page, then it sends the results and the end (§4.2).
func (a *archive) run(s *router.Session, q archiveQuery, now time.Time) func(r *host.Reply) {
	if !a.readers.May(s.JID.Bare(), now) { // it has used up meanwhile what it had when it asked
		return func(r *host.Reply) { r.Fail(atom.ResourceConstraint, tooMuch) }
	}
	p := archivePage{archive: a, query: q, me: s.JID, encoder: a.host.Router.Encoders[s.Encoding], result: pageResult{index: -1, count: -1}}
	page, err := p.read()
	a.charge(s.JID.Bare(), page.Scanned-len(p.frames)+p.textCost(), now)
	var cursor uint64
	if err == nil {
		cursor, err = a.host.Store.Cursor(s.JID.Bare(), s.Device)
	}
	switch {
	case err != nil:
		p.release()
		return a.failed(err)
	case q.Seqs != nil && p.hidden, slices.ContainsFunc(q.must, func(seq uint64) bool { return seq < page.First || seq > page.Last }):
		p.release()
		return refuse(atom.ItemNotFound)
	case q.index > 0 && !im.AllArchived(page.Flags):
		p.release()
		return refuse(atom.FeatureNotImplemented) // XEP-0059 §2.6: what is hidden would have to be counted
	case !page.Complete && len(p.frames) == 0 && !q.count:
		return func(r *host.Reply) { r.Fail(atom.ResourceConstraint, "too much to look through") }
	}
	p.number(page)
	return func(r *host.Reply) {
		p.send(r)
		p.fin(r, page.Complete)
		if q.With.IsZero() && q.Seqs == nil && q.words == nil && !q.count && !p.hidden {
			r.Out.ArchiveFrom, r.Out.ArchiveTo, r.Out.ArchiveCursor = page.From, page.To, cursor
		}
	}
}

// read reads the page. With Max 0 nothing is taken but the count.
func (p *archivePage) read() (store.ArchivePage, error) {
	s, of, q := p.host.Store, p.me.Bare(), p.query
	counting, err := p.bound(&q)
	if err != nil {
		return store.ArchivePage{}, err
	}
	q.Match = func(_ uint64, e *store.Entry) bool {
		p.hidden = p.hidden || !im.Archived(e)
		return im.Archived(e) && (q.words == nil || p.has(e))
	}
	page, err := s.QueryArchive(of, q.ArchiveQuery, func(seq uint64, e store.Entry) bool {
		if p.spent || !q.count && !p.take(seq, e) {
			return false
		}
		p.found++
		p.more = p.more || q.page.has(seq)
		return true
	})
	if p.err != nil {
		err = p.err
	}
	if counting && page.Complete {
		p.result.count = p.found
	}
	page.Complete = page.Complete && !(q.count && p.more)
	if q.Backward {
		slices.Reverse(p.frames)
		p.result.first, p.result.last = p.result.last, p.result.first
	}
	return page, err
}

// bound applies to the query what the request says about its page (§4.3), unless all the set is to be counted, one by one (XEP-0059 §2.7).
func (p *archivePage) bound(q *archiveQuery) (counting bool, err error) {
	var archive store.Bounds
	if q.index > 0 || q.count && !q.filtered {
		if archive, err = p.host.Store.ArchiveBounds(p.me.Bare()); err != nil {
			return false, err
		}
	}
	if q.index > 0 {
		q.page.after = archive.First + uint64(q.index) - 1
	}
	if q.count && (q.filtered || !im.AllArchived(archive.Flags)) {
		return true, nil
	}
	q.page.narrow(&q.ArchiveQuery)
	if q.count {
		q.MaxScan = 1 // the archive knows
	}
	return false, nil
}

// number tells how many entries there are and which is the first of the page, when that needs no reading: in the archive as a whole.
func (p *archivePage) number(page store.ArchivePage) {
	if p.query.filtered || !im.AllArchived(page.Flags) {
		return
	}
	p.result.count = int(page.Last + 1 - page.First)
	if p.result.first != "" {
		p.result.index = int(p.query.key.Parse([]byte(p.result.first)) - page.First)
	}
}

// take adds the result of one entry (§4.2), unless the page is full.
func (p *archivePage) take(seq uint64, e store.Entry) bool {
	if p.bytes += len(e.Stanza); p.bytes > p.limits.PageBytes && len(p.frames) > 0 {
		return false
	}
	if p.err = p.host.Parse(e.Stanza, &p.tree); p.err != nil {
		return false
	}
	id := string(p.query.key.Append(nil, seq))
	b := &p.builder
	b.Reset()
	b.Start(atom.NSClient, atom.Message).Attr(atom.From, p.me.Bare().String()).Attr(atom.To, p.me.String())
	b.Start(atom.NSMAM, atom.Result).AttrBytes(atom.Queryid, p.query.id).Attr(atom.ID, id)
	b.Start(atom.NSForward, atom.Forwarded)
	b.Start(atom.NSDelay, atom.Delay).Attr(atom.Stamp, stamp(e.Time)).End()
	f := codec.NewFrame()
	f.Encode(p.encoder, b.Copy(p.tree.Root()).Element())
	p.frames = append(p.frames, f)
	if p.result.first == "" {
		p.result.first = id
	}
	p.result.last = id
	return true
}

// send sends the results, in their order or the other way round (§4.3.4). They are counted as all stanzas are (XEP-0198 §4), but have no place of
// their own in the archive.
func (p *archivePage) send(r *host.Reply) {
	if p.query.flip {
		slices.Reverse(p.frames)
	}
	for _, f := range p.frames {
		r.Out.SendPage(f)
	}
	p.release()
}

func (p *archivePage) release() {
	for _, f := range p.frames {
		f.Release()
	}
	p.frames = nil
}

// fin sends the end of the results (§4.3.2).
func (p *archivePage) fin(r *host.Reply, complete bool) {
	b := r.Result().Start(atom.NSMAM, atom.Fin)
	if complete {
		b.Attr(atom.Complete, "true")
	}
	p.result.add(b)
	f := codec.NewFrame()
	f.Encode(p.encoder, b.Element())
	r.Out.SendPage(f) // behind the results
	f.Release()
}
