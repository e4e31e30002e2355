package edge

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// longSlice is the slice of time that a courteous thread asks for, in ns: the longest that Linux gives. To ask for none is to take the usual one.
const longSlice, usualSlice = 100e6, 0

// beCourteous keeps the goroutine on its thread, and has that thread ask for long slices of time: since Linux 6.12 whoever wakes and asks for shorter ones, as everybody else does,
// need not wait for its slice to end. Its share of the CPU stays the same, unlike that of a thread with low priority, which can keep others waiting who wait for what it holds.
// It is for work that computes for long while the loops have much to do and little time; without it, on a machine whose CPUs are busy, a message waits for the next tick of the
// kernel's clock. endCourtesy must follow, on the same goroutine.
func beCourteous() {
	runtime.LockOSThread()
	askForSlice(longSlice)
}

// endCourtesy undoes beCourteous.
func endCourtesy() {
	askForSlice(usualSlice)
	runtime.UnlockOSThread()
}

// askForSlice changes nothing else of how this thread is scheduled: somebody may have given the process another priority since. A sandbox may forbid it, and older kernels
// take no notice; then all is as it was.
func askForSlice(ns uint64) {
	a, err := unix.SchedGetAttr(0, 0)
	if err != nil || a.Policy != unix.SCHED_NORMAL && a.Policy != unix.SCHED_BATCH { // a slice means something else there
		return
	}
	a.Runtime = ns
	_ = unix.SchedSetAttr(0, a, 0)
}
