package host

import (
	"slices"
	"testing"
	"time"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
)

// deviceKey is a static key of a device.
func deviceKey(n byte) []byte { return append([]byte{n}, make([]byte, 31)...) }

// addDeviceAt has a device log in by password, n minutes after noon.
func addDeviceAt(t *testing.T, h *Host, key byte, n int) (device string) {
	t.Helper()
	device, err := h.AddDevice(juliet, []byte("secret"), deviceKey(key), noon.Add(time.Duration(n)*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	return device
}

// comeBack has a device log in by its key.
func comeBack(t *testing.T, h *Host, key byte, at time.Time) {
	t.Helper()
	if account, _, ok, err := h.KeyLogin(deviceKey(key), at); !ok || account != juliet || err != nil {
		t.Fatal(account, ok, err)
	}
	change(t, h, func(*store.Tx) error { return nil }) // behind what it notes
}

// registered returns the devices that are known, by the first bytes of their keys.
func registered(t *testing.T, h *Host) (keys []byte) {
	t.Helper()
	err := h.Store.Devices(juliet, func(d store.Device) bool {
		keys = append(keys, d.Key[0])
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// TestMaxDevices: a device too many takes the place of another, and of its cursor: first of one that has never come back, then of the one that has not come for the longest
// time, and only then of one that is there.
func TestMaxDevices(t *testing.T) {
	h := newHost(t)
	h.MaxDevices = 3
	addEntries(t, h, 5)
	change(t, h, func(tx *store.Tx) error { return tx.SetCursor(juliet, "", 4) })
	for key := range byte(3) {
		addDeviceAt(t, h, key, int(key))
	}
	comeBack(t, h, 0, noon.Add(5*time.Minute))
	comeBack(t, h, 1, noon.Add(4*time.Minute))
	s := &router.Session{JID: jid.MustParse("juliet@example.org/balcony"), Device: addDeviceAt(t, h, 1, 4)}
	if err := h.Router.Bind(s); err != nil {
		t.Fatal(err)
	}
	if got := registered(t, h); !slices.Equal(got, []byte{0, 1, 2}) {
		t.Fatalf("three devices: %v", got)
	}
	for _, step := range []struct {
		key  byte
		back bool
		want []byte
	}{
		{3, true, []byte{0, 1, 3}},  // 2 has never come back
		{4, false, []byte{1, 3, 4}}, // 0 has not come for longer than 3, and 1 is there
		{5, true, []byte{1, 3, 5}},  // one that has never come back, though it is the newest
	} {
		addDeviceAt(t, h, step.key, 10+int(step.key))
		if step.back {
			comeBack(t, h, step.key, noon.Add(time.Hour))
		}
		if got := registered(t, h); !slices.Equal(got, step.want) {
			t.Errorf("with %d: %v, want %v", step.key, got, step.want)
		}
	}
	for key := range byte(6) {
		_, device, known, err := h.DeviceByKey(deviceKey(key))
		if want := slices.Contains([]byte{1, 3, 5}, key); known != want || err != nil {
			t.Errorf("the key %d logs in: %v, %v", key, known, err)
		} else if c := cursor(t, h, device); known && c != 4 {
			t.Errorf("the device %d is at %d", key, c)
		}
	}
	cursors := 0
	if err := h.Store.Places(juliet, func(uint64) { cursors++ }); err != nil || cursors != 1+1+3 { // that of no device is told twice
		t.Errorf("%d places, %v", cursors, err)
	}
}

// TestFewerDevicesThanBefore: with a lower limit the next device makes more than one forgotten.
func TestFewerDevicesThanBefore(t *testing.T) {
	h := newHost(t)
	for key := range byte(5) {
		addDeviceAt(t, h, key, int(key))
	}
	h.MaxDevices = 2
	addDeviceAt(t, h, 5, 5)
	if got := registered(t, h); !slices.Equal(got, []byte{4, 5}) {
		t.Error(got)
	}
}

// TestAForgottenDeviceIsNotReplayed: its key may be registered again, and what it has said before is none the fresher.
func TestAForgottenDeviceIsNotReplayed(t *testing.T) {
	h := newHost(t)
	h.MaxDevices = 1
	addDeviceAt(t, h, 0, 0)
	if _, fresh, err := h.FreshAttempt(deviceKey(0), 7); !fresh || err != nil {
		t.Fatal(fresh, err)
	}
	addDeviceAt(t, h, 1, 1)
	addDeviceAt(t, h, 0, 2)
	if _, fresh, err := h.FreshAttempt(deviceKey(0), 7); fresh || err != nil {
		t.Error(fresh, err)
	}
}

// TestDeviceIsSeen: that it comes is noted with its first login by key, and once a day then; also when it logs in by password.
func TestDeviceIsSeen(t *testing.T) {
	h := newHost(t)
	addDeviceAt(t, h, 0, 0)
	at := func(d time.Duration) time.Time { return noon.Add(time.Hour).Add(d) }
	check := func(want time.Time) {
		t.Helper()
		d, _, err := h.Store.DeviceByKey([32]byte(deviceKey(0)))
		if !d.Seen.Equal(want) || !d.Created.Equal(noon) || err != nil {
			t.Errorf("seen %v, want %v; created %v, %v", d.Seen, want, d.Created, err)
		}
	}
	check(time.Time{})
	for _, step := range []struct{ after, want time.Duration }{{0, 0}, {seenEvery - 1, 0}, {seenEvery, seenEvery}} {
		comeBack(t, h, 0, at(step.after))
		check(at(step.want))
	}
	addDeviceAt(t, h, 0, 5_000)
	check(noon.Add(5_000 * time.Minute))
	if _, _, ok, err := h.KeyLogin(deviceKey(1), noon); ok || err != nil {
		t.Error("a stranger:", ok, err)
	}
}
