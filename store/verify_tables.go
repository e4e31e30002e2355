package store

import (
	"bytes"
	"crypto/sha256"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// verifyTables says for each table how one of its keys is checked.
var verifyTables [256]func(w *verifier, key, rec []byte) error

func init() {
	verifyTables[tableMeta] = (*verifier).meta
	verifyTables[tableAccount] = (*verifier).accountRecord
	verifyTables[tableCursor] = (*verifier).cursor
	verifyTables[tableDedupe] = (*verifier).dedupe
	verifyTables[tableEntry] = (*verifier).entry
	verifyTables[tableDevice] = (*verifier).device
	verifyTables[tableLinkKey] = (*verifier).linkKey
	verifyTables[tableCounters] = (*verifier).countersRecord
	verifyTables[tableRoster] = (*verifier).roster
	verifyTables[tableSpace] = (*verifier).space
	verifyTables[tableStream] = (*verifier).stream
	verifyTables[tableStreamIn] = (*verifier).streamIn
	verifyTables[tableStreamOut] = (*verifier).streamOut
	verifyTables[tableSecret] = (*verifier).secret
}

// owner splits a key after its account, which it decodes.
func owner(key []byte) (account []byte, j jid.JID, rest []byte, err error) {
	account, rest, ok := cutAccount(key[1:])
	if !ok {
		return nil, j, nil, corruptf("no account in the key")
	}
	j, err = decodeAccount(account)
	return account, j, rest, err
}

func (w *verifier) meta(key, rec []byte) error {
	if !bytes.Equal(key, formatKey()) {
		return corruptf("unknown value of the store's own")
	}
	_, err := decodeSeq(key, rec)
	return err
}

func (w *verifier) accountRecord(key, rec []byte) error {
	_, j, rest, err := owner(key)
	if err != nil {
		return err
	}
	if j.IsZero() || len(rest) != 0 {
		return corruptf("not an account's key")
	}
	_, err = decodeAccountRecord(key, rec)
	return err
}

func (w *verifier) cursor(key, rec []byte) error {
	account, _, rest, err := owner(key)
	if err != nil {
		return err
	}
	if _, rest, ok := cutKeyString(rest); !ok || len(rest) != 0 {
		return corruptf("no device in the key")
	}
	return w.seqInArchive(account, key, rec, 0) // a cursor may be before the first entry
}

// seqInArchive checks a record that is a seq of an account's archive, at least least.
func (w *verifier) seqInArchive(account, key, rec []byte, least uint64) error {
	seq, err := decodeSeq(key, rec)
	if err != nil {
		return err
	}
	c, err := w.countersOf(account)
	if err == nil && (seq < least || seq > c.archiveLast) {
		return corruptf("seq %d, the archive ends at %d", seq, c.archiveLast)
	}
	return err
}

func (w *verifier) dedupe(key, rec []byte) error {
	_, rest, ok := cutDay(key)
	if !ok {
		return corruptf("no day in the key")
	}
	account, hash, ok := cutAccount(rest)
	if !ok || len(hash) != len(dedupeHash{}) {
		return corruptf("not a dedupe key")
	}
	if err := w.seqInArchive(account, key, rec, 1); err != nil {
		return err
	}
	seq, _ := decodeSeq(key, rec)
	entry := entryKey(nil, account, seq)
	erec, ok, err := w.src.get(entry)
	if err != nil {
		return err
	}
	if !ok {
		return corruptf("leads to entry %d, which is missing", seq)
	}
	var d entryDecoder
	_, e, err := d.decode(entry, erec)
	if err != nil {
		return nil // the entry's own fault
	}
	if sum := sha256.Sum256(e.appendIdentity(nil, account)); !bytes.Equal(sum[:len(hash)], hash) {
		return corruptf("leads to entry %d, which is of another message", seq)
	}
	return nil
}

func (w *verifier) entry(key, rec []byte) error {
	account, j, rest, err := owner(key)
	if err != nil {
		return err
	}
	if len(rest) != 8 {
		return corruptf("no seq in the key")
	}
	d := entryDecoder{account: j}
	seq, _, err := d.decode(key, rec)
	if !bytes.Equal(account, w.entries) {
		w.entries = append(w.entries[:0], account...)
	} else if seq != w.entrySeq+1 {
		w.fault(key, "hole in the archive: entry %d comes after %d", seq, w.entrySeq)
	}
	w.entrySeq = seq
	if err != nil {
		return err
	}
	c, err := w.countersOf(account)
	if err == nil && (seq == 0 || seq > c.archiveLast) {
		return corruptf("entry %d, the counter says the last is %d", seq, c.archiveLast)
	}
	return err
}

func (w *verifier) device(key, rec []byte) error {
	_, j, _, err := owner(key)
	if err != nil {
		return err
	}
	d, err := decodeDevice(j, key, rec)
	if err != nil {
		return err
	}
	back, ok, err := w.DeviceByKey(d.Key)
	if err == nil && (!ok || back.Account != j || back.ID != d.ID) {
		return corruptf("its link key does not lead back to it")
	}
	return err
}

func (w *verifier) linkKey(key, rec []byte) error {
	if len(key) != 33 {
		return corruptf("not a link key")
	}
	_, _, err := w.DeviceByKey([32]byte(key[1:]))
	return err
}

// countersRecord also counts the roster, so that a missing item is noticed.
func (w *verifier) countersRecord(key, rec []byte) error {
	account, j, rest, err := owner(key)
	if err != nil {
		return err
	}
	c, err := decodeCounters(key, rec)
	if err != nil || len(rest) != 0 {
		return err
	}
	last, ok, err := w.lastEntry(account)
	if err != nil {
		return err
	}
	if last != c.archiveLast {
		w.fault(key, "the counter says the last entry is %d, it is %d (any: %v)", c.archiveLast, last, ok)
	}
	var gone uint64
	err = w.rosterRecords(j, func(r *rosterRecord) bool {
		if r.gone {
			gone++
		}
		return true
	})
	if err == nil && (gone != c.tombstones || c.rosterFloor > c.rosterVersion) {
		return corruptf("%d tombstones counted as %d; roster version %d, floor %d", gone, c.tombstones, c.rosterVersion, c.rosterFloor)
	}
	return nil // a bad roster record is a fault of its own
}

func (w *verifier) lastEntry(account []byte) (seq uint64, ok bool, err error) {
	err = w.src.scan(entryKey(nil, account, 0), entriesEnd(account), true, func(key, _ []byte) (bool, error) {
		seq, ok = keySeq(key), true
		return false, nil
	})
	return seq, ok, err
}

func (w *verifier) roster(key, rec []byte) error {
	account, j, _, err := owner(key)
	if err != nil {
		return err
	}
	r, err := decodeRoster(key, rec)
	if err != nil {
		return err
	}
	if !bytes.Equal(rosterKey(nil, j, r.JID), key) {
		return corruptf("the item is of %q", r.JID)
	}
	c, err := w.countersOf(account)
	if err == nil && (r.Version == 0 || r.Version > c.rosterVersion) {
		return corruptf("item of version %d, the counter says %d", r.Version, c.rosterVersion)
	}
	return err
}

func (w *verifier) space(key, rec []byte) error {
	_, _, rest, err := owner(key)
	if err != nil {
		return err
	}
	if _, _, ok := cutKeyString(rest); !ok {
		return corruptf("no space in the key")
	}
	_, err = openRecord(key, rec)
	return err
}

func (w *verifier) secret(key, rec []byte) error {
	name, rest, ok := cutKeyString(key[1:])
	if !ok || len(rest) != 0 {
		return corruptf("not a secret's key")
	}
	_, _, err := w.reader.secret(string(name))
	return err
}

func (w *verifier) stream(key, rec []byte) error {
	_, err := decodeStream(key, rec)
	return err
}

// streamOwner checks the key of a stream's other records. They may be without the first one: a stream is forgotten while its last stanzas are on their way.
func streamOwner(key []byte) (account []byte, err error) {
	account, _, rest, err := owner(key)
	if err == nil && len(rest) != len(StreamID{}) {
		err = corruptf("not a stream's key")
	}
	return account, err
}

func (w *verifier) streamIn(key, rec []byte) error {
	if _, err := streamOwner(key); err != nil {
		return err
	}
	_, err := decodeStreamIn(key, rec)
	return err
}

func (w *verifier) streamOut(key, rec []byte) error {
	account, err := streamOwner(key)
	if err != nil {
		return err
	}
	out, err := decodeStreamOut(key, rec)
	if err != nil {
		return err
	}
	c, err := w.countersOf(account)
	if err == nil && out.Taken > c.archiveLast {
		return corruptf("a stream has taken %d, the archive ends at %d", out.Taken, c.archiveLast)
	}
	return err
}
