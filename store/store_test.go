package store

import (
	"context"
	"log/slog"
	"testing"

	"github.com/godwit-im/godwit/xmpp/jid"
)

var (
	romeo   = jid.MustParse("romeo@montague.example")
	juliet  = jid.MustParse("juliet@capulet.example")
	orchard = jid.MustParse("romeo@montague.example/orchard")
	balcony = jid.MustParse("juliet@capulet.example/balcony")
)

func quiet(o Options) Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// openMemory opens a store on m (nil: a new disk) and closes it with the test.
func openMemory(t testing.TB, m *Memory, o Options) *Store {
	t.Helper()
	if m == nil {
		m = NewMemory()
	}
	o = quiet(o)
	if o.hooks.misuse == nil {
		o.hooks.misuse = func(msg string) { t.Errorf("pebble misused: %s", msg) }
	}
	s, err := OpenMemory(m, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if n := s.iters.Load(); n != 0 {
			t.Errorf("%d iterators are open", n)
		}
	})
	return s
}

// do runs f in one operation and fails the test if it does not commit.
func do(t testing.TB, s *Store, f func(tx *Tx) error) {
	t.Helper()
	if err := s.Do(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

var ctx = context.Background()
