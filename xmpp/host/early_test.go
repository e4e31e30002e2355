package host

import (
	"testing"

	"github.com/godwit-im/godwit/store"
)

// TestFreshAttempt takes each counter once, the greater ones only, and none of a key that is nobody's.
func TestFreshAttempt(t *testing.T) {
	h := newHost(t)
	key, stranger := make([]byte, 32), append(make([]byte, 31), 1)
	device, err := h.AddDevice(juliet, []byte("secret"), key, noon)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		key     []byte
		counter uint64
		fresh   bool
	}{
		{key, 5, true}, {key, 5, false}, {key, 4, false}, {key, 0, false}, {key, 6, true}, {key, 1<<64 - 1, true}, {key, 1<<64 - 1, false}, {stranger, 1, false},
	} {
		if account, fresh, err := h.FreshAttempt(c.key, c.counter); fresh != c.fresh || err != nil || fresh && account != juliet {
			t.Errorf("%d: %v, %v", c.counter, fresh, err)
		}
	}
	change(t, h, func(tx *store.Tx) error { return tx.DeleteDevice(juliet, device) })
	if _, fresh, err := h.FreshAttempt(key, 1<<64-1); fresh || err != nil {
		t.Errorf("a key that was removed: %v, %v", fresh, err)
	}
	if _, err := h.AddDevice(juliet, []byte("secret"), key, noon); err != nil {
		t.Fatal(err)
	}
	if _, fresh, err := h.FreshAttempt(key, 7); fresh || err != nil {
		t.Errorf("the counter began anew with the device: %v, %v", fresh, err)
	}
}
