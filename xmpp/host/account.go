package host

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// Secret makes what strangers are told about accounts that do not exist (see sasl.ServerConfig). It is the same after a restart.
func (h *Host) Secret() []byte { return h.secret }

// Account returns what the store has of an account, ok false when there is none. It reads the disk: call it in a job.
func (h *Host) Account(j jid.JID) (a store.Account, ok bool, err error) { return h.Store.Account(j) }

// DeviceByKey returns the account and device that a key of the link was registered for, ok false when it is unknown or belongs to another host. It
// reads the disk: call it in a job.
func (h *Host) DeviceByKey(key []byte) (account jid.JID, device string, ok bool, err error) {
	d, ok, err := h.Store.DeviceByKey([32]byte(key))
	if err != nil || !ok || !h.Serves(d.Account) {
		return jid.JID{}, "", false, err
	}
	a, ok, err := h.Store.Account(d.Account)
	if err != nil || !ok || a.Disabled {
		return jid.JID{}, "", false, err
	}
	return d.Account, d.ID, true, nil
}

// AddDevice registers the key of a device that has logged in to the account, so that the key is the login from
// now on, and returns the device's name. A new device begins where the account's clients without a device have come to: it gets what
// nobody has got yet. It waits for the disk: call it in a job.
func (h *Host) AddDevice(account jid.JID, key []byte, now time.Time) (device string, err error) {
	device = hex.EncodeToString(key[:8])
	err = h.Store.Do(context.Background(), func(tx *store.Tx) error {
		shared, err := tx.Cursor(account, "")
		if err != nil {
			return err
		}
		if err := tx.PutDevice(store.Device{Account: account, ID: device, Key: [32]byte(key), Created: now}); err != nil {
			return err
		}
		return tx.SetCursor(account, device, shared)
	})
	return device, err
}
