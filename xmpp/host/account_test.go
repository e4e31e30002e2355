package host

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
)

var (
	juliet = jid.MustParse("juliet@example.org")
	noon   = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
)

// newHost returns a host with an account whose credentials are "secret".
func newHost(t *testing.T) *Host {
	t.Helper()
	s, err := store.OpenMemory(store.NewMemory(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	h, err := New("example.org", router.New(nil, nil), s, slog.New(slog.DiscardHandler), noon)
	if err != nil {
		t.Fatal(err)
	}
	change(t, h, func(tx *store.Tx) error { return tx.PutAccount(juliet, store.Account{Credentials: []byte("secret")}) })
	return h
}

func change(t *testing.T, h *Host, f func(tx *store.Tx) error) {
	t.Helper()
	if err := h.Store.Do(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

// addEntries makes the archive n entries long.
func addEntries(t *testing.T, h *Host, n int) {
	t.Helper()
	change(t, h, func(tx *store.Tx) error {
		for range n {
			if _, _, err := tx.Append(store.Entry{Account: juliet, From: juliet, With: juliet, Stanza: []byte("x")}); err != nil {
				return err
			}
		}
		return nil
	})
}

func cursor(t *testing.T, h *Host, device string) uint64 {
	t.Helper()
	c, err := h.Store.Cursor(juliet, device)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestDeviceThatComesBackKeepsItsCursor is about a device that logs in by password again: what waited for it still waits.
func TestDeviceThatComesBackKeepsItsCursor(t *testing.T) {
	h := newHost(t)
	key := make([]byte, 32)
	addEntries(t, h, 10)
	change(t, h, func(tx *store.Tx) error { return tx.SetCursor(juliet, "", 3) })
	device, err := h.AddDevice(juliet, []byte("secret"), key, noon)
	if err != nil {
		t.Fatal(err)
	}
	if got := cursor(t, h, device); got != 3 {
		t.Errorf("a new device begins at %d, want 3, where the others are", got)
	}
	change(t, h, func(tx *store.Tx) error { return tx.SetCursor(juliet, "", 10) })
	change(t, h, func(tx *store.Tx) error { return tx.DeleteDevices(juliet) }) // as a change of the password does
	if _, err := h.AddDevice(juliet, []byte("secret"), key, noon); err != nil {
		t.Fatal(err)
	}
	if got := cursor(t, h, device); got != 3 {
		t.Errorf("after it came back its cursor is at %d, want 3", got)
	}
}

// TestDeviceOfAnEmptyAccountHasACursor is about a cursor at 0, which is not the same as none.
func TestDeviceOfAnEmptyAccountHasACursor(t *testing.T) {
	h := newHost(t)
	key := make([]byte, 32)
	device, err := h.AddDevice(juliet, []byte("secret"), key, noon)
	if err != nil {
		t.Fatal(err)
	}
	addEntries(t, h, 5)
	change(t, h, func(tx *store.Tx) error { return tx.SetCursor(juliet, "", 5) })
	if _, err := h.AddDevice(juliet, []byte("secret"), key, noon); err != nil {
		t.Fatal(err)
	}
	if got := cursor(t, h, device); got != 0 {
		t.Errorf("its cursor is at %d, want 0", got)
	}
}

// TestOldCredentialsRegisterNothing is about a login that was under way when the account was changed.
func TestOldCredentialsRegisterNothing(t *testing.T) {
	for name, f := range map[string]func(tx *store.Tx) error{
		"password changed": func(tx *store.Tx) error { return tx.PutAccount(juliet, store.Account{Credentials: []byte("new")}) },
		"disabled": func(tx *store.Tx) error {
			return tx.PutAccount(juliet, store.Account{Credentials: []byte("secret"), Disabled: true})
		},
		"removed": func(tx *store.Tx) error { return tx.DeleteAccount(juliet) },
	} {
		h := newHost(t)
		if ok, err := h.Holds(juliet, []byte("secret")); !ok || err != nil {
			t.Errorf("%s: before: %v %v", name, ok, err)
		}
		change(t, h, f)
		if ok, err := h.Holds(juliet, []byte("secret")); ok || err != nil {
			t.Errorf("%s: the old credentials hold: %v", name, err)
		}
		if _, err := h.AddDevice(juliet, []byte("secret"), make([]byte, 32), noon); !errors.Is(err, ErrChanged) {
			t.Errorf("%s: a device is registered by the old credentials: %v", name, err)
		}
	}
}

// TestKeyOfAnotherAccountStaysThere lets a device log in by password with a key that is taken.
func TestKeyOfAnotherAccountStaysThere(t *testing.T) {
	h := newHost(t)
	romeo := jid.MustParse("romeo@example.org")
	change(t, h, func(tx *store.Tx) error { return tx.PutAccount(romeo, store.Account{}) })
	key := make([]byte, 32)
	if _, err := h.AddDevice(romeo, nil, key, noon); err != nil {
		t.Fatal(err)
	}
	if device, err := h.AddDevice(juliet, []byte("secret"), key, noon); device != "" || err != nil {
		t.Errorf("the key of another: %q, %v", device, err)
	}
	if account, _, ok, err := h.DeviceByKey(key); account != romeo || !ok || err != nil {
		t.Errorf("the key is of %v now (%v, %v)", account, ok, err)
	}
}
