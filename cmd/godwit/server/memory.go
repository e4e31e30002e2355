package server

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// quietCheck is how often memory is looked after.
	quietCheck = 2 * time.Second
	// quietRate is the allocation in bytes per second below which the process counts as quiet.
	quietRate = 256 << 10
	// worthwhile is how much must have been allocated since memory was last given back.
	worthwhile = 1 << 20
	// gcPercent is by how much the heap may grow before it is collected, unless GOGC says otherwise. What is busy allocates next to nothing, so it hardly
	// matters there; many logins leave less of it torn to pieces.
	gcPercent = 50
)

// giveBack returns memory to the operating system when a busy time is over, until ctx ends. The collector by itself keeps up to twice what is in use, and does
// not run while nothing is allocated: after many logins that would be more than all the sessions need.
func giveBack(ctx context.Context) {
	ticker := time.NewTicker(quietCheck)
	defer ticker.Stop()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	var tidy memoryTidy
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if tidy.due(allocated()) {
				debug.FreeOSMemory()
			}
		}
	}
}

// memoryTidy decides when memory is given back.
type memoryTidy struct {
	last  uint64 // allocated at the last check
	given uint64 // allocated when memory was last given back
}

// due takes the bytes ever allocated, and reports whether the process is quiet and has not been for a while.
func (m *memoryTidy) due(allocated uint64) bool {
	quiet := allocated-m.last < quietRate*uint64(quietCheck/time.Second)
	m.last = allocated
	if !quiet || allocated-m.given < worthwhile {
		return false
	}
	m.given = allocated
	return true
}

// allocated returns the bytes that were ever allocated on the heap. It costs little.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
