package im

import (
	"encoding/binary"
	"errors"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// unarchived is the flag of archive entries that are mail and nothing else: the account does not want them in its archive (XEP-0441), or their sender wants them in
// none (XEP-0334 §4.1).
const unarchived = 1 << 2

// Archived reports whether an entry is part of the archive that its account sees (XEP-0313).
func Archived(e *store.Entry) bool { return e.Flags&(unarchived|Bounce) == 0 }

// AllArchived reports whether every entry of an archive with those flags is, and was, part of it.
func AllArchived(flags uint8) bool { return flags&(hasRules|hasBounces|hasTemporary) == 0 }

// Flags of archives.
const (
	hasRules     = 1 << 0 // the account has, or had, ArchiveRules: to all others they cost no read
	hasBounces   = 1 << 1 // there are, or were, entries with the flag Bounce
	hasTemporary = 1 << 2 // there are, or were, entries that their senders want in no archive
)

// Default says what becomes of messages with somebody in neither list (XEP-0441 §2.1.1).
type Default uint8

// The defaults.
const (
	Always Default = iota
	Never
	Roster
)

// ArchiveRules are an account's preferences of what is archived (XEP-0441 §2.1). The zero value is all.
type ArchiveRules struct {
	Default       Default
	Always, Never []jid.JID // full JIDs stand for themselves, bare ones for all their resources
}

// rulesSpace holds one value for each account that has rules, under the empty key: the default (1 byte), then for always and for never the
// number of JIDs and each with its length (uvarints).
const rulesSpace = "archive-rules"

var errRules = errors.New("im: archive rules that cannot be read")

func (r *ArchiveRules) encode() []byte {
	b := []byte{byte(r.Default)}
	for _, list := range [][]jid.JID{r.Always, r.Never} {
		b = binary.AppendUvarint(b, uint64(len(list)))
		for _, j := range list {
			b = append(binary.AppendUvarint(b, uint64(len(j.String()))), j.String()...)
		}
	}
	return b
}

func decodeRules(b []byte) (r ArchiveRules, err error) {
	lists := [...]*[]jid.JID{&r.Always, &r.Never}
	r.Default, err = walkRules(b, func(list int, address []byte) bool {
		j, err := jid.ParseBytes(address)
		*lists[list] = append(*lists[list], j)
		return err == nil
	})
	return r, err
}

// walkRules calls f with the addresses of encoded rules as they are written, list 0 being always and 1 never, and returns the default. f returns whether the
// address is one.
func walkRules(b []byte, f func(list int, address []byte) bool) (d Default, err error) {
	if len(b) == 0 || b[0] > byte(Roster) {
		return 0, errRules
	}
	d, b = Default(b[0]), b[1:]
	number := func() int {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > uint64(len(b)-size) {
			err = errRules
			return 0
		}
		b = b[size:]
		return int(n)
	}
	for list := range 2 {
		for range number() {
			size := number()
			if err != nil || !f(list, b[:size]) {
				return 0, errRules
			}
			b = b[size:]
		}
	}
	return d, err
}

// LoadArchiveRules returns the rules of an account. from is a Store or a Tx.
func LoadArchiveRules(from interface {
	SpaceGet(space string, account jid.JID, key []byte) ([]byte, bool, error)
}, account jid.JID) (ArchiveRules, error) {
	b, ok, err := from.SpaceGet(rulesSpace, account, nil)
	if !ok || err != nil {
		return ArchiveRules{}, err
	}
	return decodeRules(b)
}

// SaveArchiveRules replaces the rules of an account, for messages from now on.
func SaveArchiveRules(tx *store.Tx, account jid.JID, r ArchiveRules) error {
	if err := tx.AddArchiveFlags(account, hasRules); err != nil {
		return err
	}
	return tx.SpacePut(rulesSpace, account, nil, r.encode())
}

// ruled returns the flags that an entry gets by the rules of its account.
func ruled(tx *store.Tx, e *store.Entry) (flags uint8, err error) {
	f, err := tx.ArchiveFlags(e.Account)
	if err != nil || f&hasRules == 0 {
		return 0, err
	}
	rules, ok, err := tx.SpaceGet(rulesSpace, e.Account, nil)
	if err != nil || !ok {
		return 0, err
	}
	keep, err := keeps(tx, rules, e)
	if err != nil || keep {
		return 0, err
	}
	return unarchived, nil
}

// keeps decides whether the entry is archived (XEP-0441 §2.3), by encoded rules: it runs on the committer, and parsing some hundred addresses would stop
// everybody's messages. Never comes before always.
func keeps(tx *store.Tx, rules []byte, e *store.Entry) (bool, error) {
	full, bare := e.With.String(), e.With.Bare().String()
	var listed [2]bool
	d, err := walkRules(rules, func(list int, address []byte) bool {
		listed[list] = listed[list] || string(address) == full || string(address) == bare
		return true
	})
	switch {
	case err != nil || listed[1]:
		return false, err
	case listed[0]:
		return true, nil
	case d == Roster:
		item, ok, err := tx.RosterItem(e.Account, e.With.Bare())
		return ok && item.InRoster(), err // who has only asked for a subscription is not in it
	}
	return d == Always, nil
}
