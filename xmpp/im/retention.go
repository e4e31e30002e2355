package im

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// What a sweep does at a time: the committer does nothing else meanwhile.
const (
	sweepAccounts = 256
	sweepEntries  = 1_024
)

// bareAfter is how long the text of a message stays at least that its account did not want archived, though everybody has had it: clients that share a place in
// the archive, and those that get what a session has left untaken, may be about to read it.
const bareAfter = 7 * 24 * time.Hour

// DefaultArchiveHold is Options.ArchiveHold unless it is set.
const DefaultArchiveHold = 30 * 24 * time.Hour

// Sweep goes once through the archives of the host, and deletes what Options say is to be deleted: the oldest entries (XEP-0313 §3.2), and the text
// of those that were never to be archived (XEP-0441). It takes as long as it takes, or until ctx ends; any goroutine may call it, one at a time.
func (im *IM) Sweep(ctx context.Context, now time.Time) error {
	var last jid.JID
	for {
		sizes, err := im.store.ArchiveSizes(im.host.Domain.Domain(), last, sweepAccounts)
		if err != nil || len(sizes) == 0 {
			return err
		}
		for _, a := range sizes {
			if err := im.sweep(ctx, a, now); err != nil {
				return err
			}
		}
		last = sizes[len(sizes)-1].Account
	}
}

func (im *IM) sweep(ctx context.Context, a store.ArchiveSize, now time.Time) error {
	before, err := im.tooOld(a.Account, now)
	if err == nil && before > 0 {
		err = im.trim(ctx, a.Account, before, nobody)
	}
	if most := im.opts.ArchiveBytes; err == nil && most > 0 && a.Bytes > uint64(most) {
		err = im.shrink(ctx, a.Account, uint64(most)/10*9, now) // to nine tenths, so that it is not a few entries each time
	}
	if err == nil && !AllArchived(a.Flags) {
		err = im.bare(ctx, a.Account, now)
	}
	return err
}

// tooOld returns the first entry that is not too old, 0 when none is.
func (im *IM) tooOld(account jid.JID, now time.Time) (before uint64, err error) {
	if im.opts.ArchiveDays <= 0 {
		return 0, nil
	}
	since := now.Add(-time.Duration(im.opts.ArchiveDays) * 24 * time.Hour)
	b, err := im.store.ArchiveBounds(account)
	if err != nil || b.Entries == 0 || !b.FirstTime.Before(since) {
		return 0, err
	}
	page, err := im.since(account, since)
	return page.From, err
}

// since returns the archive's ends, and in From the first entry that is not older than that.
func (im *IM) since(account jid.JID, at time.Time) (store.ArchivePage, error) {
	return im.store.QueryArchive(account, store.ArchiveQuery{Start: at}, func(uint64, store.Entry) bool { return false })
}

// places are those from which an archive is read on: of the devices, of the clients without one, which share a place, and of the streams that can be resumed.
//
// Whose place is before the entry counts has not had for longer than ArchiveHold what was there to have, or has lost some of it already: it does not count, until it comes again.
type places struct {
	counts uint64
	all    uint64 // all that count have had the archive up to this entry
	some   uint64 // and somebody, whether or not he counts, up to this one
}

// nobody is counts when no place is heeded.
const nobody = ^uint64(0)

// had returns the places in an archive as they are now. Who deletes looks at them again in the operation that does, see hold: a place may move on meanwhile, and a stream may begin
// at one that has moved on since.
func (im *IM) had(account jid.JID, now time.Time) (p places, err error) {
	page, err := im.since(account, now.Add(-im.opts.ArchiveHold))
	if err == nil {
		p = places{counts: max(page.First, page.From), all: page.Last}
		err = p.hold(im.store, account)
	}
	return p, err
}

// hold brings all and some up to date.
func (p *places) hold(r interface {
	Places(account jid.JID, f func(seq uint64)) error
}, account jid.JID) error {
	return r.Places(account, func(seq uint64) {
		if p.some = max(p.some, seq); seq+1 >= p.counts {
			p.all = min(p.all, seq)
		}
	})
}

// shrink deletes the oldest entries until the archive has so many bytes, but none that somebody who still comes has not had.
func (im *IM) shrink(ctx context.Context, account jid.JID, most uint64, now time.Time) error {
	had, err := im.had(account, now)
	if err != nil {
		return err
	}
	before, err := im.store.ArchiveExcess(account, most)
	if err != nil {
		return err
	}
	return im.trim(ctx, account, min(before, had.all+1), had.counts)
}

// trim deletes the entries before one, but none that a place has not had which counts.
func (im *IM) trim(ctx context.Context, account jid.JID, before, counts uint64) error {
	for n := sweepEntries; n == sweepEntries; {
		err := im.store.Do(ctx, func(tx *store.Tx) (err error) {
			p := places{counts: counts, all: before - 1}
			if counts != nobody {
				if err := p.hold(tx, account); err != nil {
					return err
				}
			}
			n, err = tx.TrimArchive(account, p.all+1, sweepEntries)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// baredKey is the key in rulesSpace of the last entry that was looked at by bare.
var baredKey = []byte("bared")

// bare empties the entries that are not archived, are old enough and have been had: by somebody, and by all that still come. Their places stay.
func (im *IM) bare(ctx context.Context, account jid.JID, now time.Time) error {
	had, err := im.had(account, now)
	if err != nil {
		return err
	}
	val, _, err := im.store.SpaceGet(rulesSpace, account, baredKey)
	if err != nil {
		return err
	}
	at, _ := binary.Uvarint(val)
	for done := false; !done; {
		var seqs []uint64
		var flags []uint8
		q := store.ArchiveQuery{After: at, End: now.Add(-bareAfter), Max: sweepEntries}
		page, err := im.store.QueryArchive(account, q, func(seq uint64, e store.Entry) bool {
			if !Archived(&e) {
				seqs, flags = append(seqs, seq), append(flags, e.Flags)
			}
			return true
		})
		if err != nil || page.From > page.To {
			return err
		}
		err = im.store.Do(ctx, func(tx *store.Tx) error {
			if err := had.hold(tx, account); err != nil { // it has changed
				return err
			}
			end := min(page.To, had.all, had.some)
			if done = page.Complete || end < page.To; end <= at {
				return nil
			}
			for i, seq := range seqs {
				if seq > end {
					break
				}
				if _, err := tx.ReplaceStanza(account, seq, nil, flags[i]); err != nil {
					return err
				}
			}
			at = end
			if ok, err := tx.HasAccount(account); err != nil || !ok { // it was removed meanwhile
				return err
			}
			return tx.SpacePut(rulesSpace, account, baredKey, binary.AppendUvarint(nil, at))
		})
		if err != nil {
			return err
		}
	}
	return nil
}
