package store

import (
	"time"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// Account is a user account of this server. Times have microsecond precision
// and may be zero.
type Account struct {
	Credentials []byte // opaque to the store
	Created     time.Time
	Disabled    bool
	LastActive  time.Time
	LastStatus  string // of the last unavailable presence, XEP-0012
}

const accountDisabled = 1 << 0

// Account returns the account j (its bare JID), and whether it exists.
func (r *reader) Account(j jid.JID) (Account, bool, error) {
	key := accountKey(nil, tableAccount, j)
	rec, ok, err := r.src.get(key)
	if !ok || err != nil {
		return Account{}, false, err
	}
	a, err := decodeAccountRecord(key, rec)
	return a, err == nil, err
}

// Accounts calls f with each account of host in the order of local parts, until
// f returns false.
func (r *reader) Accounts(host string, f func(j jid.JID, a Account) bool) error {
	lower := appendKeyString([]byte{tableAccount}, host)
	return r.src.scan(lower, prefixEnd(lower), false, func(key, rec []byte) (bool, error) {
		j, err := decodeAccount(key[1:])
		if err != nil {
			return false, err
		}
		a, err := decodeAccountRecord(key, rec)
		if err != nil {
			return false, err
		}
		return f(j, a), nil
	})
}

// PutAccount creates or replaces the account j (its bare JID).
func (tx *Tx) PutAccount(j jid.JID, a Account) error {
	if j.IsZero() {
		return invalidf("no account")
	}
	var flags byte
	if a.Disabled {
		flags |= accountDisabled
	}
	st, err := tx.state(j)
	if err != nil {
		return err
	}
	tx.touch(st)
	st.exists = present
	tx.key = accountKey(tx.key[:0], tableAccount, j)
	v := append(tx.val[:0], recordVersion, flags)
	v = appendTime(appendTime(v, a.Created), a.LastActive)
	v = appendString(v, a.LastStatus)
	tx.set(tx.key, appendBytes(v, a.Credentials))
	return nil
}

func decodeAccountRecord(key, rec []byte) (a Account, err error) {
	f, err := openRecord(key, rec)
	if err != nil {
		return a, err
	}
	a.Disabled = f.byte()&accountDisabled != 0
	a.Created, a.LastActive = f.time(), f.time()
	a.LastStatus = string(f.bytes())
	a.Credentials = append([]byte(nil), f.bytes()...)
	return a, f.done()
}

// accountRanges are the tables where an account's keys share a prefix.
var accountRanges = [...]byte{tableEntry, tableCursor, tableDevice, tableRoster, tableSpace, tableStream, tableStreamIn, tableStreamOut, tableWith}

// DeleteAccount deletes everything of the account j: the account itself, roster,
// archive with its index, cursors, devices, streams, dedupe keys and its keys in all spaces. What other
// accounts hold about it (roster items, their archives) stays theirs. The seqs and roster versions of a later account
// of that name go on: clients may still have the old ones (XEP-0313 §6.2, RFC 6121 §2.6).
func (tx *Tx) DeleteAccount(j jid.JID) error {
	st, err := tx.state(j)
	if err != nil {
		return err
	}
	if err := tx.deleteLinkKeys(j); err != nil {
		return err
	}
	for _, table := range accountRanges {
		lower := append([]byte{table}, st.account...)
		tx.deleteRange(lower, prefixEnd(lower))
	}
	tx.dedupe.deleteAccount(st.account)
	tx.delete(accountKey(nil, tableAccount, j))
	was := st.counters
	st.counters = counters{}
	if was != st.counters {
		tx.change(st)
		st.archiveLast, st.archiveTrimmed, st.archiveTime = was.archiveLast, was.archiveLast, was.archiveTime
		st.rosterVersion, st.rosterFloor = was.rosterVersion+1, was.rosterVersion+1
	}
	tx.touch(st)
	st.cursors, st.cursorsLoaded = st.cursors[:0], true
	st.exists = absent
	st.roster = rosterSizes{known: true}
	return nil
}

// HasAccount reports whether the account j (its bare JID) exists. It reads the disk once for an account, and then
// allocates nothing.
func (tx *Tx) HasAccount(j jid.JID) (bool, error) {
	st, err := tx.state(j)
	if err != nil {
		return false, err
	}
	if st.exists == unknown {
		_, ok, err := tx.reader.Account(j)
		if err != nil {
			return false, err
		}
		if st.exists = absent; ok {
			st.exists = present
		}
	}
	return st.exists == present, nil
}
