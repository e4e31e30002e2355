package store

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// errBack ends an operation of which nothing is to stay.
var errBack = errors.New("nothing of it stays")

// FuzzRecord puts any record under any key of a store, sealed as if the store had written it, or not. Whatever reads it returns an error that says so, or what is
// there: it does not panic, and an operation that meets it leaves nothing. Verify notices what is not sealed. Seeds are the records of a store with something of everything.
func FuzzRecord(f *testing.F) {
	s := fuzzedStore(f)
	before := records(f, s)
	for _, key := range slices.Sorted(maps.Keys(before)) {
		rec := before[key]
		f.Add([]byte(key), []byte(rec[:len(rec)-recordOverhead+1]), true)
		f.Add([]byte(key), []byte(rec[:len(rec)-1]), false)
	}
	f.Fuzz(func(t *testing.T, key, rec []byte, sealed bool) {
		if len(key) == 0 || len(key) > 1<<10 || len(rec) > 64<<10 || bytes.Equal(key, formatKey()) {
			return
		}
		put(t, s, key, rec, sealed)
		readEverything(t, s)
		r, err := s.Verify(ctx, nil)
		if err != nil {
			t.Errorf("Verify: %v", err)
		}
		if _, err := openRecord(key, rec); !sealed && err != nil && r.Faults == 0 {
			t.Errorf("Verify does not notice the record %x of %q", rec, key)
		}
		writeSome(t, s)
		if old, ok := before[string(key)]; ok {
			put(t, s, key, []byte(old), false)
		} else {
			do(t, s, func(tx *Tx) error { tx.delete(key); return nil })
		}
		if now := records(t, s); !maps.Equal(now, before) {
			t.Fatal("the store has changed")
		}
	})
}

// fuzzedStore holds something of everything, and keeps one account in memory.
func fuzzedStore(f *testing.F) *Store {
	s, err := OpenMemory(NewMemory(), quiet(Options{CachedAccounts: 1}))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { s.Close() })
	do(f, s, func(tx *Tx) error {
		return errors.Join(fill(tx, juliet, romeo, 1), fillStreams(tx, juliet, 1), fill(tx, romeo, juliet, 2), tx.SpacePut("server", balcony.Bare(), []byte("k"), []byte("v")))
	})
	if _, err := s.Secret("x"); err != nil {
		f.Fatal(err)
	}
	return s
}

// records returns all keys and records, as they are.
func records(t testing.TB, s *Store) map[string]string {
	all := make(map[string]string)
	it, err := s.db.NewIter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer it.Close()
	for ok := it.First(); ok; ok = it.Next() {
		all[string(it.Key())] = string(it.Value())
	}
	return all
}

// put writes a record as it is, or seals it, and sees to it that the accounts are read again.
func put(t *testing.T, s *Store, key, rec []byte, sealed bool) {
	do(t, s, func(tx *Tx) error {
		if rec = bytes.Clone(rec); sealed {
			rec = sealRecord(append([]byte{recordVersion}, rec...), 0, key)
		}
		tx.wrote[key[0]] = true
		err := tx.batch.Set(key, rec, nil)
		tx.states.init(tx.states.max)
		return err
	})
}

// allowed fails the test if an error is of no kind that damage can be answered with.
func allowed(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil && !errors.Is(err, ErrCorrupt) {
		t.Errorf("%s: %v", what, err)
	}
}

// readEverything calls all that reads.
func readEverything(t *testing.T, s *Store) {
	entries := func(uint64, Entry) bool { return true }
	for _, j := range []struct {
		name string
		read func() error
	}{
		{"Accounts", func() error { return s.Accounts("", func(jid.JID, Account) bool { return true }) }},
		{"ArchiveSizes", func() error { _, err := s.ArchiveSizes("", jid.JID{}, 0); return err }},
		{"ScanStreams", func() error { _, err := s.ScanStreams(nil, 100, func(Stream) {}); return err }},
		{"DeviceByKey", func() error { _, _, err := s.DeviceByKey([32]byte{1}); return err }},
		{"Secret", func() error { _, err := s.Secret("x"); return err }},
	} {
		allowed(t, j.name, j.read())
	}
	for _, account := range []jid.JID{juliet, romeo} {
		_, _, err := s.Account(account)
		allowed(t, "Account", err)
		allowed(t, "Archive", s.Archive(account, 0, 0, entries))
		allowed(t, "ArchiveBefore", s.ArchiveBefore(account, 0, 0, entries))
		_, err = s.QueryArchive(account, ArchiveQuery{With: romeo, Start: noon, Max: 10}, entries)
		allowed(t, "QueryArchive", err)
		_, err = s.ArchiveEntries(account, []uint64{1, 2}, entries)
		allowed(t, "ArchiveEntries", err)
		_, err = s.ArchiveBounds(account)
		allowed(t, "ArchiveBounds", err)
		_, err = s.ArchiveExcess(account, 1)
		allowed(t, "ArchiveExcess", err)
		_, err = s.Cursor(account, "phone")
		allowed(t, "Cursor", err)
		allowed(t, "Devices", s.Devices(account, func(Device) bool { return true }))
		allowed(t, "Roster", s.Roster(account, func(RosterItem) bool { return true }))
		_, _, err = s.RosterItem(account, romeo)
		allowed(t, "RosterItem", err)
		_, err = s.RosterSince(account, 0, func(RosterItem, bool) bool { return true })
		allowed(t, "RosterSince", err)
		_, _, err = s.SpaceGet("vcard", account, []byte("k"))
		allowed(t, "SpaceGet", err)
		allowed(t, "SpaceScan", s.SpaceScan("pep", account, nil, func(_, _ []byte) bool { return true }))
		allowed(t, "Streams", s.Streams(account, func(Stream) bool { return true }))
		_, _, err = s.Stream(account, StreamID{1})
		allowed(t, "Stream", err)
		allowed(t, "Places", s.Places(account, func(uint64) {}))
	}
}

// writeSome begins operations that read first, and takes them back.
func writeSome(t *testing.T, s *Store) {
	for name, write := range map[string]func(tx *Tx) error{
		"Append":        func(tx *Tx) error { _, _, err := tx.Append(message("x", "o")); return err },
		"TrimArchive":   func(tx *Tx) error { _, err := tx.TrimArchive(juliet, 2, 10); return err },
		"ReplaceStanza": func(tx *Tx) error { _, err := tx.ReplaceStanza(juliet, 1, nil, 0); return err },
		"SetCursor":     func(tx *Tx) error { return tx.SetCursor(juliet, "phone", 1) },
		"PutRosterItem": func(tx *Tx) error { _, err := tx.PutRosterItem(juliet, RosterItem{JID: romeo}); return err },
		"SetStreamOut":  func(tx *Tx) error { return tx.SetStreamOut(juliet, StreamID{1}, StreamOut{Taken: 1}) },
		"PutDevice":     func(tx *Tx) error { return tx.PutDevice(Device{Account: juliet, ID: "d", Key: [32]byte{1}}) },
		"DeleteAccount": func(tx *Tx) error { return tx.DeleteAccount(juliet) },
	} {
		err := s.Do(context.Background(), func(tx *Tx) error { return errors.Join(write(tx), errBack) })
		if errors.Is(err, ErrPanic) || !errors.Is(err, errBack) || s.corrupt.Load() {
			t.Errorf("%s: %v", name, err)
		}
	}
}
