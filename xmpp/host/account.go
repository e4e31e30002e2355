package host

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"time"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/sasl"
)

// Secret makes what strangers are told about accounts that do not exist (see sasl.ServerConfig). It is the same after a restart.
func (h *Host) Secret() []byte { return h.secret }

// Account returns what the store has of an account, ok false when there is none. It reads the disk: call it in a job.
func (h *Host) Account(j jid.JID) (a store.Account, ok bool, err error) { return h.Store.Account(j) }

// Hashes returns what the account has keys for: all when there is no such account. It reads the disk: call it in a job.
func (h *Host) Hashes(account jid.JID) (sasl.Hashes, error) {
	a, ok, err := h.Store.Account(account)
	if !ok || err != nil {
		return 0, err
	}
	var c sasl.Credentials
	err = c.UnmarshalBinary(a.Credentials)
	return c.Hashes(), err
}

// DeviceByKey returns the account and device that a key of the link was registered for, ok false when it is unknown or belongs to another host. It
// reads the disk: call it in a job.
func (h *Host) DeviceByKey(key []byte) (account jid.JID, device string, ok bool, err error) {
	d, ok, err := h.deviceByKey(key)
	return d.Account, d.ID, ok, err
}

func (h *Host) deviceByKey(key []byte) (d store.Device, ok bool, err error) {
	d, ok, err = h.Store.DeviceByKey([32]byte(key))
	if err != nil || !ok || d.Account.Domain() != h.Domain.Domain() {
		return store.Device{}, false, err
	}
	a, ok, err := h.Store.Account(d.Account)
	if err != nil || !ok || a.Disabled {
		return store.Device{}, false, err
	}
	return d, true, nil
}

// Holds reports whether the account exists, is not disabled, and still has these credentials, or these and more (sasl.Keeps). It reads the disk: call it in a
// job.
func (h *Host) Holds(account jid.JID, credentials []byte) (bool, error) {
	a, ok, err := h.Store.Account(account)
	return ok && holds(a, credentials), err
}

// HoldsAgent is Holds for a login by a token: its agent must not have been forgotten either. That the token was used up with the login is no matter.
func (h *Host) HoldsAgent(account jid.JID, credentials []byte, agentID string) (bool, error) {
	ok, err := h.Holds(account, credentials)
	if err != nil || !ok {
		return false, err
	}
	_, ok, err = agent(h.Store, account, agentID)
	return ok, err
}

func holds(a store.Account, credentials []byte) bool {
	return !a.Disabled && sasl.Keeps(a.Credentials, credentials)
}

// ErrChanged says that an account has changed while somebody logged in to it.
var ErrChanged = errors.New("host: the account was changed or removed during the login")

// AddDevice registers the key of a device that has logged in to the account with these credentials, so that the key is the login from
// now on, and returns the device's name. A new device begins where the account's clients without a device have come to: it gets what
// nobody has got yet, and it takes the place of another when the account has MaxDevices. A key that another account has registered stays there: then the name is empty. It waits for the disk: call it in a job.
func (h *Host) AddDevice(account jid.JID, credentials, key []byte, now time.Time) (device string, err error) {
	device = hex.EncodeToString(key[:8])
	connected := h.connected(account)
	err = h.Store.Do(context.Background(), func(tx *store.Tx) error {
		a, ok, err := tx.Account(account)
		if err != nil {
			return err
		}
		if !ok || !holds(a, credentials) {
			return ErrChanged
		}
		limit := cmp.Or(h.MaxDevices, DefaultMaxDevices)
		return addDevice(tx, store.Device{Account: account, ID: device, Key: [32]byte(key), Created: now}, limit, connected)
	})
	if errors.Is(err, store.ErrKeyInUse) {
		return "", nil
	}
	return device, err
}

func addDevice(tx *store.Tx, d store.Device, limit int, connected []string) error {
	switch old, known, err := tx.DeviceByKey(d.Key); {
	case err != nil:
		return err
	case known:
		d.Created, d.Name, d.Seen = old.Created, old.Name, d.Created
	default:
		if err := makeRoomForDevice(tx, d.Account, limit, connected); err != nil {
			return err
		}
	}
	if err := tx.PutDevice(d); err != nil {
		return err
	}
	return beginCursor(tx, d.Account, d.ID)
}
