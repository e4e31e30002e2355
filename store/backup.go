package store

import (
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// Backup writes a copy of the store into dir, which must not exist: everything
// committed before the call, and some of what is committed during it. Where it
// can it makes hard links, so it is quick and takes little space, but it is on
// the same disk: copy it away. Open opens it. It may run beside everything else.
func (s *Store) Backup(dir string) error {
	v := s.views.acquire() // keeps the database open
	if v == nil {
		return ErrClosed
	}
	defer s.views.release(v)
	err := s.backup(dir)
	if err != nil {
		return fmt.Errorf("backup to %s: %w", dir, err)
	}
	s.log.Info("backup made", "dir", dir)
	return nil
}

// backup makes the copy under another name first, so that a directory of the
// given name is always a whole backup.
func (s *Store) backup(dir string) error {
	if _, err := s.fs.Stat(dir); err == nil {
		return fmt.Errorf("%w: the directory exists", ErrInvalid)
	}
	partial := dir + ".partial"
	if err := s.fs.RemoveAll(partial); err != nil {
		return err
	}
	if err := s.db.Checkpoint(partial, pebble.WithFlushedWAL()); err != nil {
		return readError(err)
	}
	if err := s.fs.Rename(partial, dir); err != nil {
		return err
	}
	parent, err := s.fs.OpenDir(s.fs.PathDir(dir))
	if err != nil {
		return err
	}
	defer parent.Close()
	return parent.Sync()
}
