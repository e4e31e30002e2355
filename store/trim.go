package store

import "github.com/godwit-im/godwit/xmpp/jid"

// TrimArchive deletes the oldest entries of account's archive, those before the
// seq given, at most limit, and returns how many they were. Its seqs are not
// used again, and duplicates of what was trimmed stay duplicates.
//
// Each stretch is one range deletion, so let there be few: trim a thousand
// entries at a time, not one.
func (tx *Tx) TrimArchive(account jid.JID, before uint64, limit int) (n int, err error) {
	st, err := tx.state(account)
	if err != nil {
		return 0, err
	}
	first := st.archiveTrimmed + 1
	end := min(before, st.archiveLast+1, first+uint64(max(limit, 0)))
	if end <= first {
		return 0, nil
	}
	lower, upper := entryKey(nil, st.account, first), entryKey(nil, st.account, end)
	d := entryDecoder{account: st.jid}
	var bytes uint64
	err = tx.scan(lower, upper, false, func(key, rec []byte) (bool, error) {
		seq, e, err := d.decode(key, rec)
		if err != nil {
			return false, err
		}
		bytes += uint64(len(rec))
		tx.delete(withKey(nil, st.account, e.With, seq))
		return true, nil
	})
	if err != nil {
		return 0, err
	}
	tx.deleteRange(lower, upper)
	tx.change(st)
	st.archiveTrimmed = end - 1
	st.archiveBytes -= min(bytes, st.archiveBytes)
	return int(end - first), nil
}

// ReplaceStanza puts another stanza and other flags into an entry (XEP-0313
// §3.2): all else of it stays, its place too. It reports whether the entry is
// there.
func (tx *Tx) ReplaceStanza(account jid.JID, seq uint64, stanza []byte, flags uint8) (ok bool, err error) {
	if len(stanza) > MaxStanza {
		return false, invalidf("entry of %d bytes", len(stanza))
	}
	st, err := tx.state(account)
	if err != nil {
		return false, err
	}
	key := entryKey(nil, st.account, seq)
	rec, ok, err := tx.get(key)
	if !ok || err != nil {
		return false, err
	}
	d := entryDecoder{account: st.jid}
	_, e, err := d.decode(key, rec)
	if err != nil {
		return false, err
	}
	e.Stanza, e.Flags = stanza, flags
	tx.change(st)
	st.archiveBytes -= min(uint64(len(rec)), st.archiveBytes)
	tx.val = e.appendRecord(tx.val[:0])
	tx.set(key, tx.val)
	st.archiveBytes += uint64(len(tx.val))
	return true, nil
}

// ArchiveSize is what one archive occupies.
type ArchiveSize struct {
	Account        jid.JID
	Entries, Bytes uint64
	Flags          uint8 // see AddArchiveFlags
}

// ArchiveSizes returns up to limit archives of host that have entries, in the order of the accounts behind after (the zero JID: from the first).
func (r *reader) ArchiveSizes(host string, after jid.JID, limit int) (sizes []ArchiveSize, err error) {
	lower := appendKeyString([]byte{tableCounters}, host)
	upper := prefixEnd(lower)
	if !after.IsZero() {
		lower = prefixEnd(accountKey(nil, tableCounters, after))
	}
	err = r.src.scan(lower, upper, false, func(key, rec []byte) (bool, error) {
		c, err := decodeCounters(key, rec)
		if err != nil || c.archiveLast == c.archiveTrimmed {
			return true, err
		}
		j, err := decodeAccount(key[1:])
		sizes = append(sizes, ArchiveSize{j, c.archiveLast - c.archiveTrimmed, c.archiveBytes, uint8(c.archiveFlags)})
		return len(sizes) < limit, err
	})
	return sizes, err
}

// ArchiveExcess returns the seq of the first entry to keep so that account's archive occupies at most so many bytes: it reads the entries before that one.
func (r *reader) ArchiveExcess(account jid.JID, most uint64) (before uint64, err error) {
	err = r.oneView(func(r *reader) error {
		c, err := r.counters(account)
		if before = c.archiveTrimmed + 1; err != nil || c.archiveBytes <= most {
			return err
		}
		excess, prefix := c.archiveBytes-most, appendAccount(nil, account)
		return r.src.scan(entryKey(nil, prefix, 0), entriesEnd(prefix), false, func(key, rec []byte) (bool, error) {
			before = keySeq(key) + 1
			excess -= min(excess, uint64(len(rec)))
			return excess > 0, nil
		})
	})
	return before, err
}

// ArchiveTrimmed returns the seq of the last entry that was trimmed from account's archive, 0 when none was.
func (tx *Tx) ArchiveTrimmed(account jid.JID) (uint64, error) {
	st, err := tx.state(account)
	if err != nil {
		return 0, err
	}
	return st.archiveTrimmed, nil
}

// Places calls f with the places in account's archive from which it is read on, each the seq of the last entry that was taken: the cursor of the clients without a device, be it
// at 0, that of each device, and that of each stream that can be resumed and is sent archived messages. All is read in one view.
func (r *reader) Places(account jid.JID, f func(seq uint64)) error {
	return r.oneView(func(r *reader) error {
		shared, err := r.Cursor(account, "")
		if err != nil {
			return err
		}
		f(shared)
		lower := accountKey(nil, tableCursor, account)
		err = r.src.scan(lower, prefixEnd(lower), false, func(key, rec []byte) (bool, error) {
			seq, err := decodeSeq(key, rec)
			if err == nil {
				f(seq)
			}
			return true, err
		})
		if err != nil {
			return err
		}
		return r.streamPlaces(account, f)
	})
}

// streamPlaces is Places for the streams.
func (r *reader) streamPlaces(account jid.JID, f func(seq uint64)) error {
	ended := make(map[StreamID]bool) // of those that there are
	if err := r.Streams(account, func(s Stream) bool { ended[s.ID] = s.Ended; return true }); err != nil {
		return err
	}
	for id, over := range ended {
		if over {
			continue
		}
		switch s, _, err := r.Stream(account, id); {
		case err != nil:
			return err
		case s.Out.Started:
			f(s.Out.Taken)
		}
	}
	return nil
}
