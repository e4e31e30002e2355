package store

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// SyncBuckets is the number of buckets of Stats.Sync.
const SyncBuckets = 24

// Stats is a snapshot of what the store counts since Open.
type Stats struct {
	QueueOps   int    // submitted and not yet committed
	QueueBytes int64  // the payload they hold
	Refused    uint64 // operations refused with ErrFull
	Batches    uint64
	Ops        uint64

	// Sync is a histogram of the time from the beginning of a batch to the
	// return of its sync (with relaxed durability: of its write): Sync[i] counts times below 2^i µs (and not below
	// 2^(i-1) µs); the last counts all longer ones. SyncTime is their sum.
	Sync     [SyncBuckets]uint64
	SyncTime time.Duration

	WriteStalls uint64 // times that Pebble made the committer wait
	DiskSlow    uint64 // disk operations that took over 5 s
	Iterators   int64  // open now
	DiskFull    bool   // operations are refused for lack of space
	Corrupt     bool   // operations are refused because of damage
	DiskBytes   uint64 // in the store's files
	MemoryBytes uint64 // Pebble's cache and memtables
}

type counts struct {
	refused, batches, ops atomic.Uint64
	syncTime              atomic.Int64
	sync                  [SyncBuckets]atomic.Uint64
	stalls, diskSlow      atomic.Uint64
}

func (c *counts) batch(ops int, d time.Duration) {
	c.batches.Add(1)
	c.ops.Add(uint64(ops))
	c.syncTime.Add(int64(d))
	c.sync[min(bits.Len64(uint64(d.Microseconds())), SyncBuckets-1)].Add(1)
}

// Stats returns the present figures. It takes a lock of Pebble's for a moment:
// call it for metrics, not per stanza.
func (s *Store) Stats() Stats {
	st := Stats{
		Refused:     s.stats.refused.Load(),
		Batches:     s.stats.batches.Load(),
		Ops:         s.stats.ops.Load(),
		SyncTime:    time.Duration(s.stats.syncTime.Load()),
		WriteStalls: s.stats.stalls.Load(),
		DiskSlow:    s.stats.diskSlow.Load(),
		Iterators:   s.iters.Load(),
		DiskFull:    s.diskFull.Load() != diskOK,
		Corrupt:     s.corrupt.Load(),
	}
	st.QueueOps, st.QueueBytes = s.queue.len()
	for i := range st.Sync {
		st.Sync[i] = s.stats.sync[i].Load()
	}
	if v := s.views.acquire(); v != nil {
		m := s.db.Metrics()
		s.views.release(v)
		st.DiskBytes = m.DiskSpaceUsage()
		st.MemoryBytes = uint64(m.BlockCache.Size) + m.MemTable.Size
	}
	return st
}
