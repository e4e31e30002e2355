package store

import (
	"math/rand/v2"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Memory is a disk in memory, for tests: a real store runs on it, and it can
// tell what would be left of it after a power cut.
type Memory struct {
	fs   *vfs.MemFS
	size *sizedFS // nil: it has none
}

// NewMemory returns an empty disk.
func NewMemory() *Memory { return &Memory{fs: vfs.NewCrashableMem()} }

// memoryDir is where the store lies on a Memory.
const memoryDir = "store"

// Crash returns the disk as it would be found after a power cut now: with
// everything that is synced, and a random part of what is not. The old disk, and
// a store that is open on it, are not affected. Any goroutine may call it.
func (m *Memory) Crash(seed uint64) *Memory {
	rng := rand.New(rand.NewPCG(seed, 0))
	left := &Memory{fs: m.fs.CrashClone(vfs.CrashCloneCfg{
		UnsyncedDataPercent: rng.IntN(101),
		RNG:                 rng,
	})}
	if m.size != nil {
		left.SetSize(m.size.bytes.Load())
	}
	return left
}

// OpenMemory is Open on a Memory.
func OpenMemory(m *Memory, o Options) (*Store, error) {
	if o.hooks.fs == nil {
		o.hooks.fs = m.fs
		if m.size != nil {
			o.hooks.fs, o.hooks.diskPoll = m.size, m.size.changed
		}
	}
	return Open(memoryDir, o)
}
