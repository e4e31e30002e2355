package store

import (
	"time"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// Device is a device that may log in over the link by its static key.
type Device struct {
	Account jid.JID // bare
	ID      string
	Key     [32]byte
	Name    string
	Created time.Time // microseconds are kept, as of Seen
	Seen    time.Time // when it has come back, as far as that was noted; zero: never
}

// LastSeen returns when the device was there, as far as is known.
func (d *Device) LastSeen() time.Time {
	if d.Seen.IsZero() {
		return d.Created
	}
	return d.Seen
}

// DeviceByKey returns the device that has the link key k.
func (r *reader) DeviceByKey(k [32]byte) (Device, bool, error) {
	key := linkKey(nil, k)
	rec, ok, err := r.src.get(key)
	if !ok || err != nil {
		return Device{}, false, err
	}
	account, id, err := decodeLinkKey(key, rec)
	if err != nil {
		return Device{}, false, err
	}
	d, ok, err := r.device(account, id)
	if err == nil && (!ok || d.Key != k) {
		return Device{}, false, corruptf("link key %x leads to no device", k)
	}
	return d, ok, err
}

func (r *reader) device(account jid.JID, id string) (Device, bool, error) {
	key := deviceKey(nil, account, id)
	rec, ok, err := r.src.get(key)
	if !ok || err != nil {
		return Device{}, false, err
	}
	d, err := decodeDevice(account, key, rec)
	return d, err == nil, err
}

// Devices calls f with each device of account in the order of ids, until f
// returns false.
func (r *reader) Devices(account jid.JID, f func(d Device) bool) error {
	lower := accountKey(nil, tableDevice, account)
	return r.src.scan(lower, prefixEnd(lower), false, func(key, rec []byte) (bool, error) {
		d, err := decodeDevice(account.Bare(), key, rec)
		if err != nil {
			return false, err
		}
		return f(d), nil
	})
}

// PutDevice creates or replaces the device d.ID of d.Account. ErrKeyInUse: its
// key belongs to another device.
func (tx *Tx) PutDevice(d Device) error {
	if d.Account.IsZero() || d.ID == "" {
		return invalidf("device without account or id")
	}
	d.Account = d.Account.Bare()
	owner, ok, err := tx.DeviceByKey(d.Key)
	if err != nil {
		return err
	}
	if ok && (owner.Account != d.Account || owner.ID != d.ID) {
		return ErrKeyInUse
	}
	old, ok, err := tx.device(d.Account, d.ID)
	if err != nil {
		return err
	}
	if ok && old.Key != d.Key {
		tx.delete(linkKey(nil, old.Key))
	}
	tx.key = deviceKey(tx.key[:0], d.Account, d.ID)
	v := append(append(tx.val[:0], recordVersion), d.Key[:]...)
	v = appendString(appendTime(v, d.Created), d.Name)
	if !d.Seen.IsZero() {
		v = appendTime(v, d.Seen)
	}
	tx.set(tx.key, v)
	tx.key = linkKey(tx.key[:0], d.Key)
	v = append(tx.val[:0], recordVersion)
	tx.set(tx.key, appendString(appendJID(v, d.Account), d.ID))
	return nil
}

// DeleteDevice deletes a device and forgets its key. Its cursor stays.
func (tx *Tx) DeleteDevice(account jid.JID, id string) error {
	d, ok, err := tx.device(account, id)
	if !ok || err != nil {
		return err
	}
	tx.delete(linkKey(nil, d.Key))
	tx.delete(deviceKey(nil, account, id))
	return nil
}

// DeleteDevices deletes all devices of account.
func (tx *Tx) DeleteDevices(account jid.JID) error {
	if err := tx.deleteLinkKeys(account); err != nil {
		return err
	}
	lower := accountKey(nil, tableDevice, account)
	tx.deleteRange(lower, prefixEnd(lower))
	return nil
}

func (tx *Tx) deleteLinkKeys(account jid.JID) error {
	var keys [][32]byte
	err := tx.Devices(account, func(d Device) bool {
		keys = append(keys, d.Key)
		return true
	})
	if err != nil {
		return err
	}
	for _, k := range keys {
		tx.delete(linkKey(nil, k))
	}
	return nil
}

func decodeDevice(account jid.JID, key, rec []byte) (d Device, err error) {
	f, err := openRecord(key, rec)
	if err != nil {
		return d, err
	}
	d.Account = account.Bare()
	_, rest, ok1 := cutAccount(key[1:])
	id, _, ok2 := cutKeyString(rest)
	if !ok1 || !ok2 || len(f.buf) < len(d.Key) {
		return d, corruptf("device %q", key)
	}
	d.ID = string(id)
	f.buf = f.buf[copy(d.Key[:], f.buf):]
	d.Created = f.time()
	d.Name = string(f.bytes())
	if len(f.buf) > 0 {
		d.Seen = f.time()
	}
	return d, f.done()
}

func decodeLinkKey(key, rec []byte) (account jid.JID, id string, err error) {
	f, err := openRecord(key, rec)
	if err != nil {
		return account, "", err
	}
	account, id = f.jid(), string(f.bytes())
	return account, id, f.done()
}
