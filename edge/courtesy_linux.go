package edge

import (
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// longSlice is the slice of time that a courteous thread asks for, in ns: the longest that Linux gives.
const longSlice = 100e6

// ordinary is how the kernel schedules this process's threads; false where a slice of time means something else, or cannot be asked for.
var ordinary = sync.OnceValues(func() (unix.SchedAttr, bool) {
	a, err := unix.SchedGetAttr(0, 0)
	if err != nil || a.Policy != unix.SCHED_NORMAL && a.Policy != unix.SCHED_BATCH {
		return unix.SchedAttr{}, false
	}
	return *a, true
})

// beCourteous keeps the goroutine on its thread, and has that thread ask for long slices of time: since Linux 6.12 whoever wakes and asks for shorter ones, as everybody else does,
// need not wait for its slice to end. Its share of the CPU stays the same, unlike that of a thread with low priority, which can keep others waiting who wait for what it holds.
// It is for work that computes for long while the loops have much to do and little time; without it, on a machine whose CPUs are busy, a message waits for the next tick of the
// kernel's clock. endCourtesy must follow, on the same goroutine.
func beCourteous() {
	runtime.LockOSThread()
	if a, ok := ordinary(); ok {
		a.Runtime = longSlice
		_ = unix.SchedSetAttr(0, &a, 0) // a sandbox may forbid it
	}
}

// endCourtesy undoes beCourteous.
func endCourtesy() {
	if a, ok := ordinary(); ok {
		_ = unix.SchedSetAttr(0, &a, 0)
	}
	runtime.UnlockOSThread()
}
