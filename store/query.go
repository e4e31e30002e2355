package store

import (
	"errors"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// ArchiveQuery says which entries of an archive are wanted. The zero query is all of them.
type ArchiveQuery struct {
	With          jid.JID   // the other party; a bare JID stands for all its resources, the zero JID for everybody
	Start, End    time.Time // both inclusive; the zero time is no bound
	After, Before uint64    // seqs, both exclusive; Before 0 is no bound
	Seqs          []uint64  // ascending: no others; nil is no bound
	Backward      bool      // from the last to the first

	// Max ends the page after so many entries; 0: no bound.
	Max int
	// MaxScan ends the page when so many entries have been looked at and one was taken, and after ten times as many in any case; 0: no bound. An entry counts once
	// more for each ScanUnit bytes of its stanza.
	MaxScan int
	// Match, unless nil, is asked for each entry that all the rest lets through. The byte slices of e are valid during the call.
	Match func(seq uint64, e *Entry) bool
}

// ScanUnit is how many bytes of a stanza cost as much to look at as an entry does.
const ScanUnit = 8 << 10

// fruitless is how much longer a query looks that has found nothing: an empty page that is not the last is of little use.
const fruitless = 10

// ArchivePage is how a query ended.
type ArchivePage struct {
	First, Last uint64 // the archive's ends, as of the query; First is Last+1 when it is empty
	// From and To are the stretch of the archive in which no entry matches that was not given.
	From, To uint64
	// Complete: no other entry matches at all.
	Complete bool
	Scanned  int   // how many entries were looked at, as MaxScan counts them
	Flags    uint8 // the archive's, see AddArchiveFlags
}

// QueryArchive calls f with the entries of account that q wants, in order. f
// returns whether it takes the entry: false ends the page before it. The byte
// slices of an Entry are valid during the call. All is read in one view.
//
// The cost grows with the entries looked at, not with the archive: those of With
// have an index, and the first in time is found by halving.
func (r *reader) QueryArchive(account jid.JID, q ArchiveQuery, f func(seq uint64, e Entry) bool) (page ArchivePage, err error) {
	err = r.readArchive(account, func(a *archiveReader) error {
		lo, hi, err := a.stretch(&q, &page)
		if err != nil {
			return err
		}
		page.Complete, page.From, page.To = true, lo, hi
		if lo > hi {
			return nil
		}
		s := query{archiveReader: a, ArchiveQuery: &q, page: &page, take: f}
		return s.run(lo, hi)
	})
	return page, err
}

// ArchiveEntries calls f with those of account's entries that have one of the seqs, in the order of seqs, until f returns false. It returns
// whether all that it looked for are there. The byte slices of an Entry are valid during the call.
func (r *reader) ArchiveEntries(account jid.JID, seqs []uint64, f func(seq uint64, e Entry) bool) (all bool, err error) {
	all = true
	err = r.readArchive(account, func(a *archiveReader) error {
		for _, seq := range seqs {
			e, ok, err := a.entry(seq)
			switch {
			case err != nil:
				return err
			case !ok:
				all = false
			case !f(seq, e):
				return nil
			}
		}
		return nil
	})
	return all, err
}

// archiveReader reads single entries of one archive, as of one moment.
type archiveReader struct {
	*reader
	entryDecoder
	entries seeker
	account []byte // as in keys
	key     []byte // scratch
}

func (r *reader) readArchive(account jid.JID, f func(a *archiveReader) error) error {
	return r.oneView(func(r *reader) error {
		a := archiveReader{reader: r, entryDecoder: entryDecoder{account: account.Bare()}, account: appendAccount(nil, account)}
		s, from, err := r.src.pebble(tableEntry)
		if err != nil {
			return err
		}
		bounds := pebble.IterOptions{LowerBound: entryKey(nil, a.account, 0), UpperBound: entriesEnd(a.account)}
		a.entries = seeker{s: s, from: from, o: bounds}
		return errors.Join(f(&a), a.entries.close())
	})
}

// entry returns an entry, whose byte slices are valid until the next call.
func (a *archiveReader) entry(seq uint64) (e Entry, ok bool, err error) {
	a.key = entryKey(a.key[:0], a.account, seq)
	rec, ok, err := a.entries.seek(a.key)
	if !ok || err != nil {
		return Entry{}, false, err
	}
	_, e, err = a.decode(a.key, rec)
	return e, err == nil, err
}

// mustEntry is entry for one that has to be there.
func (a *archiveReader) mustEntry(seq uint64) (Entry, error) {
	e, ok, err := a.entry(seq)
	if err == nil && !ok {
		err = corruptf("entry %d of %q is missing", seq, a.entryDecoder.account)
	}
	return e, err
}

// stretch returns the first and the last seq that q can want, lo > hi when there is none.
func (a *archiveReader) stretch(q *ArchiveQuery, page *ArchivePage) (lo, hi uint64, err error) {
	c, err := a.counters(a.entryDecoder.account)
	if err != nil {
		return 1, 0, err
	}
	lo, hi = c.archiveTrimmed+1, c.archiveLast
	page.First, page.Last, page.Flags = lo, hi, uint8(c.archiveFlags)
	if q.After >= lo {
		if q.After >= hi {
			return 1, 0, nil
		}
		lo = q.After + 1
	}
	if q.Before > 0 {
		hi = min(hi, q.Before-1)
	}
	if lo <= hi && !q.Start.IsZero() {
		lo, err = a.firstWhere(lo, hi, func(t time.Time) bool { return !t.Before(q.Start) })
	}
	if err == nil && lo <= hi && !q.End.IsZero() {
		hi, err = a.firstWhere(lo, hi, func(t time.Time) bool { return t.After(q.End) })
		hi--
	}
	return lo, hi, err
}

// firstWhere returns the first seq in [lo, hi] whose time is late, hi+1 when there is none. Times never fall.
func (a *archiveReader) firstWhere(lo, hi uint64, late func(time.Time) bool) (uint64, error) {
	end := hi + 1
	for lo < end {
		mid := lo + (end-lo)/2
		e, err := a.mustEntry(mid)
		if err != nil {
			return 0, err
		}
		if late(e.Time) {
			end = mid
		} else {
			lo = mid + 1
		}
	}
	return lo, nil
}

// query is a query that is being answered.
type query struct {
	*archiveReader
	*ArchiveQuery
	page  *ArchivePage
	take  func(seq uint64, e Entry) bool
	taken int
}

// run looks at the entries in [lo, hi]: at all of them, at those named, or through the index at those with the contact.
func (s *query) run(lo, hi uint64) error {
	switch {
	case s.Seqs != nil:
		return s.runSeqs(lo, hi)
	case s.With.IsZero():
		return s.src.scan(entryKey(nil, s.account, lo), append(entryKey(nil, s.account, hi), 0), s.Backward, func(key, rec []byte) (bool, error) {
			seq, e, err := s.decode(key, rec)
			return err == nil && s.look(seq, &e), err
		})
	}
	upper := append(withKey(nil, s.account, s.With, hi), 0)
	return s.src.scan(withKey(nil, s.account, s.With, lo), upper, s.Backward, func(key, _ []byte) (bool, error) {
		return s.lookAt(keySeq(key))
	})
}

func (s *query) runSeqs(lo, hi uint64) error {
	for i := range s.Seqs {
		seq := s.Seqs[i]
		if s.Backward {
			seq = s.Seqs[len(s.Seqs)-1-i]
		}
		if seq < lo || seq > hi {
			continue
		}
		if more, err := s.lookAt(seq); err != nil || !more {
			return err
		}
	}
	return nil
}

func (s *query) lookAt(seq uint64) (more bool, err error) {
	e, err := s.mustEntry(seq)
	return err == nil && s.look(seq, &e), err
}

// look takes one entry if it matches, and reports whether to go on: also behind a full page, until it is known whether there is more.
func (s *query) look(seq uint64, e *Entry) bool {
	if s.spent() {
		return s.end(seq)
	}
	s.page.Scanned += 1 + len(e.Stanza)/ScanUnit
	if !s.with(e.With) || s.Match != nil && !s.Match(seq, e) {
		return true
	}
	if s.Max > 0 && s.taken == s.Max || !s.take(seq, *e) {
		return s.end(seq)
	}
	s.taken++
	return true
}

// with reports whether q wants the entries with that party.
func (s *query) with(party jid.JID) bool {
	return s.With.IsZero() || party == s.With || s.With.IsBare() && party.Bare() == s.With
}

// spent reports whether the query may look at no more entries.
func (s *query) spent() bool {
	most := s.MaxScan
	if s.taken == 0 {
		most *= fruitless
	}
	return most > 0 && s.page.Scanned >= most
}

// end ends the page before the entry at seq.
func (s *query) end(seq uint64) bool {
	s.page.Complete = false
	if s.Backward {
		s.page.From = seq + 1
	} else {
		s.page.To = seq - 1
	}
	return false
}
