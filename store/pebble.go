package store

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
)

// pebbleOptions says how we run Pebble; every figure that matters is explicit.
func (s *Store) pebbleOptions() *pebble.Options {
	o := &s.opts
	p := &pebble.Options{
		// TableFormatV6 has checksums in footers, and includes WALSyncChunks,
		// with which a torn log tail and a damaged log are told apart.
		FormatMajorVersion: pebble.FormatTableFormatV6,
		// Memtables are counted against the cache, one being filled and one being flushed: without room for
		// them a busy store caches nothing.
		CacheSize:                   o.CacheBytes + 2*int64(o.MemTableBytes),
		MemTableSize:                o.MemTableBytes,
		MemTableStopWritesThreshold: 4,
		// All accounts write at once, so what comes out of L0 has keys from everywhere, and the whole base level is written anew with it: the more comes
		// at a time, and the larger that level may be, the less often. Against 4, 64 MiB and memtables of 16 MiB a message in two archives takes
		// more than a quarter less processor time. Pebble counts each of L0's layers twice: a reader looks at eight of them at most, as a rule.
		L0CompactionThreshold:      16,
		L0StopWritesThreshold:      32,
		LBaseMaxBytes:              8 * int64(o.MemTableBytes),
		MaxOpenFiles:               o.MaxOpenFiles,
		BytesPerSync:               512 << 10,
		FlushDelayDeleteRange:      10 * time.Second,
		CompactionConcurrencyRange: compactions,
		Logger:                     pebbleLogger{s},
		EventListener:              s.events(),
		FS:                         s.fs,
	}
	// Large L0 files: fewer, larger compactions; measured +8 % appends.
	p.TargetFileSizes[0] = 16 << 20
	for i := range p.Levels {
		p.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	// Fast compression while data is young, zstd once it has settled.
	p.ApplyCompressionSettings(func() pebble.DBCompressionSettings { return pebble.DBCompressionBalanced })
	if s.opts.hooks.fs == nil {
		p.WithFSDefaults()
	}
	return p
}

func compactions() (lower, upper int) { return 1, max(1, runtime.GOMAXPROCS(0)/2) }

// pebbleLogger is what Pebble logs to. Its Fatalf must not return: Pebble calls
// it when a log write or sync failed, and would otherwise report success for a
// commit that a crash then takes back.
type pebbleLogger struct{ s *Store }

func (l pebbleLogger) Infof(format string, args ...any) {
	if l.s.log.Enabled(context.Background(), slog.LevelDebug) {
		l.s.log.Debug("pebble", "text", fmt.Sprintf(format, args...))
	}
}

func (l pebbleLogger) Errorf(format string, args ...any) {
	l.s.log.Error("pebble", "text", fmt.Sprintf(format, args...))
}

func (l pebbleLogger) Fatalf(format string, args ...any) {
	msg := fmt.Sprintf(format, args...)
	l.s.log.Error("pebble: fatal, the process ends here", "text", msg)
	if l.s.opts.hooks.fatal != nil {
		l.s.opts.hooks.fatal(msg) // does not return either
	}
	os.Exit(1)
}

// events wires Pebble's alarms to the log, the statistics and admission.
func (s *Store) events() *pebble.EventListener {
	return &pebble.EventListener{
		BackgroundError: func(err error) { s.log.Error("background error", "err", err) },
		DataCorruption: func(info pebble.DataCorruptionInfo) {
			s.corrupt.Store(true)
			s.log.Error("data corruption, the store takes no more writes", "path", info.Path, "err", info.Details)
		},
		DiskSlow: func(info pebble.DiskSlowInfo) {
			s.stats.diskSlow.Add(1)
			s.log.Warn("disk is slow", "path", info.Path, "duration", info.Duration)
		},
		WriteStallBegin: func(info pebble.WriteStallBeginInfo) {
			s.stats.stalls.Add(1)
			s.log.Warn("writes stall", "reason", info.Reason)
		},
		WriteStallEnd: func() { s.log.Info("writes go on") },
		PossibleAPIMisuse: func(info pebble.PossibleAPIMisuseInfo) {
			s.log.Error("pebble misused", "text", info.String())
			if s.opts.hooks.misuse != nil {
				s.opts.hooks.misuse(info.String())
			}
		},
	}
}
