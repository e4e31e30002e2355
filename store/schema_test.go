package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"
)

func withUpgrades(steps ...upgrade) Options {
	o := quiet(Options{})
	o.hooks.upgrades = steps
	return o
}

func stepTo(to uint64, ran *[]uint64, err error) upgrade {
	return upgrade{to, fmt.Sprint("step ", to), func(context.Context, *pebble.DB) error {
		*ran = append(*ran, to)
		return err
	}}
}

func TestUpgrade(t *testing.T) {
	m := NewMemory()
	openMemory(t, m, Options{}).Close()
	var ran []uint64
	failing := errors.New("the disk is on fire")
	for _, c := range []struct {
		name  string
		steps []upgrade
		want  string
		err   string
	}{
		{"to 3, which fails", []upgrade{stepTo(2, &ran, nil), stepTo(3, &ran, failing)}, "[2 3]", "upgrade to format 3 (step 3)"},
		{"again: 2 is done", []upgrade{stepTo(2, &ran, nil), stepTo(3, &ran, nil)}, "[3]", ""},
		{"nothing to do", []upgrade{stepTo(2, &ran, nil), stepTo(3, &ran, nil)}, "[]", ""},
		{"an older program", []upgrade{stepTo(2, &ran, nil)}, "[]", "format 3, this program knows up to 2"},
		{"a much newer one", []upgrade{stepTo(2, &ran, nil), stepTo(3, &ran, nil), stepTo(5, &ran, nil)}, "[5]", ""},
	} {
		ran = []uint64{}
		s, err := OpenMemory(m, withUpgrades(c.steps...))
		if err == nil {
			s.Close()
		}
		if fmt.Sprint(ran) != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: ran %v, %v", c.name, ran, err)
		}
	}
	if _, err := OpenMemory(m, quiet(Options{})); !errors.Is(err, ErrFormat) {
		t.Errorf("today's program on format 5: %v", err)
	}
}

// TestUpgradesAreInOrder: each step brings the format one further.
func TestUpgradesAreInOrder(t *testing.T) {
	last := uint64(1)
	for _, step := range upgrades {
		if step.to != last+1 {
			t.Errorf("step to %d comes after %d", step.to, last)
		}
		last = step.to
	}
	if last != format {
		t.Errorf("the steps lead to format %d, the program writes %d", last, format)
	}
}

func TestForeignDatabaseIsRefused(t *testing.T) {
	m := NewMemory()
	db, err := pebble.Open(memoryDir, &pebble.Options{FS: m.fs, Logger: pebbleLogger{&Store{log: quiet(Options{}).Logger}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Set([]byte("k"), nil, pebble.Sync), db.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenMemory(m, quiet(Options{})); !errors.Is(err, ErrFormat) {
		t.Errorf("%v", err)
	}
}

func TestOneProcessAtATime(t *testing.T) {
	dir := t.TempDir()
	o := quiet(Options{MinFreeBytes: 1})
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, o); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), dir) {
		t.Errorf("opened twice: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(dir, o); err != nil {
		t.Fatalf("after Close: %v", err)
	}
	s.Close()
}
