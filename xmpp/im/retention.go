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

// bareAfter is how long the text of a message stays that its account did not want archived, once each device has had it: a device whose session can
// still be resumed may ask for it again.
const bareAfter = 7 * 24 * time.Hour

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
		err = im.trim(ctx, a.Account, before, false)
	}
	if most := im.opts.ArchiveBytes; err == nil && most > 0 && a.Bytes > uint64(most) {
		// To nine tenths, so that it is not a few entries each time.
		if before, err = im.store.ArchiveExcess(a.Account, uint64(most)/10*9); err == nil {
			err = im.trim(ctx, a.Account, before, true)
		}
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
	page, err := im.store.QueryArchive(account, store.ArchiveQuery{Start: since}, func(uint64, store.Entry) bool { return false })
	return page.From, err
}

// trim deletes the entries before one. What some device has not had yet is kept, if so asked.
func (im *IM) trim(ctx context.Context, account jid.JID, before uint64, had bool) error {
	for n := sweepEntries; n == sweepEntries; {
		err := im.store.Do(ctx, func(tx *store.Tx) error {
			end := before
			if had {
				cursor, err := tx.MinCursor(account)
				if err != nil {
					return err
				}
				end = min(end, cursor+1)
			}
			var err error
			n, err = tx.TrimArchive(account, end, sweepEntries)
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

// bare empties the entries that are not archived, are old enough and have been had by every device. Their places stay.
func (im *IM) bare(ctx context.Context, account jid.JID, now time.Time) error {
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
			cursor, err := tx.MinCursor(account)
			if err != nil {
				return err
			}
			end := min(page.To, cursor)
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
			return tx.SpacePut(rulesSpace, account, baredKey, binary.AppendUvarint(nil, at))
		})
		if err != nil {
			return err
		}
	}
	return nil
}
