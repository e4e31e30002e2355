package store

import (
	"log/slog"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Options configures a Store. The zero value is a good default for a server
// with up to some hundred thousand accounts.
type Options struct {
	// Logger receives what an operator acts on. Default: slog.Default().
	Logger *slog.Logger

	// Now is the clock that dedupe partitions go by. Default: time.Now.
	Now func() time.Time

	// Durability is "strict" or "relaxed". Strict: what was acknowledged or delivered
	// is on disk before, and survives kill -9 and power loss. Relaxed: it is written
	// before, and on disk at most SyncInterval later. A crash of Godwit alone loses
	// nothing then; a crash or power loss of the machine MAY LOSE messages of that last
	// interval that were acknowledged, never one without all after it.
	// What is lost may have been delivered already. Default: "strict".
	Durability string

	// SyncInterval is, with relaxed durability, the longest time until what was written
	// begins to be synced. Default 1 s.
	SyncInterval time.Duration

	// CacheBytes is Pebble's block cache, which may also take what memtables leave of twice
	// MemTableBytes. Default 32 MiB.
	CacheBytes int64

	// MemTableBytes is the size a memtable grows to; up to four exist at a time
	// under load, an idle store holds one of 256 KiB. Default 32 MiB.
	MemTableBytes uint64

	// MaxOpenFiles is the soft limit of Pebble's open files. Default 500.
	MaxOpenFiles int

	// QueueOps and QueueBytes bound the operations that are submitted and not
	// yet committed. Default 32,768 and 64 MiB.
	QueueOps   int
	QueueBytes int64

	// BatchBytes ends the collection of a batch. Default 1 MiB.
	BatchBytes int

	// BatchWindow is the least time between the beginnings of two batches while
	// operations arrive together; an operation that arrives alone never waits.
	// Default 0: the sync itself is the window. With 500 µs, 64 submitters got
	// 27,000 instead of 38,000 operations a second where a sync took 300 µs; it
	// pays only where syncs are to be few.
	BatchWindow time.Duration

	// MinFreeBytes is the free disk space below which Submit returns
	// ErrDiskFull (Do: below a quarter of it, so that an operator can still
	// delete). Default: 5 % of the disk, at most 2 GiB.
	MinFreeBytes uint64

	// BallastBytes is set aside on disk and given back when a write finds no
	// space, so that the store can stop in good order. Default 32 MiB,
	// negative: none. Only Open makes one.
	BallastBytes int64

	// CachedAccounts bounds the counters and cursors that the committer keeps
	// in memory, about 300 bytes each. Default 16,384.
	CachedAccounts int

	// DedupeDays is how long a duplicate is recognised, in whole days after the
	// day of the first. Default 7.
	DedupeDays int

	// DedupeFilterBytes bounds the memory of the filters that spare lookups of
	// new origin-ids, 2 to 8 bytes for each archived in the last DedupeDays.
	// Past it lookups cost disk reads and stay exact. Default 64 MiB.
	DedupeFilterBytes int

	// RosterTombstones is how many removed contacts an owner's roster
	// remembers for RosterSince; one more, and a quarter is forgotten. Default 256.
	RosterTombstones int

	hooks hooks
}

// hooks are what tests put in place of the machine.
type hooks struct {
	fs        vfs.FS                                  // instead of the real disk
	fatal     func(msg string)                        // instead of os.Exit(1)
	diskUsage func() (avail, total uint64, err error) // instead of statfs
	diskPoll  <-chan time.Time                        // instead of a ticker
	upgrades  []upgrade                               // instead of the real table
	noFlush   bool                                    // Close does not flush
	misuse    func(msg string)                        // Pebble reports API misuse
	applied   func()                                  // after Apply, before Committed
}

const (
	defaultSyncInterval  = time.Second
	defaultCacheBytes    = 32 << 20
	defaultMemTableBytes = 32 << 20
	defaultMaxOpenFiles  = 500
	defaultQueueOps      = 32_768
	defaultQueueBytes    = 64 << 20
	defaultBatchBytes    = 1 << 20
	defaultBallastBytes  = 32 << 20
	defaultCached        = 16384
	defaultDedupeDays    = 7
	defaultFilterBytes   = 64 << 20
	defaultTombstones    = 256
)

func orDefault[T int | int64 | uint64 | time.Duration](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}

func (o *Options) setDefaults() {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Durability == "" {
		o.Durability = Strict
	}
	orDefault(&o.SyncInterval, defaultSyncInterval)
	orDefault(&o.CacheBytes, defaultCacheBytes)
	orDefault(&o.MemTableBytes, defaultMemTableBytes)
	orDefault(&o.MaxOpenFiles, defaultMaxOpenFiles)
	orDefault(&o.QueueOps, defaultQueueOps)
	orDefault(&o.QueueBytes, defaultQueueBytes)
	orDefault(&o.BatchBytes, defaultBatchBytes)
	orDefault(&o.BallastBytes, defaultBallastBytes)
	orDefault(&o.CachedAccounts, defaultCached)
	orDefault(&o.DedupeDays, defaultDedupeDays)
	orDefault(&o.DedupeFilterBytes, defaultFilterBytes)
	orDefault(&o.RosterTombstones, defaultTombstones)
}
