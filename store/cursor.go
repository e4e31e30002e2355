package store

import (
	"encoding/binary"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// Cursor returns the seq up to which device has acknowledged account's archive,
// 0 if it never did. device is any string that lasts: a bind2 user-agent id, a
// link device id.
func (r *reader) Cursor(account jid.JID, device string) (uint64, error) {
	key := cursorKey(nil, appendAccount(nil, account), device)
	rec, ok, err := r.src.get(key)
	if !ok || err != nil {
		return 0, err
	}
	return decodeSeq(key, rec)
}

// Cursor is that of Store, with what this batch has set.
func (tx *Tx) Cursor(account jid.JID, device string) (uint64, error) {
	st, err := tx.state(account)
	if err != nil {
		return 0, err
	}
	c, err := tx.cursor(st, device)
	if c == nil {
		return 0, err
	}
	return c.seq, err
}

// HasCursor reports whether device has a cursor, be it at 0.
func (tx *Tx) HasCursor(account jid.JID, device string) (bool, error) {
	st, err := tx.state(account)
	if err != nil {
		return false, err
	}
	c, err := tx.cursor(st, device)
	return c != nil, err
}

// SetCursor moves device's cursor to seq. A cursor never moves back, nor past
// the end of the archive: that much is ignored. A named device has a cursor from
// the first call on, be it at 0.
func (tx *Tx) SetCursor(account jid.JID, device string, seq uint64) error {
	st, err := tx.state(account)
	if err != nil {
		return err
	}
	c, err := tx.cursor(st, device)
	if err != nil {
		return err
	}
	seq = min(seq, st.archiveLast)
	if c == nil && seq == 0 && device == "" || c != nil && seq <= c.seq {
		return nil
	}
	tx.touch(st)
	if c == nil {
		st.cursors = append(st.cursors, cursor{device, seq})
	} else {
		c.seq = seq
	}
	tx.key = cursorKey(tx.key[:0], st.account, device)
	tx.val = binary.AppendUvarint(append(tx.val[:0], recordVersion), seq)
	tx.set(tx.key, tx.val)
	return nil
}

// DeleteCursor forgets where device has come to, as if it had never been there.
func (tx *Tx) DeleteCursor(account jid.JID, device string) error {
	st, err := tx.state(account)
	if err != nil {
		return err
	}
	tx.touch(st)
	st.cursors, st.cursorsLoaded = st.cursors[:0], false
	tx.delete(cursorKey(nil, st.account, device))
	return nil
}

// cursor returns the cached cursor of a device, nil if it has none. It is valid
// until the next change of st.
func (tx *Tx) cursor(st *state, device string) (*cursor, error) {
	if !st.cursorsLoaded {
		if err := tx.loadCursors(st); err != nil {
			return nil, err
		}
	}
	for i := range st.cursors {
		if st.cursors[i].device == device {
			return &st.cursors[i], nil
		}
	}
	return nil, nil
}

func (tx *Tx) loadCursors(st *state) error {
	st.cursors = st.cursors[:0]
	lower := append([]byte{tableCursor}, st.account...)
	err := tx.scan(lower, prefixEnd(lower), false, func(key, rec []byte) (bool, error) {
		device, _, _ := cutKeyString(key[len(lower):])
		seq, err := decodeSeq(key, rec)
		st.cursors = append(st.cursors, cursor{string(device), seq})
		return true, err
	})
	st.cursorsLoaded = err == nil
	return err
}
