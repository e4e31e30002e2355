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
