package admin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// The kinds of devices.
const (
	keyDevice    = "key"
	clientDevice = "client"
)

func (r *Room) listDevices(q Request) (reply Reply, err error) {
	j, err := r.account(q.JID)
	if err != nil {
		return reply, err
	}
	switch _, ok, err := r.Store.Account(j); {
	case err != nil:
		return reply, err
	case !ok:
		return reply, NoAccount(j.String())
	}
	err = r.Store.Devices(j, func(d store.Device) bool {
		reply.Devices = append(reply.Devices, Device{ID: d.ID, Kind: keyDevice, Name: d.Name, Seen: d.LastSeen()})
		return true
	})
	if err != nil {
		return reply, err
	}
	err = host.Agents(r.Store, j, func(a host.Agent, seen time.Time) bool {
		reply.Devices = append(reply.Devices, Device{ID: a.ID, Kind: clientDevice, Software: a.Software, Name: a.Device, Seen: seen})
		return true
	})
	return reply, err
}

// removeDevice forgets a device: its key or its tokens log nobody in any more, and its sessions end.
func (r *Room) removeDevice(ctx context.Context, q Request) error {
	j, err := r.account(q.JID)
	if err != nil {
		return err
	}
	cursor := ""
	err = r.Store.Do(ctx, func(tx *store.Tx) error {
		if _, err := existing(tx, j); err != nil {
			return err
		}
		cursor, err = forgetDevice(tx, j, q.Device)
		return err
	})
	if err == nil && r.KickDevice != nil {
		r.KickDevice(j, cursor)
	}
	return err
}

// forgetDevice removes a device, and returns the name of its cursor, which its sessions have.
func forgetDevice(tx *store.Tx, j jid.JID, id string) (cursor string, err error) {
	kind := ""
	err = errors.Join(tx.Devices(j, func(d store.Device) bool {
		if d.ID == id {
			kind = keyDevice
		}
		return true
	}), host.Agents(tx, j, func(a host.Agent, _ time.Time) bool {
		if a.ID == id {
			kind = clientDevice
		}
		return true
	}))
	switch {
	case err != nil:
		return "", err
	case kind == keyDevice:
		return id, host.RemoveDevice(tx, j, id)
	case kind == clientDevice:
		return host.Agent{ID: id}.Cursor(), host.RemoveAgent(tx, j, id)
	}
	return "", fmt.Errorf("%s has no device %s: godwit user devices %[1]s shows those that there are", j, id)
}
