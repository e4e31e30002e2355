package store

import (
	"bytes"
	"encoding/binary"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// Tx is what an operation reads and writes through. It is valid during Apply,
// on the committer goroutine, and must not be kept.
//
// Writes go to a plain Pebble batch. What the hot path reads back (counters,
// cursors, dedupe keys) is held in memory; for every other read of a table that
// the batch has written to, the batch is indexed first, lazily (shadow).
type Tx struct {
	reader
	s     *Store
	now   time.Time
	batch *pebble.Batch
	wrote [256]bool // tables that this batch has written to

	shadow    *pebble.Batch // the first shadowLen bytes of batch, indexed
	shadowLen int

	states states
	dirty  []*state // states to write before the commit; may hold clean ones
	dedupe dedupe

	// What rollback needs about the current operation.
	op       uint64
	mark     int    // batch length
	count    uint32 // batch count
	archived archived
	undo     []undo
	undoSeen []dedupeHash

	key, val []byte // scratch
}

// undo is the state of an account when the operation first touched it.
type undo struct {
	st       *state
	counters counters
	dirty    bool
}

func (tx *Tx) init(s *Store) {
	tx.s = s
	tx.reader = reader{src: tx}
	tx.batch = s.db.NewBatch(pebble.WithMaxRetainedSizeBytes(4 << 20))
	tx.states.init(s.opts.CachedAccounts)
	tx.dedupe.init(tx)
}

// close gives the batch, if there is one, back to Pebble.
func (tx *Tx) close() {
	tx.dropShadow()
	if tx.batch != nil {
		tx.batch.Close()
	}
}

// archived is what the batch has appended to archives, with what it had before the current operation.
type archived struct {
	appended
	before appended
}

type appended struct{ entries, bytes uint64 }

// begin starts a batch at time now.
func (tx *Tx) begin(now time.Time) {
	tx.now = now
	tx.dedupe.begin(now)
}

// beginOp starts an operation.
func (tx *Tx) beginOp() {
	tx.op++
	tx.mark, tx.count = tx.batch.Len(), tx.batch.Count()
	tx.archived.before = tx.archived.appended
	tx.undo = tx.undo[:0]
	tx.undoSeen = tx.undoSeen[:0]
}

// rollback takes back everything the current operation did.
func (tx *Tx) rollback() {
	if tx.batch.Len() > tx.mark {
		repr := bytes.Clone(tx.batch.Repr()[:tx.mark])
		binary.LittleEndian.PutUint32(repr[8:12], tx.count)
		tx.batch.Reset()
		if err := tx.batch.SetRepr(repr); err != nil {
			panic(err) // a prefix of whole records is a batch
		}
		tx.dropShadow()
	}
	tx.archived.appended = tx.archived.before
	for _, u := range tx.undo {
		u.st.counters, u.st.dirty = u.counters, u.dirty
		u.st.cursorsLoaded, u.st.exists, u.st.roster.known = false, unknown, false
	}
	tx.dedupe.forget(tx.undoSeen)
}

// size returns the bytes in the batch.
func (tx *Tx) size() int { return tx.batch.Len() }

// commit applies the batch with its sync and makes the Tx ready for the next.
func (tx *Tx) commit() error {
	tx.writeCounters()
	var err error
	if !tx.batch.Empty() {
		err = tx.s.db.Apply(tx.batch, writeOptions())
	}
	tx.batch.Reset()
	tx.dropShadow()
	tx.wrote = [256]bool{}
	tx.dedupe.endBatch()
	if err != nil {
		tx.states.init(tx.states.max) // they may be ahead of the disk
	} else {
		tx.s.stats.archived.Add(tx.archived.entries)
		tx.s.stats.archivedBytes.Add(tx.archived.bytes)
	}
	tx.archived = archived{}
	tx.states.trim()
	return err
}

func (tx *Tx) writeCounters() {
	for _, st := range tx.dirty {
		if !st.dirty {
			continue
		}
		st.dirty = false
		tx.key = append(append(tx.key[:0], tableCounters), st.account...)
		tx.val = st.counters.append(append(tx.val[:0], recordVersion))
		tx.set(tx.key, tx.val)
	}
	tx.dirty = tx.dirty[:0]
}

// state returns the state of j's account, for reading. Use change to write.
func (tx *Tx) state(j jid.JID) (*state, error) {
	j = j.Bare()
	if j.IsZero() {
		return nil, invalidf("no account")
	}
	if st := tx.states.get(j); st != nil {
		return st, nil
	}
	// The JID may share a string with its resource, or with a whole stanza.
	own, err := jid.ParseBytes([]byte(j.String()))
	if err != nil {
		return nil, invalidf("account %q: %v", j, err)
	}
	c, err := tx.reader.counters(j)
	if err != nil {
		return nil, err
	}
	st := tx.states.add(own)
	st.counters = c
	return st, nil
}

// touch notes st for rollback, before anything of it changes.
func (tx *Tx) touch(st *state) {
	if st.op != tx.op {
		st.op = tx.op
		tx.undo = append(tx.undo, undo{st, st.counters, st.dirty})
	}
}

// change prepares st for a change of its counters.
func (tx *Tx) change(st *state) {
	tx.touch(st)
	if !st.dirty {
		st.dirty = true
		tx.dirty = append(tx.dirty, st)
	}
}

// set completes rec, which is a record without its checksum, and writes it.
// Both may be tx's scratch.
func (tx *Tx) set(key, rec []byte) {
	rec = sealRecord(rec, 0, key)
	tx.wrote[key[0]] = true
	tx.batch.Set(key, rec, nil)
	tx.val = rec
}

func (tx *Tx) delete(key []byte) {
	tx.wrote[key[0]] = true
	tx.batch.Delete(key, nil)
}

// deleteRange is for whole accounts and whole dedupe partitions only: many
// overlapping range deletions are what makes Pebble slow.
func (tx *Tx) deleteRange(lower, upper []byte) {
	tx.wrote[lower[0]] = true
	tx.batch.DeleteRange(lower, upper, nil)
}
