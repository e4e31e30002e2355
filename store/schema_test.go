package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

func withUpgrades(steps ...upgrade) Options {
	o := quiet(Options{})
	o.hooks.upgrades = steps
	return o
}

func stepTo(to uint64, ran *[]uint64, err error) upgrade {
	return upgrade{to, fmt.Sprint("step ", to), func(context.Context, *Store) error {
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
		{"to 4, which fails", []upgrade{stepTo(3, &ran, nil), stepTo(4, &ran, failing)}, "[3 4]", "upgrade to format 4 (step 4)"},
		{"again: 3 is done", []upgrade{stepTo(3, &ran, nil), stepTo(4, &ran, nil)}, "[4]", ""},
		{"nothing to do", []upgrade{stepTo(3, &ran, nil), stepTo(4, &ran, nil)}, "[]", ""},
		{"an older program", []upgrade{stepTo(3, &ran, nil)}, "[]", "format 4, this program knows up to 3"},
		{"a much newer one", []upgrade{stepTo(3, &ran, nil), stepTo(4, &ran, nil), stepTo(6, &ran, nil)}, "[6]", ""},
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
		t.Errorf("today's program on format 6: %v", err)
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

// asFormat1 makes a store what one of format 1 was: no index, short counters, times as the messages had them.
func asFormat1(t *testing.T, s *Store) {
	t.Helper()
	b := s.db.NewBatch()
	b.DeleteRange([]byte{tableWith}, []byte{tableWith + 1}, nil)
	err := s.src.scan([]byte{tableCounters}, []byte{tableCounters + 1}, false, func(key, rec []byte) (bool, error) {
		c, err := decodeCounters(key, rec)
		plant(b, key, uvarints(c.archiveLast, c.rosterVersion, c.rosterFloor, c.tombstones))
		return true, err
	})
	if err != nil {
		t.Fatal(err)
	}
	e := message("from yesterday", "")
	e.Time = noon.Add(-24 * time.Hour)
	key := entryKey(nil, appendAccount(nil, juliet), 3)
	b.Set(key, sealRecord(e.appendRecord(nil), 0, key), nil)
	plant(b, formatKey(), uvarints(1))
	if err := b.Commit(pebble.Sync); err != nil {
		t.Fatal(err)
	}
}

// TestUpgradeToFormat2 is stopped in the middle and begins again.
func TestUpgradeToFormat2(t *testing.T) {
	m := NewMemory()
	s := openMemory(t, m, Options{})
	do(t, s, func(tx *Tx) error {
		for i := range 2*maxIterKeys + 5 {
			e := message("m", "")
			e.With = contact(i % 3)
			if _, _, err := tx.Append(e); err != nil {
				return err
			}
		}
		return errors.Join(fill(tx, contact(1), romeo, 1), fill(tx, romeo, juliet, 2))
	})
	asFormat1(t, s)
	u := archiveIndexer{s: s, batch: s.db.NewBatch()} // a crash after the first stretch
	if _, err := s.scanSome(s.db, []byte{tableEntry}, nil, false, maxIterKeys, u.entry); err != nil {
		t.Fatal(err)
	}
	if err := u.commit(); err != nil {
		t.Fatal(err)
	}
	u.batch.Close()
	s.Close()
	s = openMemory(t, m, Options{})
	if r, err := s.Verify(ctx, nil); err != nil || r.Faults != 0 {
		t.Fatalf("verify: %v, %v", r.First, err)
	}
	if v, err := s.readFormat(0); v != format || err != nil {
		t.Errorf("format %d, %v", v, err)
	}
	b, err := s.ArchiveBounds(juliet)
	if err != nil || b.Entries != 2*maxIterKeys+5 || !b.LastTime.Equal(noon) || b.Bytes == 0 {
		t.Errorf("%+v, %v", b, err)
	}
	if seqs, page := queried(t, s, ArchiveQuery{With: contact(1), Max: 3, After: 5}); fmt.Sprint(seqs) != "[8 11 14]" || page.Scanned != 4 {
		t.Errorf("%v, %+v", seqs, page)
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
