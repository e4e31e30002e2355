package host

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// attemptSpace holds, for each device key that has said something with its first message, the counter of the last time, big-endian.
const attemptSpace = "link-attempts"

// errStale ends an operation that would change nothing.
var errStale = errors.New("host: the attempt is not a new one")

// FreshAttempt reports whether counter is greater than any before of the device with this static key, and keeps it: what came with an older one is a replay
// (codec/link/LINK.md §4). With a fresh one it returns the device's account. It waits for the disk.
func (h *Host) FreshAttempt(key []byte, counter uint64) (account jid.JID, fresh bool, err error) {
	err = h.Store.Do(context.Background(), func(tx *store.Tx) error {
		d, ok, err := tx.DeviceByKey([32]byte(key))
		if err != nil {
			return err
		}
		if !ok {
			return errStale
		}
		last, ok, err := tx.SpaceGet(attemptSpace, d.Account, key)
		if err != nil {
			return err
		}
		if ok && (len(last) != 8 || binary.BigEndian.Uint64(last) >= counter) {
			return errStale
		}
		account = d.Account
		return tx.SpacePut(attemptSpace, d.Account, key, binary.BigEndian.AppendUint64(nil, counter))
	})
	if errors.Is(err, errStale) {
		return account, false, nil
	}
	return account, err == nil, err
}
