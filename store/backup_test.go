package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"testing"
)

// TestBackup: the backup is what the store was, whatever happens to it after.
func TestBackup(t *testing.T) {
	dir := t.TempDir()
	o := quiet(Options{MinFreeBytes: 1})
	s, err := Open(filepath.Join(dir, "store"), o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for i := range 50 {
		do(t, s, func(tx *Tx) error { return fill(tx, contact(i), romeo, byte(i)) })
	}
	want := dump(t, s)
	backup := filepath.Join(dir, "backup")
	if err := s.Backup(backup); err != nil {
		t.Fatal(err)
	}
	do(t, s, func(tx *Tx) error { return tx.DeleteAccount(contact(7)) })
	if err := s.Backup(backup); !errors.Is(err, ErrInvalid) {
		t.Errorf("over an existing directory: %v", err)
	}
	b, err := Open(backup, o)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if got := dump(t, b); !reflect.DeepEqual(got, want) {
		t.Errorf("%d keys, not %d", len(got), len(want))
	}
	if r, err := b.Verify(ctx, nil); err != nil || r.Faults != 0 || r.Keys != uint64(len(want)) {
		t.Errorf("verify: %+v, %v", r, err)
	}
}

// TestBackupUnderWrites: what was committed before the call is in it.
func TestBackupUnderWrites(t *testing.T) {
	m := NewMemory()
	s := openMemory(t, m, Options{})
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				appendOne(t, s, message("x", ""))
			}
		}
	}()
	for i := range 5 {
		before, err := s.ArchiveLast(juliet)
		if err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprint("backup", i)
		if err := s.Backup(name); err != nil {
			t.Fatal(err)
		}
		o := quiet(Options{})
		o.hooks.fs = m.fs
		b, err := Open(name, o)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := b.Verify(ctx, nil); err != nil || r.Faults != 0 {
			t.Errorf("verify: %v, %v", r.First, err)
		}
		if last, err := b.ArchiveLast(juliet); last < before || err != nil {
			t.Errorf("the backup ends at %d, the store was at %d; %v", last, before, err)
		}
		b.Close()
	}
	close(stop)
	<-stopped
}
