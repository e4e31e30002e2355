package store

import (
	"testing"
	"time"
)

func message(text, origin string) Entry {
	return Entry{
		Account: juliet, With: orchard, From: orchard, OriginID: []byte(origin),
		Time: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), Stanza: []byte(text),
	}
}

func TestAppendIsRead(t *testing.T) {
	s := openMemory(t, nil, Options{})
	do(t, s, func(tx *Tx) error {
		_, _, err := tx.Append(message("one", "a"))
		return err
	})
	do(t, s, func(tx *Tx) error {
		seq, dup, err := tx.Append(message("one", "a"))
		if seq != 1 || !dup {
			t.Errorf("second append: seq %d, duplicate %v", seq, dup)
		}
		return err
	})
	n := 0
	err := s.Archive(juliet, 0, 0, func(seq uint64, e Entry) bool {
		n++
		if seq != 1 || string(e.Stanza) != "one" || e.From != orchard || e.With != orchard || string(e.OriginID) != "a" {
			t.Errorf("entry %d: %+v", seq, e)
		}
		return true
	})
	if err != nil || n != 1 {
		t.Fatalf("%d entries, %v", n, err)
	}
}
