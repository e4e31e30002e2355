package store

import "github.com/cockroachdb/pebble/v2"

// readFrom returns where to read a key of table: the database as long as the
// batch has not written to that table, else the batch over the database.
func (tx *Tx) readFrom(table byte) (pebble.Reader, error) {
	if !tx.wrote[table] {
		return tx.s.db, nil
	}
	err := tx.indexBatch()
	return tx.shadow, err
}

// indexBatch brings the shadow up to date with the batch.
func (tx *Tx) indexBatch() error {
	const header = 12
	if tx.shadow == nil {
		tx.shadow, tx.shadowLen = tx.s.db.NewIndexedBatch(), header
	}
	if tx.shadowLen == tx.batch.Len() {
		return nil
	}
	records := tx.batch.Reader()[tx.shadowLen-header:]
	for {
		kind, key, val, ok, err := records.Next()
		switch {
		case err != nil:
			return err
		case !ok:
			tx.shadowLen = tx.batch.Len()
			return nil
		case kind == pebble.InternalKeyKindSet:
			err = tx.shadow.Set(key, val, nil)
		case kind == pebble.InternalKeyKindDelete:
			err = tx.shadow.Delete(key, nil)
		case kind == pebble.InternalKeyKindRangeDelete:
			err = tx.shadow.DeleteRange(key, val, nil)
		}
		if err != nil {
			return err
		}
	}
}

func (tx *Tx) dropShadow() {
	if tx.shadow != nil {
		tx.shadow.Close()
		tx.shadow, tx.shadowLen = nil, 0
	}
}

// get implements source.
func (tx *Tx) get(key []byte) ([]byte, bool, error) {
	from, err := tx.readFrom(key[0])
	if err != nil {
		return nil, false, err
	}
	return tx.s.readOne(from, key)
}

// pebble implements source.
func (tx *Tx) pebble(table byte) (*Store, pebble.Reader, error) {
	from, err := tx.readFrom(table)
	return tx.s, from, err
}

// scan implements source.
func (tx *Tx) scan(lower, upper []byte, backward bool, f visit) error {
	from, err := tx.readFrom(lower[0])
	if err != nil {
		return err
	}
	_, err = tx.s.scanSome(from, lower, upper, backward, 0, f)
	return err
}
