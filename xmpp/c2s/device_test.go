package c2s_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/c2s"
	"github.com/godwit-im/godwit/xmpp/xmpptest"
)

// TestALoginByKeyIsNoted: so that the devices that are in use are those that an account keeps.
func TestALoginByKeyIsNoted(t *testing.T) {
	w := xmpptest.New(t, xmpptest.Domain, server(c2s.Server{}))
	w.Account("romeo")
	key := [32]byte(bytes.Repeat([]byte{1}, 32))
	device := func() (d store.Device) {
		t.Helper()
		d, ok, err := w.Store().DeviceByKey(key)
		if !ok || err != nil {
			t.Fatal(ok, err)
		}
		return d
	}
	err := w.Store().Do(t.Context(), func(tx *store.Tx) error {
		return tx.PutDevice(store.Device{Account: w.JID("romeo"), ID: "phone", Key: key, Created: time.Unix(1, 0)})
	})
	if err != nil {
		t.Fatal(err)
	}
	c := w.ConnectBy("romeo/orchard", xmpptest.Transport{Link: true, Key: 1, Proven: true})
	c.Send(c.Header())
	if err := w.Store().Do(t.Context(), func(*store.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if device().Seen.IsZero() {
		t.Error("it is not")
	}
}
