package metrics

import (
	"github.com/godwit-im/godwit/store"
)

func (w writer) store(s *store.Stats) {
	w.gauge("godwit_store_queue_length", "Operations that are submitted and not committed.", float64(s.QueueOps))
	w.gauge("godwit_store_queue_bytes", "What these hold.", float64(s.QueueBytes))
	w.counter("godwit_store_refused_total", "Operations that were refused because the queue was full.", float64(s.Refused))
	w.counter("godwit_store_commits_total", "Operations that were committed.", float64(s.Ops))
	w.histogram("godwit_store_sync_seconds", "How long a batch of operations took, from its beginning to the end of its sync; with relaxed durability to that of its write.",
		s.Sync[:], s.SyncTime.Seconds(), microseconds, 5, 1)
	w.histogram("godwit_store_batch_size", "Operations in a batch.", s.Batch[:], float64(s.Ops), wholes, 1, 1)
	w.counter("godwit_archive_entries_total", "Messages appended to archives, to that of the sender and that of the receiver.", float64(s.Archived))
	w.counter("godwit_archive_bytes_total", "What these occupy, uncompressed.", float64(s.ArchivedBytes))
	w.counter("godwit_store_write_stalls_total", "Times that Pebble made the committer wait.", float64(s.WriteStalls))
	w.counter("godwit_store_slow_disk_total", "Disk operations that took over 5 s.", float64(s.DiskSlow))
	w.gauge("godwit_store_iterators", "Iterators that are open.", float64(s.Iterators))
	w.gauge("godwit_store_disk_full", "1: operations are refused because the disk is nearly full.", flag(s.DiskFull))
	w.gauge("godwit_store_corrupt", "1: operations are refused because the data is damaged; godwit verify tells more.", flag(s.Corrupt))
	w.gauge("godwit_store_disk_bytes", "The files of the store.", float64(s.DiskBytes))
	w.gauge("godwit_store_memory_bytes", "Pebble's cache and memtables.", float64(s.MemoryBytes))
}

func (w writer) pebble(s *store.Stats) {
	p := &s.Pebble
	for _, g := range []struct {
		name, help string
		value      float64
	}{
		{"wal_bytes", "The part of the log that holds data now.", float64(p.WALBytes)},
		{"compaction_debt_bytes", "What compactions should still work through.", float64(p.CompactionDebt)},
		{"compactions_running", "Compactions that run.", float64(p.Compacting)},
		{"l0_files", "Tables in level 0.", float64(p.L0Files)},
		{"l0_sublevels", "Sublevels of level 0; many of them make reads slow and writes wait.", float64(p.L0Sublevels)},
		{"read_amplification", "How many tables a read looks at, at most.", float64(p.ReadAmp)},
		{"tables", "Tables on disk.", float64(p.Tables)},
		{"table_bytes", "Their size.", float64(p.TableBytes)},
		{"memtables", "Memtables.", float64(p.MemTables)},
		{"memtable_bytes", "Their size.", float64(p.MemTableBytes)},
		{"cache_bytes", "The block cache.", float64(p.CacheBytes)},
	} {
		w.gauge("godwit_pebble_"+g.name, g.help, g.value)
	}
	for _, c := range []struct {
		name, help string
		value      uint64
	}{
		{"wal_written_bytes_total", "Bytes written to logs.", p.WALWritten},
		{"flushed_bytes_total", "Bytes written by flushes of memtables.", p.Flushed},
		{"compaction_read_bytes_total", "Bytes read by compactions.", p.CompactedIn},
		{"compaction_written_bytes_total", "Bytes written by compactions.", p.CompactedOut},
		{"flushes_total", "Flushes of memtables.", p.Flushes},
		{"compactions_total", "Compactions.", p.Compactions},
		{"cache_hits_total", "Blocks found in the cache.", p.CacheHits},
		{"cache_misses_total", "Blocks read from disk.", p.CacheMisses},
	} {
		w.counter("godwit_pebble_"+c.name, c.help, float64(c.value))
	}
}
