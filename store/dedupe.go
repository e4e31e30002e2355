package store

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"
)

// Dedupe keys lie in one partition per UTC day of the commit. A partition that
// is older than Options.DedupeDays goes with one range deletion.
//
// A lookup must look into every partition that exists, about eight. Most
// origin-ids are new, and eight times not finding a key is what Pebble is slow
// at, so each partition has a filter in memory: a new origin-id costs a few
// cache lines, and only a likely duplicate costs a read. The filters of
// partitions found at Open are filled in the background; until one is complete,
// and when DedupeFilterBytes is used up, that partition is read.

// dedupeHash identifies (account, sender's bare JID, direction, origin-id): the
// first half of a SHA-256, so that nobody can make two of them meet.
type dedupeHash [16]byte

type dedupe struct {
	tx      *Tx
	days    []*dedupeDay          // ascending; all partitions that exist
	pending map[dedupeHash]uint64 // keys of the batch being made
	today   uint32
	filled  chan *dedupeDay // from the background, see fillFilters
	bytes   int             // of all filters
	indexed bool            // this batch deletes dedupe keys: read through it

	lookups, reads uint64 // for tests: how many, and how many read the disk
}

type dedupeDay struct {
	day    uint32
	filter filter
	exact  bool // the filter has every key of the partition
	tooBig bool // no room for a filter
}

func (d *dedupe) init(tx *Tx) {
	*d = dedupe{tx: tx, pending: make(map[dedupeHash]uint64)}
}

// dayOf is the number of the UTC day since 1970, 0 before.
func dayOf(t time.Time) uint32 {
	return uint32(max(t.Unix(), 0) / (24 * 60 * 60))
}

// begin starts a batch: it takes over filled filters and drops old partitions.
func (d *dedupe) begin(now time.Time) {
	for {
		select {
		case day := <-d.filled:
			d.adopt(day)
			continue
		default:
		}
		break
	}
	if today := dayOf(now); today != d.today {
		d.today = today
		d.expire()
	}
}

// expire drops the partitions that are too old, as part of the next batch. A
// partition of the future (the clock was wrong) lives until its day has passed.
func (d *dedupe) expire() {
	keep := uint32(d.tx.s.opts.DedupeDays)
	for len(d.days) > 0 && d.days[0].day+keep < d.today {
		old := d.days[0]
		d.days = d.days[1:]
		d.bytes -= old.filter.bytes()
		d.tx.deleteRange(dedupeDayKey(nil, old.day), dedupeDayKey(nil, old.day+1))
	}
}

// lookup returns the seq of the entry that was first appended under h.
func (d *dedupe) lookup(account []byte, h dedupeHash) (seq uint64, found bool, err error) {
	if sabotageNoDedupe {
		return 0, false, nil
	}
	d.lookups++
	if seq, ok := d.pending[h]; ok && !d.indexed {
		return seq, true, nil
	}
	for i := len(d.days) - 1; i >= 0; i-- {
		day := d.days[i]
		if day.exact && !day.filter.mayHave(h) {
			continue
		}
		d.reads++
		seq, found, err = d.read(day.day, account, h)
		if found || err != nil {
			return seq, found, err
		}
	}
	return 0, false, nil
}

// read looks h up in one partition. The keys of this batch are in pending, so
// the database is enough, unless the batch deletes some.
func (d *dedupe) read(day uint32, account []byte, h dedupeHash) (seq uint64, found bool, err error) {
	tx := d.tx
	tx.key = dedupeKey(tx.key[:0], day, account, h)
	var rec []byte
	if d.indexed {
		rec, found, err = tx.get(tx.key)
	} else {
		rec, found, err = tx.s.readOne(tx.s.db, tx.key)
	}
	if !found || err != nil {
		return 0, false, err
	}
	seq, err = decodeSeq(tx.key, rec)
	return seq, err == nil, err
}

// deleteAccount deletes an account's keys from all partitions.
func (d *dedupe) deleteAccount(account []byte) {
	for _, day := range d.days {
		lower := append(dedupeDayKey(nil, day.day), account...)
		d.tx.deleteRange(lower, prefixEnd(lower))
	}
	d.indexed = true
}

// add writes the key of a new entry into today's partition.
func (d *dedupe) add(account []byte, h dedupeHash, seq uint64) {
	tx := d.tx
	d.pending[h] = seq
	tx.undoSeen = append(tx.undoSeen, h)
	d.remember(h)
	tx.key = dedupeKey(tx.key[:0], d.today, account, h)
	tx.val = binary.AppendUvarint(append(tx.val[:0], recordVersion), seq)
	tx.set(tx.key, tx.val)
}

func (d *dedupe) remember(h dedupeHash) {
	day, before := d.partition(d.today)
	if day.tooBig {
		return
	}
	d.bytes += day.filter.add(h, before)
	d.bound(day)
}

// bound gives up day's filter if the filters have grown too large.
func (d *dedupe) bound(day *dedupeDay) {
	if d.bytes > d.tx.s.opts.DedupeFilterBytes {
		d.bytes -= day.filter.bytes()
		*day = dedupeDay{day: day.day, tooBig: true}
	}
}

// partition returns today's partition, which it makes when there is none, and
// how many keys the one before has.
func (d *dedupe) partition(today uint32) (day *dedupeDay, before int) {
	i, ok := slices.BinarySearchFunc(d.days, today, func(p *dedupeDay, day uint32) int {
		return int(int64(p.day) - int64(day))
	})
	if !ok {
		d.days = slices.Insert(d.days, i, &dedupeDay{day: today, exact: true})
	}
	if i > 0 {
		before = d.days[i-1].filter.n
	}
	return d.days[i], before
}

// forget takes back keys of an operation that failed.
func (d *dedupe) forget(hashes []dedupeHash) {
	for _, h := range hashes {
		delete(d.pending, h)
	}
}

func (d *dedupe) endBatch() {
	clear(d.pending)
	d.indexed = false
}

// hash computes the identity of e in account.
func (d *dedupe) hash(account []byte, e *Entry) dedupeHash {
	d.tx.val = e.appendIdentity(d.tx.val[:0], account)
	sum := sha256.Sum256(d.tx.val)
	return dedupeHash(sum[:16])
}

// appendIdentity appends what two entries of account must share to be
// duplicates.
func (e *Entry) appendIdentity(dst, account []byte) []byte {
	direction := byte(0)
	if e.Outgoing {
		direction = 1
	}
	dst = append(append(dst, account...), direction)
	dst = appendAccount(dst, e.From)
	return append(dst, e.OriginID...)
}

func decodeSeq(key, rec []byte) (uint64, error) {
	f, err := openRecord(key, rec)
	if err != nil {
		return 0, err
	}
	seq := f.uvarint()
	return seq, f.done()
}
