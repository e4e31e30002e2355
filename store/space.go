package store

import (
	"github.com/godwit-im/godwit/xmpp/jid"
)

// A space is a small ordered map of bytes to bytes for an extension, one for
// each account (and one for the server: the zero JID). The space's name is the
// extension's; keys and values are its own, up to MaxSpaceKey and MaxSpaceValue.

// Limits of spaces. Larger ones are refused with ErrInvalid.
const (
	MaxSpaceKey   = 4 << 10
	MaxSpaceValue = 4 << 20
)

// SpaceGet returns a copy of the value of key.
func (r *reader) SpaceGet(space string, account jid.JID, key []byte) (val []byte, ok bool, err error) {
	k := spaceKey(nil, space, account, key)
	rec, ok, err := r.src.get(k)
	if !ok || err != nil {
		return nil, false, err
	}
	f, err := openRecord(k, rec)
	if err != nil {
		return nil, false, err
	}
	return f.rest(), true, nil
}

// SpaceScan calls f with the keys that begin with prefix and their values, in
// order, until f returns false. The slices are valid during the call.
func (r *reader) SpaceScan(space string, account jid.JID, prefix []byte, f func(key, val []byte) bool) error {
	lower := spaceKey(nil, space, account, prefix)
	skip := len(lower) - len(prefix)
	return r.src.scan(lower, prefixEnd(lower), false, func(key, rec []byte) (bool, error) {
		body, err := openRecord(key, rec)
		if err != nil {
			return false, err
		}
		return f(key[skip:len(key):len(key)], body.rest()), nil
	})
}

// SpacePut sets the value of key.
func (tx *Tx) SpacePut(space string, account jid.JID, key, val []byte) error {
	if len(key) > MaxSpaceKey || len(val) > MaxSpaceValue {
		return invalidf("key of %d bytes, value of %d in space %q", len(key), len(val), space)
	}
	tx.key = spaceKey(tx.key[:0], space, account, key)
	tx.val = append(append(tx.val[:0], recordVersion), val...)
	tx.set(tx.key, tx.val)
	return nil
}

// SpaceDelete deletes key, if it is there.
func (tx *Tx) SpaceDelete(space string, account jid.JID, key []byte) error {
	tx.key = spaceKey(tx.key[:0], space, account, key)
	tx.delete(tx.key)
	return nil
}
