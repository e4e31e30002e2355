package server

import (
	"context"
	"os"
	"runtime"
	"syscall"
	"time"
)

// A loop that waits for its sockets keeps one of the processors of the Go runtime (GOMAXPROCS) meanwhile. When no other is left, the runtime's monitor takes it away and the loop asks for it again,
// for each message: a third of what a server needs that has one or two to do each millisecond. And who else has something to do, such as take a connection, may wait for the monitor for 20 ms. With one
// to spare neither happens. When there is much to do it is better without: goroutines that share a CPU then keep each other waiting, and find less to do at once.
const (
	processorsCheck = 200 * time.Millisecond
	// The server is busy when it uses more than this part of its CPUs, and quiet again below that one. Between them it needs less, for the same work, with one to spare, and stays as it is.
	busyAbove, quietBelow = 0.4, 0.2
)

// spareProcessor keeps a processor to spare while the server is quiet, until ctx ends. Whoever sets GOMAXPROCS wants no other.
func spareProcessor(ctx context.Context) {
	if os.Getenv("GOMAXPROCS") != "" {
		return
	}
	ticker := time.NewTicker(processorsCheck)
	defer ticker.Stop()
	defer runtime.SetDefaultGOMAXPROCS()
	w := workload{quiet: true}
	cpus := setProcessors(w.quiet)
	last, used := time.Now(), cpuTime()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		lastUsed, before := used, last
		last, used = time.Now(), cpuTime()
		if w.changes(float64(used-lastUsed) / float64(last.Sub(before)) / float64(cpus)) {
			cpus = setProcessors(w.quiet)
		}
	}
}

// workload is how much the server has to do.
type workload struct{ quiet bool }

// changes takes the part of the CPUs that is in use, and reports whether the server has become busy or quiet.
func (w *workload) changes(share float64) bool {
	before := w.quiet
	switch {
	case share > busyAbove:
		w.quiet = false
	case share < quietBelow:
		w.quiet = true
	}
	return w.quiet != before
}

// setProcessors gives the runtime as many processors as it takes by itself, which is how many CPUs it may use, and perhaps one to spare. It returns the former.
func setProcessors(spare bool) (cpus int) {
	runtime.SetDefaultGOMAXPROCS()
	cpus = runtime.GOMAXPROCS(0)
	if spare {
		runtime.GOMAXPROCS(cpus + 1)
	}
	return cpus
}

// cpuTime is what this process has used.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
