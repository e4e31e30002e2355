package store

import (
	"slices"
	"testing"
)

// TestPlaces: cursors, that of the clients without a device before it was ever moved too, and streams that are sent archived messages and have not ended.
func TestPlaces(t *testing.T) {
	s := openMemory(t, nil, Options{})
	places := func() (all []uint64) {
		t.Helper()
		if err := s.Places(balcony, func(seq uint64) { all = append(all, seq) }); err != nil {
			t.Fatal(err)
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	if got := places(); !slices.Equal(got, []uint64{0}) {
		t.Errorf("of an account that has nothing: %d", got)
	}
	do(t, s, func(tx *Tx) error {
		for range 9 {
			if _, _, err := tx.Append(message("x", "")); err != nil {
				return err
			}
		}
		tx.SetCursor(juliet, "", 2)
		tx.SetCursor(juliet, "phone", 0)
		tx.SetCursor(juliet, "tablet", 4)
		tx.SetCursor(romeo, "phone", 5)
		for i, out := range []StreamOut{{Started: true, Taken: 6}, {Taken: 7}, {Started: true, Taken: 8}} {
			tx.PutStream(&Stream{Account: juliet, ID: StreamID{byte(i)}, Ended: i == 2})
			tx.SetStreamOut(juliet, StreamID{byte(i)}, out)
		}
		tx.PutStream(&Stream{Account: juliet, ID: StreamID{9}}) // without an out
		return tx.SetStreamOut(juliet, StreamID{10}, StreamOut{Started: true, Taken: 9})
	})
	if got, want := places(), []uint64{0, 2, 4, 6}; !slices.Equal(got, want) {
		t.Errorf("%d, want %d", got, want)
	}
}

// TestArchiveTrimmed tells what was trimmed, in the same batch too.
func TestArchiveTrimmed(t *testing.T) {
	s := openMemory(t, nil, Options{})
	trimmed := func(tx *Tx, want uint64) {
		t.Helper()
		if got, err := tx.ArchiveTrimmed(balcony); got != want || err != nil {
			t.Errorf("%d, %v, want %d", got, err, want)
		}
	}
	do(t, s, func(tx *Tx) error {
		trimmed(tx, 0)
		for range 3 {
			if _, _, err := tx.Append(message("x", "")); err != nil {
				return err
			}
		}
		_, err := tx.TrimArchive(juliet, 3, 10)
		trimmed(tx, 2)
		return err
	})
	do(t, s, func(tx *Tx) error {
		trimmed(tx, 2)
		return nil
	})
}
