package store

import (
	"encoding/binary"
	"time"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// Entry is one message in an account's archive, which is also its mailbox: a
// device that has not seen it has its cursor before it.
type Entry struct {
	Account  jid.JID   // whose archive; the resource is not stored
	With     jid.JID   // the other party, full
	From     jid.JID   // the sender, full
	Outgoing bool      // sent by Account, not to it
	OriginID []byte    // XEP-0359 §2.2, or empty: then it is never a duplicate
	Time     time.Time // microseconds are kept; not before that of the entry before it
	Stanza   []byte    // opaque to the store
	Flags    uint8     // the caller's
}

// Limits of an Entry. Larger ones are refused with ErrInvalid.
const (
	MaxStanza   = 4 << 20
	MaxOriginID = 4 << 10
)

const (
	entryOutgoing   = 1 << 0
	entryWithIsFrom = 1 << 1 // With is not stored again
)

// Append adds e to the archive of e.Account and returns its seq. Seqs are
// per account, begin at 1, and rise with every entry, in commit order; a seq is
// not used twice while the account exists.
//
// If e.OriginID is not empty and an entry with the same account, sender (bare),
// direction and origin-id was appended within Options.DedupeDays, nothing is
// written: duplicate is true and seq is that of the first.
//
// An entry whose Time is before that of the entry before it gets that one's.
//
// The account need not exist (rooms have archives too). Nothing of e is kept.
func (tx *Tx) Append(e Entry) (seq uint64, duplicate bool, err error) {
	return tx.append(&e)
}

func (tx *Tx) append(e *Entry) (seq uint64, duplicate bool, err error) {
	if len(e.Stanza) > MaxStanza || len(e.OriginID) > MaxOriginID {
		return 0, false, invalidf("entry of %d bytes, origin-id of %d", len(e.Stanza), len(e.OriginID))
	}
	st, err := tx.state(e.Account)
	if err != nil {
		return 0, false, err
	}
	if len(e.OriginID) > 0 {
		h := tx.dedupe.hash(st.account, e)
		seq, duplicate, err = tx.dedupe.lookup(st.account, h)
		if duplicate || err != nil {
			return seq, duplicate, err
		}
		tx.dedupe.add(st.account, h, st.archiveLast+1)
	}
	tx.change(st)
	st.archiveLast++
	e.Time, st.archiveTime = laterTime(e.Time, st.archiveTime)
	tx.key = entryKey(tx.key[:0], st.account, st.archiveLast)
	tx.val = e.appendRecord(tx.val[:0])
	tx.set(tx.key, tx.val)
	st.archiveBytes += uint64(len(tx.val))
	tx.archived.entries++
	tx.archived.bytes += uint64(len(tx.val))
	tx.index(st.account, e.With, st.archiveLast)
	return st.archiveLast, false, nil
}

// index writes the key by which the entry is found by its contact.
func (tx *Tx) index(account []byte, with jid.JID, seq uint64) {
	tx.key = withKey(tx.key[:0], account, with, seq)
	tx.val = append(tx.val[:0], recordVersion)
	tx.set(tx.key, tx.val)
}

// laterTime returns t, or the time of the entry before when that is later: the
// times of an archive never fall, so that an entry is found by its time.
func laterTime(t time.Time, before uint64) (time.Time, uint64) {
	if us := uint64(max(0, micros(t))); us >= before {
		return t, us
	}
	return time.UnixMicro(int64(before)).UTC(), before
}

func (e *Entry) appendRecord(dst []byte) []byte {
	var kind byte
	if e.Outgoing {
		kind |= entryOutgoing
	}
	if e.With == e.From {
		kind |= entryWithIsFrom
	}
	dst = appendTime(append(dst, recordVersion, kind, e.Flags), e.Time)
	dst = appendJID(dst, e.From)
	if e.With != e.From {
		dst = appendJID(dst, e.With)
	}
	dst = appendBytes(dst, e.OriginID)
	return append(dst, e.Stanza...)
}

// entryDecoder decodes entries of one account. Archives repeat the same few
// addresses, so it remembers the last ones.
type entryDecoder struct {
	account jid.JID
	jids    [4]jid.JID
	next    int
}

func (d *entryDecoder) decode(key, rec []byte) (seq uint64, e Entry, err error) {
	seq = keySeq(key)
	f, err := openRecord(key, rec)
	if err != nil {
		return seq, e, err
	}
	kind := f.byte()
	e.Account, e.Outgoing, e.Flags = d.account, kind&entryOutgoing != 0, f.byte()
	e.Time = f.time()
	e.From = d.jid(&f)
	e.With = e.From
	if kind&entryWithIsFrom == 0 {
		e.With = d.jid(&f)
	}
	e.OriginID = f.bytes()
	e.Stanza = f.rest()
	return seq, e, f.done()
}

// keySeq returns the seq that an entry key ends with, 0 if it is too short.
func keySeq(key []byte) uint64 {
	if len(key) < 8 {
		return 0
	}
	return binary.BigEndian.Uint64(key[len(key)-8:])
}

func (d *entryDecoder) jid(f *fields) jid.JID {
	b := f.bytes()
	for _, j := range d.jids {
		if string(b) == j.String() {
			return j
		}
	}
	if len(b) == 0 {
		return jid.JID{}
	}
	j, err := jid.ParseBytes(b)
	if err != nil {
		f.fail()
	}
	d.jids[d.next] = j
	d.next = (d.next + 1) % len(d.jids)
	return j
}

// Archive calls f with up to limit entries of account (0: all) whose seq is
// greater than after, in order, until f returns false. The byte slices of an
// Entry are valid during the call.
func (r *reader) Archive(account jid.JID, after uint64, limit int, f func(seq uint64, e Entry) bool) error {
	if after == ^uint64(0) {
		return nil
	}
	prefix := appendAccount(nil, account)
	return r.archive(account, entryKey(nil, prefix, after+1), entriesEnd(prefix), false, limit, f)
}

// ArchiveBefore is Archive backwards: entries whose seq is less than before (0:
// from the last), the latest first.
func (r *reader) ArchiveBefore(account jid.JID, before uint64, limit int, f func(seq uint64, e Entry) bool) error {
	prefix := appendAccount(nil, account)
	end := entriesEnd(prefix)
	if before > 0 {
		end = entryKey(nil, prefix, before)
	}
	return r.archive(account, entryKey(nil, prefix, 0), end, true, limit, f)
}

func entriesEnd(account []byte) []byte {
	return prefixEnd(append([]byte{tableEntry}, account...))
}

func (r *reader) archive(account jid.JID, lower, upper []byte, backward bool, limit int, f func(seq uint64, e Entry) bool) error {
	d := entryDecoder{account: account.Bare()}
	n := 0
	return r.src.scan(lower, upper, backward, func(key, rec []byte) (bool, error) {
		seq, e, err := d.decode(key, rec)
		if err != nil {
			return false, err
		}
		n++
		return f(seq, e) && n != limit, nil
	})
}

// Bounds are the ends of an archive, and what is between them.
type Bounds struct {
	First, Last         uint64    // seqs of the entries; 0 when there are none
	FirstTime, LastTime time.Time // theirs
	Entries, Bytes      uint64    // Bytes is what they occupy, uncompressed
	Flags               uint8     // see AddArchiveFlags
}

// ArchiveBounds returns the bounds of account's archive: three reads, whatever its size.
func (r *reader) ArchiveBounds(account jid.JID) (b Bounds, err error) {
	err = r.readArchive(account, func(a *archiveReader) error {
		c, err := a.counters(account)
		if err != nil || c.archiveLast == c.archiveTrimmed {
			return err
		}
		b = Bounds{First: c.archiveTrimmed + 1, Last: c.archiveLast, Entries: c.archiveLast - c.archiveTrimmed, Bytes: c.archiveBytes, Flags: uint8(c.archiveFlags)}
		for _, end := range []struct {
			seq uint64
			at  *time.Time
		}{{b.First, &b.FirstTime}, {b.Last, &b.LastTime}} {
			e, err := a.mustEntry(end.seq)
			if err != nil {
				return err
			}
			*end.at = e.Time
		}
		return nil
	})
	return b, err
}

// ArchiveLast returns the seq of the last entry ever appended to account's
// archive, 0 if there is none.
func (r *reader) ArchiveLast(account jid.JID) (uint64, error) {
	c, err := r.counters(account)
	return c.archiveLast, err
}

// ArchiveFlags returns what AddArchiveFlags has set for account, 0 at first. It allocates nothing once the account is known.
func (tx *Tx) ArchiveFlags(account jid.JID) (uint8, error) {
	st, err := tx.state(account)
	if err != nil {
		return 0, err
	}
	return uint8(st.archiveFlags), nil
}

// AddArchiveFlags notes with account's archive what the caller wants to know at each Append without a read, beside what was noted before.
func (tx *Tx) AddArchiveFlags(account jid.JID, flags uint8) error {
	st, err := tx.state(account)
	if err != nil {
		return err
	}
	if add := st.archiveFlags | uint64(flags); add != st.archiveFlags {
		tx.change(st)
		st.archiveFlags = add
	}
	return nil
}

// ArchiveLast is that of Store, with what this batch appended.
func (tx *Tx) ArchiveLast(account jid.JID) (uint64, error) {
	st, err := tx.state(account)
	if err != nil {
		return 0, err
	}
	return st.archiveLast, nil
}
