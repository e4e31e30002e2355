package store

import (
	"bytes"
	"context"

	"github.com/cockroachdb/pebble/v2"
)

// indexArchives is the step to format 2: every entry gets its key in the index by contact, times never fall within an archive, and
// the counters know what it occupies. What it writes follows from the entries alone, so it may be begun again.
func indexArchives(ctx context.Context, s *Store) error {
	u := archiveIndexer{s: s, batch: s.db.NewBatch()}
	defer func() { u.batch.Close() }()
	for lower := []byte{tableEntry}; lower != nil; {
		if err := ctx.Err(); err != nil {
			return err
		}
		next, err := s.scanSome(s.db, lower, prefixEnd([]byte{tableEntry}), false, maxIterKeys, u.entry)
		if err != nil {
			return err
		}
		if next == nil {
			if err := u.endArchive(); err != nil {
				return err
			}
		}
		if err := u.commit(); err != nil {
			return err
		}
		lower = next
	}
	return nil
}

type archiveIndexer struct {
	s       *Store
	batch   *pebble.Batch
	account []byte // whose entries come, as in keys
	decoder entryDecoder
	first   uint64 // its first entry
	bytes   uint64
	time    uint64
}

// entry indexes one entry. The next archive begins where the account changes.
func (u *archiveIndexer) entry(key, rec []byte) (bool, error) {
	account, j, _, err := owner(key)
	if err != nil {
		return false, err
	}
	seq := keySeq(key)
	if !bytes.Equal(account, u.account) {
		if err := u.endArchive(); err != nil {
			return false, err
		}
		u.account = append(u.account[:0], account...)
		u.decoder, u.first, u.bytes, u.time = entryDecoder{account: j}, seq, 0, 0
	}
	_, e, err := u.decoder.decode(key, rec)
	if err != nil {
		return false, err
	}
	was := e.Time
	if e.Time, u.time = laterTime(e.Time, u.time); !e.Time.Equal(was) {
		u.set(key, e.appendRecord(nil)) // of the same size
	}
	u.bytes += uint64(len(rec))
	u.set(withKey(nil, account, e.With, seq), []byte{recordVersion})
	return true, nil
}

// endArchive writes the counters of the archive whose entries have come.
func (u *archiveIndexer) endArchive() error {
	if len(u.account) == 0 {
		return nil
	}
	key := append([]byte{tableCounters}, u.account...)
	rec, ok, err := u.s.readOne(u.s.db, key)
	if err != nil {
		return err
	}
	if !ok {
		return corruptf("an archive without counters: %q", key)
	}
	c, err := decodeCounters(key, rec)
	if err != nil {
		return err
	}
	c.archiveTrimmed, c.archiveBytes, c.archiveTime = u.first-1, u.bytes, u.time
	u.set(key, c.append([]byte{recordVersion}))
	return nil
}

func (u *archiveIndexer) set(key, rec []byte) { u.batch.Set(key, sealRecord(rec, 0, key), nil) }

func (u *archiveIndexer) commit() error {
	if u.batch.Empty() {
		return nil
	}
	err := u.s.db.Apply(u.batch, pebble.Sync)
	u.batch.Reset()
	return err
}
