package host

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
)

// DefaultMaxDevices is how many devices of the link an account remembers.
const DefaultMaxDevices = 50

const (
	// seenEvery is how often it is noted that a device comes: a login by key writes nothing else.
	seenEvery = 24 * time.Hour
	// forgetAtOnce bounds how many devices a new one makes forgotten, when the limit was higher before.
	forgetAtOnce = 100
)

// KeyLogin is DeviceByKey for a login by that key. It notes that the device has come, and does not wait for that.
func (h *Host) KeyLogin(key []byte, now time.Time) (account jid.JID, device string, ok bool, err error) {
	d, ok, err := h.deviceByKey(key)
	if !ok || err != nil {
		return jid.JID{}, "", false, err
	}
	if d.Seen.IsZero() || now.Sub(d.Seen) >= seenEvery {
		op := &noteDevice{h, d.Key, now}
		if err := h.Store.Submit(op); err != nil {
			op.Committed(err)
		}
	}
	return d.Account, d.ID, true, nil
}

// noteDevice notes that a device has come.
type noteDevice struct {
	host *Host
	key  [32]byte
	now  time.Time
}

// Apply implements store.Op.
func (op *noteDevice) Apply(tx *store.Tx) error {
	d, ok, err := tx.DeviceByKey(op.key)
	if err != nil || !ok {
		return err
	}
	d.Seen = op.now
	return tx.PutDevice(d)
}

// Committed implements store.Op.
func (op *noteDevice) Committed(err error) {
	if err != nil {
		op.host.Log.Warn("that a device has come was not kept", "err", err)
	}
}

// RemoveDevice forgets a device of the account: its key logs nobody in any more, and it begins anew in the archive. The counter of its attempts stays: should the key
// be registered again, a replay of before is still none (see FreshAttempt).
func RemoveDevice(tx *store.Tx, account jid.JID, id string) error {
	return errors.Join(tx.DeleteDevice(account, id), tx.DeleteCursor(account, id))
}

// connected returns the devices of the account that have a session.
func (h *Host) connected(account jid.JID) (ids []string) {
	for _, t := range h.Router.Targets(nil, account, router.Bound) {
		ids = append(ids, t.Session.Device)
	}
	return ids
}

// makeRoomForDevice forgets devices of the account, when it has as many as it may.
func makeRoomForDevice(tx *store.Tx, account jid.JID, limit int, connected []string) error {
	var devices []store.Device
	err := tx.Devices(account, func(d store.Device) bool {
		devices = append(devices, d)
		return true
	})
	if err != nil || len(devices) < limit {
		return err
	}
	slices.SortFunc(devices, dispensable(connected))
	for _, d := range devices[:min(len(devices)-limit+1, forgetAtOnce)] {
		if err := RemoveDevice(tx, account, d.ID); err != nil {
			return err
		}
	}
	return nil
}

// dispensable compares devices: first comes the one that is forgotten first. Those that have never come back are before all others, so that a program that makes a new
// key each time costs no device in use its place, and those that are connected last.
func dispensable(connected []string) func(a, b store.Device) int {
	rank := func(d store.Device) int {
		switch {
		case slices.Contains(connected, d.ID):
			return 2
		case !d.Seen.IsZero():
			return 1
		}
		return 0
	}
	return func(a, b store.Device) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), a.LastSeen().Compare(b.LastSeen()))
	}
}
