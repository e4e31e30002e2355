package store

import (
	"errors"
	"testing"
)

// TestStatsCountWhatWasAppended: an operation that fails has appended nothing, and a batch is counted by its size.
func TestStatsCountWhatWasAppended(t *testing.T) {
	s := openMemory(t, nil, Options{})
	refused := errors.New("refused")
	for i, end := range []error{nil, nil, refused} {
		err := s.Do(t.Context(), func(tx *Tx) error {
			for range i + 1 {
				if _, _, err := tx.Append(Entry{Account: juliet, With: orchard, From: orchard, Stanza: []byte("0123456789")}); err != nil {
					return err
				}
			}
			return end
		})
		if !errors.Is(err, end) {
			t.Fatal(err)
		}
	}
	st := s.Stats()
	if st.Archived != 3 || st.ArchivedBytes < 3*10 {
		t.Errorf("%d entries of %d bytes, want 3", st.Archived, st.ArchivedBytes)
	}
	var batches uint64
	for _, n := range st.Batch {
		batches += n
	}
	if batches != st.Batches || st.Batch[1] == 0 {
		t.Errorf("%d batches, by their size %v", st.Batches, st.Batch)
	}
	if p := st.Pebble; p.MemTables == 0 || p.WALWritten == 0 || p.CacheBytes > 1<<30 {
		t.Errorf("%+v", p)
	}
}
