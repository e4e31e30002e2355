package host_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// open returns a store on that disk, which ends with the test.
func open(t *testing.T, m *store.Memory) *store.Store {
	t.Helper()
	s, err := store.OpenMemory(m, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// newHost returns the host of the domain, without anything that is registered from outside.
func newHost(t *testing.T, s *store.Store, domain string) *host.Host {
	t.Helper()
	h, err := host.New(domain, nil, s, slog.New(slog.DiscardHandler), now)
	if err != nil {
		t.Fatal(err)
	}
	return h
}
