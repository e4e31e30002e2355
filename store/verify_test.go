package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// verifyWorld is a store with something in every table.
func verifyWorld(t *testing.T) *Store {
	s := openMemory(t, nil, Options{})
	do(t, s, func(tx *Tx) error {
		err := errors.Join(fill(tx, juliet, romeo, 1), fill(tx, romeo, juliet, 2), fillStreams(tx, juliet, 1))
		for i := range 4 {
			_, _, err2 := tx.Append(message("m", fmt.Sprint(i)))
			err = errors.Join(err, err2)
		}
		if err == nil {
			_, err = tx.PutRosterItem(juliet, RosterItem{JID: contact(1)})
		}
		if err == nil {
			_, err = tx.DeleteRosterItem(juliet, contact(1))
		}
		return err
	})
	if _, err := s.Secret("x"); err != nil {
		t.Fatal(err)
	}
	return s
}

// rewrite replaces the record of key by one with another body.
func rewrite(t *testing.T, b *pebble.Batch, key []byte, body func(old []byte) []byte) {
	t.Helper()
	rec, closer, err := b.Get(key)
	if err != nil {
		t.Fatalf("%q: %v", key, err)
	}
	old := bytes.Clone(rec[1 : len(rec)-4])
	closer.Close()
	plant(b, key, body(old))
}

// plant writes a record with a good checksum.
func plant(b *pebble.Batch, key, body []byte) {
	b.Set(key, sealRecord(append([]byte{recordVersion}, body...), 0, key), nil)
}

func uvarints(v ...uint64) []byte { return appendUvarints(nil, v...) }

// TestVerifyFindsDamage plants each kind of damage in a store of its own, by
// writes past the store, and expects to have it named.
func TestVerifyFindsDamage(t *testing.T) {
	j := appendAccount(nil, juliet)
	entry := func(n uint64) []byte { return entryKey(nil, j, n) }
	dedupes := func(b *pebble.Batch) (key []byte) {
		it, _ := b.NewIter(&pebble.IterOptions{LowerBound: []byte{tableDedupe}})
		defer it.Close()
		it.First()
		return bytes.Clone(it.Key())
	}
	for _, c := range []struct {
		name   string
		damage func(b *pebble.Batch)
		want   string // in one of the faults
	}{
		{"nothing", func(*pebble.Batch) {}, ""},
		{"a bit of a value", func(b *pebble.Batch) {
			rec, closer, _ := b.Get(entry(2))
			rec = bytes.Clone(rec)
			closer.Close()
			rec[len(rec)/2] ^= 1
			b.Set(entry(2), rec, nil)
		}, "checksum"},
		{"a value under another key", func(b *pebble.Batch) {
			rec, closer, _ := b.Get(entry(2))
			b.Set(entry(3), bytes.Clone(rec), nil)
			closer.Close()
		}, "checksum"},
		{"a short value", func(b *pebble.Batch) { b.Set(entry(2), []byte{1}, nil) }, "bytes long"},
		{"a record of the future", func(b *pebble.Batch) {
			b.Set(entry(2), sealRecord([]byte{99}, 0, entry(2)), nil)
		}, "version 99"},
		{"a body cut short", func(b *pebble.Batch) {
			rewrite(t, b, entry(2), func(old []byte) []byte { return old[:5] })
		}, "body of"},
		{"a body too long", func(b *pebble.Batch) {
			rewrite(t, b, cursorKey(nil, j, "phone"), func(old []byte) []byte { return append(old, 0) })
		}, "body of"},
		{"an address that is none", func(b *pebble.Batch) {
			rewrite(t, b, entry(2), func(old []byte) []byte { return append(append(old[:10], 2, '@', '@'), 0) })
		}, "body of"},
		{"an unknown table", func(b *pebble.Batch) { b.Set([]byte("zzz"), nil, nil) }, "unknown table"},
		{"an unknown value of the store's own", func(b *pebble.Batch) { plant(b, metaKey(nil, "x"), nil) }, "unknown value"},
		{"a key without account", func(b *pebble.Batch) { plant(b, []byte("ax"), nil) }, "no account in the key"},
		{"a key with more than an account", func(b *pebble.Batch) { plant(b, append(accountKey(nil, 'a', juliet), 1), nil) }, "not an account's key"},
		{"a lost entry", func(b *pebble.Batch) { b.Delete(entry(2), nil) }, "hole in the archive: entry 3 comes after 1"},
		{"a lost last entry", func(b *pebble.Batch) { b.Delete(entry(5), nil) }, "says the last entry is 5, it is 4"},
		{"an entry past the counter", func(b *pebble.Batch) {
			plant(b, accountKey(nil, tableCounters, juliet), uvarints(3, 3, 0, 1))
		}, "entry 4, the counter says the last is 3"},
		{"lost counters", func(b *pebble.Batch) { b.Delete(accountKey(nil, tableCounters, juliet), nil) }, "the counter says the last is 0"},
		{"a cursor past the end", func(b *pebble.Batch) { plant(b, cursorKey(nil, j, "phone"), uvarints(6)) }, "the archive ends at 5"},
		{"a cursor without device", func(b *pebble.Batch) { plant(b, append([]byte{tableCursor}, j...), uvarints(1)) }, "no device"},
		{"a dedupe key to nowhere", func(b *pebble.Batch) { plant(b, dedupes(b), uvarints(9)) }, "the archive ends at 5"},
		{"a dedupe key to a lost entry", func(b *pebble.Batch) { b.Delete(entry(1), nil) }, "entry 1, which is missing"},
		{"a dedupe key to another message", func(b *pebble.Batch) {
			rewrite(t, b, dedupes(b), func(old []byte) []byte { return uvarints(uint64(old[0])%5 + 1) })
		}, "of another message"},
		{"a short dedupe key", func(b *pebble.Batch) { plant(b, []byte("d\x00\x00"), nil) }, "no day"},
		{"a dedupe key without hash", func(b *pebble.Batch) { plant(b, append([]byte("d\x00\x00\x00\x00"), j...), nil) }, "not a dedupe key"},
		{"a short entry key", func(b *pebble.Batch) { plant(b, append([]byte{tableEntry}, j...), nil) }, "no seq"},
		{"a device without link key", func(b *pebble.Batch) { b.Delete(linkKey(nil, [32]byte{1}), nil) }, "does not lead back"},
		{"a link key without device", func(b *pebble.Batch) { b.Delete(deviceKey(nil, juliet, "d"), nil) }, "leads to no device"},
		{"a link key to another device", func(b *pebble.Batch) {
			plant(b, linkKey(nil, [32]byte{1}), appendString(appendJID(nil, romeo), "d"))
		}, "leads to no device"},
		{"a long link key", func(b *pebble.Batch) { plant(b, append(linkKey(nil, [32]byte{1}), 1), nil) }, "not a link key"},
		{"a roster item past the counter", func(b *pebble.Batch) {
			rewrite(t, b, rosterKey(nil, juliet, romeo), func(old []byte) []byte { old[2] = 9; return old })
		}, "item of version 9, the counter says 3"},
		{"a roster item of another contact", func(b *pebble.Batch) {
			rewrite(t, b, rosterKey(nil, juliet, romeo), func(old []byte) []byte {
				return bytes.Replace(old, []byte("romeo"), []byte("rodeo"), 1)
			})
		}, "the item is of"},
		{"a lost tombstone", func(b *pebble.Batch) { b.Delete(rosterKey(nil, juliet, contact(1)), nil) }, "0 tombstones counted as 1"},
		{"a key without space", func(b *pebble.Batch) { plant(b, append([]byte{tableSpace}, j...), nil) }, "no space"},
		{"a bit of a space's value", func(b *pebble.Batch) {
			b.Set(spaceKey(nil, "vcard", juliet, []byte("k")), binary.LittleEndian.AppendUint64(nil, 1), nil)
		}, "checksum"},
		{"a short secret", func(b *pebble.Batch) { plant(b, secretKey(nil, "x"), []byte("short")) }, "has 5 bytes"},
		{"a secret without name", func(b *pebble.Batch) { plant(b, []byte("xx"), nil) }, "not a secret's key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := verifyWorld(t)
			b := s.db.NewIndexedBatch()
			c.damage(b)
			if err := b.Commit(pebble.Sync); err != nil {
				t.Fatal(err)
			}
			do(t, s, func(tx *Tx) error { return tx.SpacePut("new", jid.JID{}, nil, nil) }) // a new view
			r, err := s.Verify(ctx, nil)
			if err != nil {
				t.Fatal(err)
			}
			if c.want == "" && r.Faults != 0 || c.want != "" && !strings.Contains(fmt.Sprint(r.First), c.want) {
				t.Errorf("faults: %v", r.First)
			}
		})
	}
}

func TestVerifyStops(t *testing.T) {
	s := verifyWorld(t)
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := s.Verify(canceled, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestCorruptEntryIsAnError: a reader hears ErrCorrupt, and never sees the entry.
func TestCorruptEntryIsAnError(t *testing.T) {
	s := verifyWorld(t)
	key := entryKey(nil, appendAccount(nil, juliet), 2)
	rec, _, err := s.readOne(s.db, key)
	if err != nil {
		t.Fatal(err)
	}
	for bit := range 8 * len(rec) {
		bad := bytes.Clone(rec)
		bad[bit/8] ^= 1 << (bit % 8)
		if err := s.db.Set(key, bad, pebble.NoSync); err != nil {
			t.Fatal(err)
		}
		do(t, s, func(tx *Tx) error {
			err := tx.Archive(juliet, 1, 1, func(uint64, Entry) bool {
				t.Errorf("bit %d: the entry is shown", bit)
				return true
			})
			if !errors.Is(err, ErrCorrupt) {
				t.Errorf("bit %d: %v", bit, err)
			}
			return nil
		})
	}
}
