package store

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// format is the version of the key layout that this program writes, KEYS.md.
const format = 2

// An upgrade brings a store from format to-1 to format to. run may be stopped
// by a crash at any point and is then run again from the beginning, so it must
// bear that. The step is recorded after run has returned.
type upgrade struct {
	to   uint64
	name string
	run  func(ctx context.Context, s *Store) error
}

// upgrades are all steps since format 1, in order. Steps stay forever: older
// data must remain readable.
var upgrades = []upgrade{{2, "an index of the archives by contact", indexArchives}}

func formatKey() []byte { return metaKey(nil, "format") }

// upgrade brings the store to the newest format, or says why it cannot.
func (s *Store) upgrade() error {
	steps := upgrades
	if s.opts.hooks.upgrades != nil {
		steps = s.opts.hooks.upgrades
	}
	newest := uint64(format)
	if len(steps) > 0 {
		newest = steps[len(steps)-1].to
	}
	have, err := s.readFormat(newest)
	if err != nil {
		return err
	}
	if have > newest {
		return fmt.Errorf("%w: the store has format %d, this program knows up to %d; run a newer one", ErrFormat, have, newest)
	}
	for _, step := range steps {
		if step.to <= have {
			continue
		}
		if err := step.run(context.Background(), s); err != nil {
			return fmt.Errorf("upgrade to format %d (%s): %w", step.to, step.name, err)
		}
		if err := s.writeFormat(step.to); err != nil {
			return err
		}
		s.log.Info("store upgraded", "format", step.to, "step", step.name)
	}
	return nil
}

// readFormat returns the format of the store; an empty one gets the newest.
func (s *Store) readFormat(newest uint64) (uint64, error) {
	key := formatKey()
	rec, ok, err := s.readOne(s.db, key)
	if err != nil {
		return 0, err
	}
	if ok {
		return decodeSeq(key, rec)
	}
	empty := true
	_, err = s.scanSome(s.db, nil, nil, false, 0, func(_, _ []byte) (bool, error) {
		empty = false
		return false, nil
	})
	if err != nil {
		return 0, err
	}
	if !empty {
		return 0, fmt.Errorf("%w: the directory holds some other Pebble database", ErrFormat)
	}
	if err := s.writeFormat(newest); err != nil {
		return 0, err
	}
	// Pebble begins a new database with a log in its oldest format, in which
	// damage cannot be told from a torn end. The flush makes it begin another.
	return newest, s.db.Flush()
}

func (s *Store) writeFormat(v uint64) error {
	key := formatKey()
	rec := binary.AppendUvarint([]byte{recordVersion}, v)
	return s.db.Set(key, sealRecord(rec, 0, key), pebble.Sync)
}
