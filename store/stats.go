package store

import (
	"math/bits"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// SyncBuckets is the number of buckets of Stats.Sync.
const SyncBuckets = 24

// BatchBuckets is the number of buckets of Stats.Batch.
const BatchBuckets = 14

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
	// Batch is a histogram of the operations in a batch: Batch[i] counts batches with fewer than 2^i and not
	// fewer than 2^(i-1); the last counts all larger ones.
	Batch [BatchBuckets]uint64

	Archived      uint64 // entries appended to archives
	ArchivedBytes uint64 // what these occupy, uncompressed

	WriteStalls uint64 // times that Pebble made the committer wait
	DiskSlow    uint64 // disk operations that took over 5 s
	Iterators   int64  // open now
	DiskFull    bool   // operations are refused for lack of space
	Corrupt     bool   // operations are refused because of damage
	DiskBytes   uint64 // in the store's files
	MemoryBytes uint64 // Pebble's cache and memtables
	Pebble      Pebble
}

// Pebble is what Pebble tells of itself. What is no size or number of now counts since Open.
type Pebble struct {
	WALBytes       uint64 // of the log that holds data now
	WALWritten     uint64 // bytes written to logs
	Flushed        uint64 // bytes written by flushes of memtables
	CompactedIn    uint64 // bytes read by compactions
	CompactedOut   uint64 // bytes written by them
	Flushes        uint64
	Compactions    uint64
	CompactionDebt uint64 // bytes that compactions should still work through
	Compacting     int    // compactions that run now
	L0Files        int
	L0Sublevels    int
	ReadAmp        int // how many tables a read looks at, at most
	Tables         int
	TableBytes     uint64
	MemTables      int
	MemTableBytes  uint64
	CacheBytes     uint64
	CacheHits      uint64
	CacheMisses    uint64
}

type counts struct {
	refused, batches, ops   atomic.Uint64
	archived, archivedBytes atomic.Uint64
	syncTime                atomic.Int64
	sync                    [SyncBuckets]atomic.Uint64
	batchOps                [BatchBuckets]atomic.Uint64
	stalls, diskSlow        atomic.Uint64
}

func (c *counts) batch(ops int, d time.Duration) {
	c.batches.Add(1)
	c.ops.Add(uint64(ops))
	c.batchOps[min(bits.Len(uint(ops)), BatchBuckets-1)].Add(1)
	c.syncTime.Add(int64(d))
	c.sync[min(bits.Len64(uint64(d.Microseconds())), SyncBuckets-1)].Add(1)
}

// Stats returns the present figures. It takes a lock of Pebble's for a moment:
// call it for metrics, not per stanza.
func (s *Store) Stats() Stats {
	st := Stats{
		Refused:  s.stats.refused.Load(),
		Batches:  s.stats.batches.Load(),
		Ops:      s.stats.ops.Load(),
		Archived: s.stats.archived.Load(), ArchivedBytes: s.stats.archivedBytes.Load(),
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
	for i := range st.Batch {
		st.Batch[i] = s.stats.batchOps[i].Load()
	}
	if v := s.views.acquire(); v != nil {
		m := s.db.Metrics()
		s.views.release(v)
		st.DiskBytes = m.DiskSpaceUsage()
		st.MemoryBytes = uint64(m.BlockCache.Size) + m.MemTable.Size
		st.Pebble = pebbleStats(m)
	}
	return st
}

func pebbleStats(m *pebble.Metrics) Pebble {
	total, l0 := m.Total(), &m.Levels[0]
	p := Pebble{
		WALBytes: m.WAL.Size, WALWritten: m.WAL.BytesWritten,
		Flushes: uint64(m.Flush.Count), Compactions: uint64(m.Compact.Count),
		CompactionDebt: m.Compact.EstimatedDebt, Compacting: int(m.Compact.NumInProgress),
		L0Files: int(l0.TablesCount), L0Sublevels: int(l0.Sublevels), ReadAmp: m.ReadAmp(),
		Tables: int(total.TablesCount), TableBytes: uint64(total.TablesSize),
		MemTables: int(m.MemTable.Count), MemTableBytes: m.MemTable.Size,
		CacheBytes: uint64(m.BlockCache.Size), CacheHits: uint64(m.BlockCache.Hits), CacheMisses: uint64(m.BlockCache.Misses),
	}
	for i := range m.Levels {
		p.Flushed += m.Levels[i].TableBytesFlushed
		p.CompactedIn += m.Levels[i].TableBytesRead
		p.CompactedOut += m.Levels[i].TableBytesCompacted
	}
	return p
}
